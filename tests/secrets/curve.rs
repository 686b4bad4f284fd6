//! Freed memory contains no secret keys.

use zmq::curve::{KeyPair, SecretKey};
use zmq::{Capability, Result, has};

use crate::allocator::blocks_with;

#[test]
fn no_freed_block_contains_a_secret() -> Result<()> {
    let secret = SecretKey::from_bytes(b"only this program knows this key");
    let text = secret.to_z85();
    // A planted copy is found.
    let work = || {
        drop(secret.as_bytes().to_vec());
        drop(text.as_str().to_owned());
        Ok(())
    };
    assert_eq!(blocks_with(secret.as_bytes(), work)?, 1);
    assert_eq!(blocks_with(text.as_bytes(), work)?, 1);

    let work = || {
        let copy = secret.clone();
        let text = copy.to_z85();
        let parsed: SecretKey = text.parse()?;
        let moved = Box::new(vec![parsed, copy.clone()]);
        assert_eq!(moved[0], copy);
        let from_slice = SecretKey::try_from(&copy.as_bytes()[..])?;
        let wrong = format!("{}~", "a".repeat(39)).parse::<SecretKey>();
        assert!(wrong.is_err());
        drop((moved, from_slice));
        if has(Capability::Curve) {
            let pair = KeyPair::from_secret(copy)?;
            let (public, again) = pair.clone().into_parts();
            assert_eq!(again.public_key()?, public);
        }
        Ok(())
    };
    assert_eq!(blocks_with(secret.as_bytes(), work)?, 0);
    assert_eq!(blocks_with(text.as_bytes(), work)?, 0);
    Ok(())
}
