//! Messages: the ownership of their bytes, changes of the bytes, and the metadata.

use std::collections::HashSet;
use std::sync::Arc;
use std::thread;

use proptest::prelude::*;
use zmq::{Context, ErrorKind, Message, Multipart, Operation, Pull, Push, Result, Socket, XPub, XSub};

use crate::common::{context, pair, take, take_all};

static PAGE: [u8; 4096] = [b'p'; 4096];

/// Publishes a message and returns the copies that two subscribers in this process received.
fn published_to_two(content: impl Into<Message>) -> Result<(Socket<XPub>, Message, Message)> {
    let context: Context = context()?;
    let publisher = context.socket(XPub)?;
    let endpoint = publisher.bind("inproc://published")?;
    let subscribers = [context.socket(XSub)?, context.socket(XSub)?];
    for subscriber in &subscribers {
        subscriber.connect(&endpoint)?;
        subscriber.send(b"\x01")?;
    }
    // The publisher does not report the second subscription to the same topic, so the first message may precede it.
    assert_eq!(take(&publisher)?, b"\x01");
    crate::common::eventually("both are subscribed", || {
        publisher.send("probe").is_ok() && subscribers.iter().all(|one| one.try_recv().is_ok_and(|got| got.is_some()))
    });
    for subscriber in &subscribers {
        while subscriber.try_recv()?.is_some() {}
    }
    publisher.send(content.into())?;
    let [one, two] = &subscribers;
    Ok((publisher, take(one)?, take(two)?))
}

#[test]
fn a_subscriber_cannot_write_into_the_view_of_another() -> Result<()> {
    let (_publisher, mut one, mut two) = published_to_two(b"x".repeat(1000))?;
    assert_eq!(one.as_ptr(), two.as_ptr());
    assert!(one.get_mut().is_none() && two.get_mut().is_none());
    one.make_mut()[0] = b'!';
    assert_eq!((one[0], one.len()), (b'!', 1000));
    assert_eq!(two, b"x".repeat(1000));
    two.make_mut()[1] = b'?';
    assert_eq!(one[..2], *b"!x");
    Ok(())
}

#[test]
fn the_last_subscriber_with_a_shared_buffer_still_copies_it() -> Result<()> {
    let (_publisher, one, mut two) = published_to_two(b"x".repeat(1000))?;
    drop(one);
    // libzmq does not report that no other subscriber is left.
    assert!(two.get_mut().is_none());
    two.make_mut()[0] = b'!';
    assert_eq!(two[..2], *b"!x");
    Ok(())
}

#[test]
fn each_subscriber_has_its_own_copy_of_a_short_message() -> Result<()> {
    let (_publisher, mut one, two) = published_to_two("short")?;
    one.make_mut()[0] = b'!';
    assert_eq!((one.to_str()?, two.to_str()?), ("!hort", "short"));
    Ok(())
}

#[test]
fn a_vector_above_the_limit_is_moved_and_can_be_changed() -> Result<()> {
    for len in [Message::COPY_MAX + 1, 1000, 1 << 20] {
        let bytes = vec![1; len];
        let buffer = bytes.as_ptr();
        let mut message = Message::from(bytes);
        assert_eq!(message.as_ptr(), buffer);
        let unshared = message.get_mut().unwrap_or_default();
        assert_eq!(unshared.len(), len);
        unshared[len - 1] = 2;
        // The receiver in this process gets the same buffer, and may write to it because nothing shares it.
        let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
        source.send(message)?;
        let mut received = take(&sink)?;
        assert_eq!((received.as_ptr(), received[len - 1]), (buffer, 2));
        assert!(received.get_mut().is_some());
    }
    Ok(())
}

#[test]
fn strings_and_boxes_above_the_limit_are_moved() {
    let text = "t".repeat(1000);
    let buffer = text.as_ptr();
    assert_eq!(Message::from(text).as_ptr(), buffer);
    let boxed = vec![0; 1000].into_boxed_slice();
    let buffer = boxed.as_ptr();
    assert_eq!(Message::from(boxed).as_ptr(), buffer);
}

#[test]
fn a_reference_counted_slice_is_shared_and_never_changed() -> Result<()> {
    let bytes: Arc<[u8]> = vec![1; 1000].into();
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    source.send(Arc::clone(&bytes))?;
    let mut message = take(&sink)?;
    assert_eq!((message.as_ptr(), Arc::strong_count(&bytes)), (bytes.as_ptr(), 2));
    assert!(message.get_mut().is_none());
    message.make_mut()[0] = 2;
    assert_eq!((message[0], bytes[0], Arc::strong_count(&bytes)), (2, 1, 1));
    Ok(())
}

