//! The creation of messages. Origin: test_msg_init.cpp.

use zmq::{Message, Result};

#[test]
fn a_new_message_is_empty() {
    assert!(Message::new().is_empty());
}

#[test]
fn a_message_of_a_size_is_filled_in_place() -> Result<()> {
    let mut message = Message::zeroed(6)?;
    assert_eq!(message, [0; 6]);
    message.get_mut().unwrap().copy_from_slice(b"foobar");
    assert_eq!(message, "foobar");
    assert!(Message::zeroed(0)?.is_empty());
    Ok(())
}

#[test]
fn a_message_from_a_slice_has_a_copy_of_it() -> Result<()> {
    let bytes = b"foobar".repeat(100);
    let message = Message::try_from_slice(&bytes)?;
    assert_eq!(message, bytes);
    assert_ne!(message.as_ptr(), bytes.as_ptr());
    assert!(Message::try_from_slice(b"")?.is_empty());
    Ok(())
}
