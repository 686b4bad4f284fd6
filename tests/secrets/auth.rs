//! Freed memory contains no passwords and no secret keys, except in copies of libzmq.

use zmq::auth::{Certificate, Request, Rules};
use zmq::curve::KeyPair;
use zmq::{Capability, Context, Password, Rep, Result, Security};

use crate::allocator::blocks_with;
use crate::common::{directory, lacks};

#[test]
fn no_freed_block_contains_a_password_or_a_secret_key() -> Result<()> {
    const PASSWORD: &str = "only this program knows it";

    // A planted copy is found.
    let found = blocks_with(PASSWORD.as_bytes(), || {
        drop(PASSWORD.to_owned());
        Ok(())
    })?;
    assert_eq!(found, 1);

    let found = blocks_with(PASSWORD.as_bytes(), || {
        let taken = Password::from(PASSWORD.to_owned());
        let security = Security::plain_client("admin", taken.clone());
        let rules = Rules::new().plain_user("admin", "another").plain_user("admin", PASSWORD);
        let request = Request::read(&["1.0", "1", "", "", "", "PLAIN", "admin", PASSWORD]).expect("a request");
        assert!(rules.clone().judge(&request.clone()).is_accepted());
        drop(format!("{security:?} {rules:?} {request:?}"));
        let socket = Context::new()?.socket(Rep)?;
        socket.set_security(&security.clone())?;
        Ok(())
    })?;
    assert_eq!(found, 0);
    if lacks(Capability::Curve) {
        return Ok(());
    }

    let directory = directory();
    let keys = KeyPair::generate()?;
    let text = keys.secret_key().to_z85();
    let work = || {
        let mut certificate = Certificate::from(keys.clone());
        for number in 0..100 {
            certificate.set_metadata(format!("name-{number}"), "a value of some length")?;
        }
        certificate.save(directory.path().join("some.key"))?;
        let loaded = Certificate::load(directory.path().join("some.key_secret"))?;
        assert_eq!(loaded.clone(), certificate);
        let security = Security::curve_server(&loaded.key_pair().expect("both keys"));
        let socket = Context::new()?.socket(Rep)?;
        socket.set_security(&security)?;
        assert!(socket.curve_secret_key()?.is_some());
        Ok(())
    };
    assert_eq!(blocks_with(text.as_bytes(), work)?, 0);
    assert_eq!(blocks_with(keys.secret_key().as_bytes(), work)?, 0);
    Ok(())
}
