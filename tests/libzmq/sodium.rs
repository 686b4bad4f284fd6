//! CURVE keys. Origin: test_sodium.cpp.

use zmq::curve::{KeyPair, PublicKey, SecretKey};
use zmq::{Capability, ErrorKind, Result};

#[test]
fn a_pair_is_generated_if_the_library_has_curve() -> Result<()> {
    if !zmq::has(Capability::Curve) {
        assert_eq!(KeyPair::generate().unwrap_err().kind(), ErrorKind::NotSupported);
        return Ok(());
    }
    let (one, other) = (KeyPair::generate()?, KeyPair::generate()?);
    assert_ne!(one.public_key(), other.public_key());
    assert_eq!(one.secret_key().public_key()?, one.public_key());
    Ok(())
}

#[test]
fn the_public_key_is_derived_from_the_secret_key() -> Result<()> {
    let secret: SecretKey = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs".parse()?;
    let public: PublicKey = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID".parse()?;
    match zmq::has(Capability::Curve) {
        true => assert_eq!(secret.public_key()?, public),
        false => assert_eq!(secret.public_key().unwrap_err().kind(), ErrorKind::NotSupported),
    }
    Ok(())
}

#[test]
fn a_text_of_a_wrong_length_is_not_a_key() {
    for text in ["42", "0123456789012345678901234567890123456789.", ""] {
        assert_eq!(text.parse::<SecretKey>().unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}