#[test]
fn a_reference_counted_slice_without_other_references_is_never_changed() {
    // A weak handle may be upgraded at any time.
    let bytes: Arc<[u8]> = vec![1; 1000].into();
    let weak = Arc::downgrade(&bytes);
    let mut message = Message::from(bytes);
    assert!(message.get_mut().is_none());
    assert_eq!(weak.upgrade().as_deref(), Some(&[1; 1000][..]));
    drop(message);
    assert_eq!(weak.upgrade(), None);
}

#[test]
fn static_bytes_are_referenced_and_never_changed() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    source.send(Message::from_static(&PAGE))?;
    let mut message = take(&sink)?;
    assert_eq!(message.as_ptr(), PAGE.as_ptr());
    assert!(message.get_mut().is_none());
    message.make_mut()[0] = b'!';
    assert_eq!((message[0], PAGE[0]), (b'!', b'p'));
    Ok(())
}

#[test]
fn the_bytes_of_an_owner_are_referenced_and_never_changed() -> Result<()> {
    let kept = vec![1; 1000];
    let buffer = kept.as_ptr();
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    source.send(Message::from_owner(kept))?;
    let mut message = take(&sink)?;
    assert_eq!(message.as_ptr(), buffer);
    assert!(message.get_mut().is_none());
    assert_ne!(message.make_mut().as_ptr(), buffer);
    assert_eq!(message, [1; 1000]);
    Ok(())
}

#[test]
fn buffers_up_to_the_limit_are_copied() {
    let (bytes, counted) = (vec![1; Message::COPY_MAX], Arc::<[u8]>::from(vec![1; Message::COPY_MAX]));
    let buffer = bytes.as_ptr();
    assert_ne!(Message::from(bytes).as_ptr(), buffer);
    let mut message = Message::from(Arc::clone(&counted));
    assert_eq!(Arc::strong_count(&counted), 1);
    assert!(message.get_mut().is_some());
}

#[test]
fn static_bytes_are_referenced_unless_they_fit_into_the_message() {
    assert!(Message::from_static(&PAGE[..33]).get_mut().is_some());
    for len in [34, 64, 65, PAGE.len()] {
        let mut message = Message::from_static(&PAGE[..len]);
        assert_eq!((message.as_ptr(), message.len()), (PAGE.as_ptr(), len));
        assert!(message.get_mut().is_none());
    }
}

#[test]
fn a_shared_message_has_the_same_bytes_on_every_thread() {
    let mut message = Message::from(vec![7; 100_000]);
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let shared = message.share();
            assert_eq!(shared.as_ptr(), message.as_ptr());
            thread::spawn(move || shared.iter().all(|&byte| byte == 7))
        })
        .collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap_or(false)));
    assert!(message.get_mut().is_none());
    message.make_mut()[0] = 8;
    assert_eq!((message[0], message[99_999]), (8, 7));
}

#[test]
fn a_shared_message_can_be_sent_repeatedly() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    let mut message = Message::from(vec![7; 1000]);
    for _ in 0..10 {
        source.send(message.share())?;
    }
    for _ in 0..10 {
        assert_eq!(take(&sink)?.as_ptr(), message.as_ptr());
    }
    Ok(())
}

#[test]
fn a_clone_has_its_own_bytes() {
    let mut message = Message::from(vec![7; 1000]);
    let clone = message.clone();
    assert_ne!(clone.as_ptr(), message.as_ptr());
    message.make_mut()[0] = 8;
    assert_eq!((clone[0], message[0]), (7, 8));
    let mut copied = Message::from(&clone);
    assert!(copied.get_mut().is_some());
}

#[test]
fn a_copy_has_neither_metadata_nor_the_more_flag() -> Result<()> {
    let (sink, source) = pair(&context()?, "tcp", (Pull, Push))?;
    source.send_multipart([[b'x'; 100], [b'y'; 100]])?;
    let mut frame = take(&sink)?;
    assert!(frame.more() && frame.peer_address().is_some());
    let copy = frame.clone();
    let shared = frame.share();
    assert_eq!((shared.more(), shared.peer_address()), (true, Some("127.0.0.1")));
    frame.make_mut()[0] = b'!';
    for copied in [copy, frame] {
        assert_eq!((copied.more(), copied.peer_address(), copied.len()), (false, None, 100));
    }
    assert_eq!(shared[0], b'x');
    Ok(())
}

