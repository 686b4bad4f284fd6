//! The version and the texts of errors. Origin: test_ancillaries.cpp.

use zmq::{Errno, Version};

#[test]
fn the_library_is_as_new_as_the_header() {
    let [major, minor, patch] = zmq::sys::build::VERSION.map(|number| u32::try_from(number).unwrap());
    let built = Version { major, minor, patch };
    // The loaded library may be a newer one of the same major version.
    assert!(zmq::version().major == major && zmq::version() >= Version { patch: 0, ..built });
}

#[test]
fn every_errno_has_a_text() {
    assert_eq!(Errno::EINVAL.to_string(), "an argument is invalid (EINVAL)");
    for number in [1, 11, 156_384_763, 999_999, -1] {
        assert!(!Errno::from_raw(number).to_string().is_empty());
    }
}
