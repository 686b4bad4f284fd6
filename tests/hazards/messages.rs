//! Uses of messages that make libzmq abort or corrupt memory, attempted through the safe API: each is harmless.

use std::sync::Arc;
use std::thread;

use zmq::{Message, Pull, Push, Result};

use crate::common::{context, in_time, pair, take};

#[test]
fn null_capability_cannot_be_asked_for_and_odd_metadata_is_none() {
    let message = Message::from("x");
    for name in ["", "\0", "Peer-Address\0", "é", &"x".repeat(100_000)] {
        assert_eq!(message.metadata(name), None);
    }
    for capability in zmq::Capability::ALL {
        assert_eq!(zmq::has(*capability), zmq::has(*capability), "{capability}");
    }
}

#[test]
fn recv_null_buf_an_empty_slice_receives_nothing_of_a_message() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    source.send("content")?;
    let received = sink.recv_slice(&mut [])?;
    assert_eq!((received.len, received.size, received.truncated), (0, 7, true));
    source.send("")?;
    let received = sink.recv_slice(&mut [])?;
    assert_eq!((received.len, received.size, received.truncated), (0, 0, false));
    Ok(())
}

#[test]
fn msg_init_data_null_empty_buffers_of_every_sort_make_empty_messages() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    let empty: [Message; 8] = [
        Message::new(),
        Message::from(Vec::new()),
        Message::from(Vec::with_capacity(1000)),
        Message::from(String::new()),
        Message::from(Box::<[u8]>::default()),
        Message::from(Arc::<[u8]>::default()),
        Message::from_static(b""),
        Message::from_owner([0; 0]),
    ];
    for mut message in empty {
        assert!(message.is_empty() && message.share().is_empty() && message.make_mut().is_empty());
        source.send(message)?;
        assert_eq!(take(&sink)?, "");
    }
    Ok(())
}

#[test]
fn msg_double_close_use_a_sent_or_received_message_stays_valid() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    let mut message = Message::from(vec![1; 1000]);
    for _ in 0..100 {
        let shared = message.share();
        source.send(&message)?;
        source.send(shared)?;
        sink.recv_into(&mut message)?;
        assert_eq!(message, [1; 1000]);
        sink.recv_into(&mut message)?;
        assert_eq!(message.clone(), [1; 1000]);
    }
    drop(std::mem::take(&mut message));
    assert!(message.is_empty());
    Ok(())
}

#[test]
fn msg_self_move_copy_a_message_may_be_replaced_by_its_own_share() {
    let mut message = Message::from(vec![1; 1000]);
    for _ in 0..100 {
        message = message.share();
        message = std::mem::take(&mut message);
        assert_eq!(message, [1; 1000]);
    }
    let shared = message.share();
    message.clone_from(&shared);
    assert_eq!((message.len(), shared.len()), (1000, 1000));
}

#[test]
fn msg_copy_src_mut_shares_can_be_created_read_and_dropped_on_many_threads() {
    let mut message = Message::from(vec![7; 10_000]);
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let mut mine = message.share();
            thread::spawn(move || (0..1000).all(|_| mine.share().iter().all(|&byte| byte == 7)))
        })
        .collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap_or(false)));
    assert_eq!(message, vec![7; 10_000]);
}

#[test]
fn msg_shared_write_no_receiver_can_write_to_a_shared_buffer() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    let mut kept = Message::from(vec![1; 1000]);
    source.send(kept.share())?;
    let mut received = take(&sink)?;
    assert_eq!(received.as_ptr(), kept.as_ptr());
    assert!(received.get_mut().is_none() && kept.get_mut().is_none());
    received.make_mut().fill(2);
    assert_eq!((kept, received), (Message::from(vec![1; 1000]), Message::from(vec![2; 1000])));
    Ok(())
}

#[test]
fn msg_move_address_messages_may_move_between_threads_and_in_memory() -> Result<()> {
    let (sink, source) = pair(&context()?, "tcp", (Pull, Push))?;
    for len in [1, 33, 34, 100_000] {
        source.send(vec![1; len])?;
        let message = Box::new(take(&sink)?);
        let moved = in_time(move || vec![*message]);
        assert_eq!(moved[0], vec![1; len]);
        assert_eq!(moved[0].peer_address(), Some("127.0.0.1"));
    }
    Ok(())
}
