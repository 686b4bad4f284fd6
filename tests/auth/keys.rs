//! CURVE keys: matching pairs, texts that round-trip, and secrets that stay secret.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use zeroize::ZeroizeOnDrop;
use zmq::curve::{KeyPair, PublicKey, SecretKey};
use zmq::{Capability, ErrorKind, Operation, Result, has};

use crate::common::{lacks, skip};

/// RFC 7748, section 6.1: Alice's keys.
const SECRET: [u8; 32] = *b"\x77\x07\x6d\x0a\x73\x18\xa5\x7d\x3c\x16\xc1\x72\x51\xb2\x66\x45\
                            \xdf\x4c\x2f\x87\xeb\xc0\x99\x2a\xb1\x77\xfb\xa5\x1d\xb9\x2c\x2a";
const PUBLIC: [u8; 32] = *b"\x85\x20\xf0\x09\x89\x30\xa7\x54\x74\x8b\x7d\xdc\xb4\x3e\xf7\x5a\
                            \x0d\xbf\x3a\x0d\x26\x38\x1a\xf4\xeb\xa4\xa9\x8e\xaa\x9b\x4e\x6a";

#[test]
fn two_generated_pairs_differ() -> Result<()> {
    if lacks(Capability::Curve) {
        return Ok(());
    }
    let (one, other) = (KeyPair::generate()?, KeyPair::generate()?);
    assert_ne!(one.public_key(), other.public_key());
    assert_ne!(one.secret_key(), other.secret_key());
    assert_ne!(one.public_key().as_bytes(), one.secret_key().as_bytes());
    assert_ne!(one, other);
    assert_eq!(one, one.clone());
    Ok(())
}

#[test]
fn hazard_curve_keypair_buf_a_generated_pair_is_whole_and_belongs_together() -> Result<()> {
    if lacks(Capability::Curve) {
        return Ok(());
    }
    let (public, secret) = KeyPair::generate()?.into_parts();
    assert_eq!((public.to_string().len(), secret.to_z85().len()), (40, 40));
    assert_eq!(secret.public_key()?, public);
    assert_eq!(KeyPair::from_secret(secret.clone())?.public_key(), public);
    assert_eq!(KeyPair::from_parts(public, secret)?.public_key(), public);
    Ok(())
}

#[test]
fn keys_are_generated_and_derived_on_many_threads_at_once() {
    if lacks(Capability::Curve) {
        return;
    }
    let threads = [(); 8].map(|()| {
        std::thread::spawn(|| -> Result<()> {
            for _ in 0..50 {
                let pair = KeyPair::generate()?;
                assert_eq!(pair.secret_key().public_key()?, pair.public_key());
            }
            Ok(())
        })
    });
    for thread in threads {
        assert!(matches!(thread.join(), Ok(Ok(()))));
    }
}

#[test]
fn the_public_key_of_the_test_vector_is_derived() -> Result<()> {
    if lacks(Capability::Curve) {
        return Ok(());
    }
    assert_eq!(SecretKey::from_bytes(&SECRET).public_key()?.as_bytes(), &PUBLIC);
    Ok(())
}

