//! The Z85 encoding. Origin: test_base85.cpp.

use zmq::{ErrorKind, Result, z85};

#[test]
fn the_example_of_the_specification_is_encoded_and_decoded() -> Result<()> {
    let bytes = [0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B];
    assert_eq!(z85::encode(&bytes)?, "HelloWorld");
    assert_eq!(z85::decode("HelloWorld")?, bytes);
    Ok(())
}

#[test]
fn only_lengths_divisible_by_four_are_encoded() {
    for len in [1, 2, 3, 42] {
        assert_eq!(z85::encode(&vec![0; len]).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}

#[test]
fn invalid_z85_is_not_decoded() {
    // Wrong lengths, values above 32 bits, and characters outside the alphabet.
    for text in ["01234567", "0", "#####", "%nSc1", "####\u{4}7", "####\"", "####\u{20}0", "####\u{7f}", "####é"] {
        assert_eq!(z85::decode(text).unwrap_err().kind(), ErrorKind::InvalidInput, "{text:?}");
    }
}

#[test]
fn encoded_bytes_are_decoded_to_the_same_bytes() -> Result<()> {
    for bytes in [[0; 4], [0xff; 4]] {
        assert_eq!(z85::decode(&z85::encode(&bytes)?)?, bytes);
    }
    let text = "r^/rM9M=rMToK)63O8dCvd9D<PY<7iGlC+{BiSnG";
    assert_eq!(z85::encode(&z85::decode(text)?)?, text);
    Ok(())
}