#[test]
fn an_unsent_message_is_not_printed() -> Result<()> {
    let refused = context()?.socket(Push)?.try_send("between you and me").unwrap_err();
    let printed = format!("{refused} {refused:?} {:?}", refused.error);
    assert!(printed.contains("EAGAIN") && !printed.contains("between"), "{printed}");
    assert_eq!(refused.into_message(), "between you and me");
    Ok(())
}

#[test]
fn a_message_has_the_address_of_its_sender_over_tcp_but_not_over_inproc() -> Result<()> {
    let (sink, source) = pair(&context()?, "tcp", (Pull, Push))?;
    source.send_multipart(["head", "body"])?;
    let message = take_all(&sink)?;
    assert_eq!(message[0].peer_address(), Some("127.0.0.1"));
    assert_eq!(message[0].metadata("Peer-Address"), Some("127.0.0.1"));
    assert_eq!(message[0].metadata_bytes("Peer-Address"), Some(&b"127.0.0.1"[..]));
    assert_eq!(message[0].socket_type(), Some("PUSH"));
    assert_eq!((message[0].user_id(), message[0].metadata("Nothing"), message[0].metadata("")), (None, None, None));
    assert_eq!(message[0].metadata("Socket-Type\0"), None);
    // A clone has no metadata, and a resent message loses it.
    assert_eq!(message[0].clone().peer_address(), None);
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    source.send_multipart(message)?;
    let received = take(&sink)?;
    assert_eq!((received.to_str()?, received.peer_address(), received.socket_type()), ("head", None, None));
    Ok(())
}

#[test]
fn a_message_prints_its_length_and_its_first_bytes() -> Result<()> {
    assert_eq!(format!("{:?}", Message::new()), r#"Message(0 bytes, "")"#);
    assert_eq!(format!("{:?}", Message::from(b"a\"\n\xff")), r#"Message(4 bytes, "a\"\n\xff")"#);
    let expected = format!("Message(64 bytes, \"{}\")", "x".repeat(64));
    assert_eq!(format!("{:?}", Message::from("x".repeat(64))), expected);
    let expected = format!("Message(65 bytes, \"{}...\")", "x".repeat(64));
    assert_eq!(format!("{:?}", Message::from("x".repeat(65))), expected);
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    source.send_multipart(["head", "body"])?;
    assert_eq!(format!("{:?}", take(&sink)?), r#"Message(4 bytes, "head", more)"#);
    assert_eq!(format!("{:?}", take(&sink)?), r#"Message(4 bytes, "body")"#);
    Ok(())
}

#[test]
fn a_message_larger_than_memory_is_an_error() {
    for len in [1 << 62, usize::MAX, usize::MAX - 100, isize::MAX.unsigned_abs() + 1] {
        let error = Message::zeroed(len).unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::OutOfMemory, Operation::CreateMessage));
        assert_eq!(error.to_string(), format!("cannot create a message of {len} bytes: out of memory (ENOMEM)"));
    }
}

#[test]
fn a_zeroed_message_is_zero_throughout_and_can_be_filled() -> Result<()> {
    for len in [0, 1, 33, 34, 100_000] {
        let mut message = Message::zeroed(len)?;
        assert_eq!((message.len(), message.iter().all(|&byte| byte == 0)), (len, true));
        message.get_mut().unwrap_or_default().fill(1);
        assert_eq!(message, vec![1; len]);
    }
    Ok(())
}

#[test]
fn text_that_is_not_utf_8_is_refused_with_the_position() {
    let error = Message::from(b"fine\xffnot").to_str().map(str::to_owned).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Operation::ReadText));
    assert_eq!(
        error.to_string(),
        "cannot read the message as text: it is not UTF-8: invalid utf-8 sequence of 1 bytes from index 4"
    );
}

