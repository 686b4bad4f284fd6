//! The Z85 decoder with arbitrary input. Origin: test_z85_decode_fuzzer.cpp.

use proptest::prelude::*;
use zmq::z85;

proptest! {
    #[test]
    fn any_text_is_decoded_or_refused(text in ".{0,64}") {
        if let Ok(bytes) = z85::decode(&text) {
            prop_assert_eq!(z85::encode(&bytes).unwrap(), text);
        }
    }

    #[test]
    fn any_text_of_the_alphabet_is_decoded_or_too_large(text in "([0-9a-zA-Z.:+=^!/*?&<>()\\[\\]{}@%$#-]{5}){0,8}") {
        match z85::decode(&text) {
            Ok(bytes) => prop_assert_eq!(z85::encode(&bytes).unwrap(), text),
            Err(error) => prop_assert_eq!(error.kind(), zmq::ErrorKind::InvalidInput),
        }
    }
}