#[test]
fn mismatched_keys_are_refused_and_the_secret_is_not_shown() {
    if lacks(Capability::Curve) {
        return;
    }
    let (wrong, secret) = (PublicKey::from_bytes(SECRET.map(|byte| !byte)), SecretKey::from_bytes(&SECRET));
    let error = KeyPair::from_parts(wrong, secret.clone()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let expected = format!(
        "cannot create a CURVE key pair: the public key {wrong} does not belong to the secret key, whose own is {}",
        PublicKey::from_bytes(PUBLIC)
    );
    assert_eq!(error.to_string(), expected);
    assert!(!error.to_string().contains(secret.to_z85().as_str()));
}

#[test]
fn without_curve_the_error_names_the_remedy() {
    if has(Capability::Curve) {
        skip("this libzmq has CURVE");
        return;
    }
    let secret = SecretKey::from_bytes(&SECRET);
    for (error, operation, start) in [
        (KeyPair::generate().unwrap_err(), Operation::CreateKeyPair, "cannot create a CURVE key pair"),
        (secret.public_key().unwrap_err(), Operation::DerivePublicKey, "cannot derive the public key"),
    ] {
        assert_eq!((error.kind(), error.operation()), (ErrorKind::NotSupported, operation));
        let expected = format!("{start}: this libzmq {} was built without CURVE: ", zmq::version());
        let text = error.to_string();
        assert!(text.starts_with(&expected) && text.contains("\"curve\""), "{text}");
    }
}

#[test]
fn keys_can_be_stored_if_libzmq_has_no_curve() -> Result<()> {
    let public: PublicKey = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6".parse()?;
    let secret: SecretKey = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6".parse()?;
    assert_eq!(public.as_bytes(), secret.as_bytes());
    assert_eq!(public.to_string(), "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6");
    assert_eq!(secret.to_z85().as_str(), "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6");
    Ok(())
}

#[test]
fn a_public_key_prints_its_text_padded_on_demand() {
    let key = PublicKey::from_bytes([0; 32]);
    assert_eq!(format!("{key}"), "0".repeat(40));
    assert_eq!(format!("{key:>42}"), format!("  {}", "0".repeat(40)));
    assert_eq!(format!("{key:?}"), format!("PublicKey({})", "0".repeat(40)));
}

#[test]
fn a_secret_key_is_not_printed() {
    let secret = SecretKey::from_bytes(&SECRET);
    assert_eq!(format!("{secret:?} {secret:#?}"), "SecretKey(..) SecretKey(..)");
    if has(Capability::Curve) {
        let pair = KeyPair::from_secret(secret).map(|pair| format!("{pair:?}"));
        let expected = format!("KeyPair {{ public: PublicKey({}), secret: SecretKey(..) }}", PublicKey::from(PUBLIC));
        assert_eq!(pair.ok(), Some(expected));
    }
}

/// libzmq decodes a text that is too long beyond its buffer, and completes a text that is too short with bytes of the
/// stack.
#[test]
fn hazard_curve_public_len_a_secret_key_of_another_length_is_refused() {
    for len in [0, 5, 35, 39, 41, 45, 50, 1000] {
        let text = "a".repeat(len);
        let expected = format!("its length is {len}, but a key in Z85 has 40 characters");
        let error = text.parse::<SecretKey>().unwrap_err();
        assert_eq!(error.to_string(), format!("cannot read the secret key: {expected}"));
        let error = text.parse::<PublicKey>().unwrap_err();
        assert_eq!(error.to_string(), format!("cannot read the public key: {expected}"));
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

#[test]
fn white_space_around_a_key_is_refused_with_the_remedy() {
    let text = format!(" {}\r\n", "a".repeat(40));
    let error = text.parse::<SecretKey>().unwrap_err();
    let expected = "cannot read the secret key: it is surrounded by white space; trim it";
    assert_eq!(error.to_string(), expected);
    let error = format!("é{}\n", "a".repeat(38)).parse::<SecretKey>().map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("character 1 is 'é'"), "{error}");
}

#[test]
fn an_error_shows_a_wrong_character_of_a_key_and_its_position_only() {
    for (text, place) in [
        (format!("{}~", "a".repeat(39)), "character 40 is '~'"),
        (format!("{}é{}", "a".repeat(5), "a".repeat(34)), "character 6 is 'é'"),
        ("é".repeat(40), "character 1 is 'é'"),
        (format!("{}é", "a".repeat(39)), "character 40 is 'é'"),
        (format!("{}#####", "a".repeat(35)), "characters 36 to 40 stand for more than 2^32 - 1"),
    ] {
        for error in [text.parse::<PublicKey>().unwrap_err(), text.parse::<SecretKey>().unwrap_err()] {
            assert!(error.to_string().contains(place), "{error}");
            assert!(!format!("{error} {error:?}").contains("aaaa"), "{error:?}");
        }
    }
}

#[test]
fn bytes_of_another_length_are_refused() {
    let error = PublicKey::try_from(&[1; 31][..]).unwrap_err();
    assert_eq!(error.to_string(), "cannot read the public key: its length is 31, but a key has 32 bytes");
    let error = SecretKey::try_from(&[b'a'; 40][..]).unwrap_err();
    let expected =
        "cannot read the secret key: its length is 40, but a key has 32 bytes; to read a key in Z85, parse it as text";
    assert_eq!(error.to_string(), expected);
    assert_eq!(PublicKey::try_from(&PUBLIC[..]).ok(), Some(PublicKey::from_bytes(PUBLIC)));
    assert_eq!(SecretKey::try_from(&SECRET[..]).ok(), Some(SecretKey::from_bytes(&SECRET)));
}

#[test]
fn secret_keys_are_equal_if_all_their_bytes_are() {
    let one = SecretKey::from_bytes(&SECRET);
    assert_eq!(one, one.clone());
    for place in 0..32 {
        let mut bytes = SECRET;
        bytes[place] ^= 1 << (place % 8);
        assert_ne!(one, SecretKey::from_bytes(&bytes), "byte {place}");
    }
}

#[test]
fn keys_can_move_to_other_threads_and_secrets_are_zeroized() {
    fn shared<T: Send + Sync + 'static>() {}
    fn wiped<T: ZeroizeOnDrop>(_: &T) {}
    shared::<KeyPair>();
    let secret = SecretKey::from_bytes(&SECRET);
    wiped(&secret);
    wiped(&secret.to_z85());
}

proptest! {
    #![proptest_config(the_same_in_every_run())]

    #[test]
    fn every_key_round_trips_through_its_text(bytes: [u8; 32]) {
        let public = PublicKey::from_bytes(bytes);
        prop_assert_eq!(public.to_string().parse::<PublicKey>()?, public);
        let secret: SecretKey = SecretKey::from_bytes(&bytes).to_z85().parse()?;
        prop_assert_eq!(secret.as_bytes(), &bytes);
    }

    #[test]
    fn reading_a_key_from_any_text_never_panics(text in r"[ é\n]{0,3}\PC{36,42}[ é\n]{0,3}") {
        let _ = text.parse::<PublicKey>();
        let _ = text.parse::<SecretKey>();
    }

    #[test]
    fn every_secret_key_has_a_public_one(bytes: [u8; 32]) {
        if has(Capability::Curve) {
            let secret = SecretKey::from_bytes(&bytes);
            prop_assert_eq!(secret.public_key()?, secret.clone().public_key()?);
        }
    }
}

/// Returns a configuration that runs the same cases every time and writes no files for failing ones.
fn the_same_in_every_run() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(7748), ..ProptestConfig::default() }
}