#[test]
fn messages_compare_with_each_other_and_with_byte_containers() {
    let (message, text, slice) = (Message::from("abc"), String::from("abc"), &b"abc"[..]);
    assert_eq!(message, Message::from_owner(*b"abc"));
    assert_ne!(message, Message::from("abd"));
    assert!(message == *"abc" && message == "abc" && message == text);
    assert!(message == *b"abc" && message == b"abc" && message == b"abc"[..] && message == slice);
    assert!(message == vec![b'a', b'b', b'c'] && message != "ab" && message != *b"abcd");
    assert!("abc" == message && *b"abc" == message && vec![b'a', b'b', b'c'] == message);
    let set: HashSet<Message> = [message.clone(), message, Message::new(), Message::default()].into_iter().collect();
    assert_eq!(set.len(), 2);
    assert!(set.contains(&Message::from(vec![b'a', b'b', b'c'])));
}

#[test]
fn a_message_has_the_layout_of_libzmq_and_can_be_moved() {
    assert_eq!(size_of::<Message>(), size_of::<zmq::sys::zmq_msg_t>() + size_of::<usize>());
    // Short contents are stored in the structure, so the bytes move along with it.
    let mut messages: Vec<Message> = (0..100_u8).map(|number| Message::from([number; 33])).collect();
    messages.reverse();
    messages.shrink_to_fit();
    assert!((0..100_u8).rev().zip(&messages).all(|(number, message)| *message == [number; 33]));
}

proptest! {
    #[test]
    fn a_message_can_be_created_from_every_byte_container(bytes: Vec<u8>) {
        let expected = bytes.clone();
        prop_assert_eq!(&Message::from(bytes.as_slice()), &expected);
        prop_assert_eq!(&Message::from(&bytes), &expected);
        prop_assert_eq!(&Message::from(bytes.clone()), &expected);
        prop_assert_eq!(&Message::from(bytes.clone().into_boxed_slice()), &expected);
        prop_assert_eq!(&Message::from(Arc::<[u8]>::from(bytes.as_slice())), &expected);
        prop_assert_eq!(&Message::from_owner(bytes.clone()), &expected);
        prop_assert_eq!(Message::from(bytes.clone()).into_vec(), expected.clone());
        let mut message = Message::from(bytes);
        prop_assert_eq!(&message.share(), &expected);
        prop_assert_eq!(message.make_mut(), expected.as_slice());
    }

    #[test]
    fn every_text_round_trips(text: String) {
        for message in [Message::from(text.as_str()), Message::from(text.clone())] {
            prop_assert_eq!(message.to_str().ok(), Some(text.as_str()));
        }
    }

    #[test]
    fn a_multipart_message_keeps_its_frames(frames: Vec<Vec<u8>>) {
        let multipart = Multipart::from(frames.clone());
        prop_assert_eq!(multipart.len(), frames.len());
        prop_assert_eq!(multipart.byte_len(), frames.iter().map(Vec::len).sum::<usize>());
        prop_assert!(multipart.iter().eq(&frames));
        prop_assert_eq!(&frames.iter().collect::<Multipart>(), &multipart);
        let mut pushed = Multipart::new();
        for frame in frames.iter().rev() {
            pushed.push_front(frame);
        }
        prop_assert_eq!(&pushed, &multipart);
        let popped: Vec<_> = std::iter::from_fn(|| pushed.pop_front()).collect();
        prop_assert_eq!(popped, multipart.into_vec());
    }

    #[test]
    fn an_envelope_ends_at_the_first_empty_frame_and_can_be_restored(frames in frames_of_which_some_are_empty()) {
        let whole = Multipart::from(frames.clone());
        let mut body = whole.clone();
        let envelope = body.split_envelope();
        prop_assert_eq!(envelope.is_some(), frames.iter().any(Vec::is_empty));
        if let Some(envelope) = envelope {
            let end = envelope.len() - 1;
            prop_assert!(envelope[end].is_empty() && envelope[..end].iter().all(|frame| !frame.is_empty()));
            prop_assert_eq!(body.wrap(envelope), whole);
        } else {
            prop_assert_eq!(body, whole);
        }
    }
}

fn frames_of_which_some_are_empty() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3), 0..6)
}

#[test]
fn a_multipart_message_converts_only_to_an_array_of_its_length() -> Result<()> {
    let message = Multipart::from(("topic", 7_u8.to_be_bytes(), vec![1, 2]));
    let message = message.into_array::<2>().unwrap_err();
    let [topic, number, rest] = message.into_array().unwrap_or_default();
    assert_eq!((topic.to_str()?, &number[..], &rest[..]), ("topic", &[7][..], &[1, 2][..]));
    Ok(())
}
