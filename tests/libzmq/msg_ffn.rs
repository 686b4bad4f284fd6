//! The time at which the owner of a message's bytes is dropped. Origin: test_msg_ffn.cpp.

use std::sync::Arc;

use zmq::{Dealer, Message, Result, Router};

use crate::support::*;

/// Bytes that count the messages that use them.
struct Owned(Arc<Vec<u8>>);

impl AsRef<[u8]> for Owned {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

fn owned() -> (Arc<Vec<u8>>, Message) {
    let bytes = Arc::new(vec![b'x'; 1000]);
    let message = Message::from_owner(Owned(Arc::clone(&bytes)));
    assert_eq!(Arc::strong_count(&bytes), 2);
    (bytes, message)
}

/// Waits for the I/O thread, which drops the owner after writing.
fn expect_let_go(bytes: &Arc<Vec<u8>>) {
    eventually("the owner is dropped", || Arc::strong_count(bytes) == 1);
}

#[test]
fn dropping_the_message_drops_its_owner() {
    let (bytes, message) = owned();
    drop(message);
    assert_eq!(Arc::strong_count(&bytes), 1);
}

#[test]
fn the_last_of_two_messages_with_the_same_bytes_drops_their_owner() {
    let (bytes, mut message) = owned();
    let shared = message.share();
    drop(message);
    assert_eq!(Arc::strong_count(&bytes), 2);
    drop(shared);
    assert_eq!(Arc::strong_count(&bytes), 1);
}

#[test]
fn a_sent_message_drops_its_owner() -> Result<()> {
    let (router, dealer) = pair(&context()?, "tcp", (Router, Dealer))?;
    let (bytes, message) = owned();
    dealer.send(message)?;
    assert_eq!(take_all(&router)?[1], **bytes);
    expect_let_go(&bytes);
    Ok(())
}

#[test]
fn dropping_the_copy_of_a_sent_message_drops_their_owner() -> Result<()> {
    let (router, dealer) = pair(&context()?, "tcp", (Router, Dealer))?;
    let (bytes, mut message) = owned();
    dealer.send(message.share())?;
    assert_eq!(take_all(&router)?[1], **bytes);
    assert!(Arc::strong_count(&bytes) > 1);
    drop(message);
    expect_let_go(&bytes);
    Ok(())
}
