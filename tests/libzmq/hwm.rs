//! The number of messages that an `inproc` connection holds. Origin: test_hwm.cpp.

use zmq::{Pull, Push, Result};

use crate::support::*;

/// A queue that takes as many messages counts as unlimited.
const MANY: usize = 10_000;

#[test]
fn the_default_limit_is_a_thousand_at_each_end() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    assert_eq!((sink.recv_hwm()?, source.send_hwm()?), (1000, 1000));
    assert_eq!(fill(&source, MANY)?, 2000);
    assert_eq!(drain(&sink)?, 2000);
    Ok(())
}

/// Returns the number of messages that fit between a sender and a receiver with these limits.
fn room(send_hwm: u32, recv_hwm: u32, bind_first: bool) -> Result<usize> {
    let context = context()?;
    let (source, sink) = (context.socket(Push)?, context.socket(Pull)?);
    source.set_send_hwm(send_hwm)?;
    sink.set_recv_hwm(recv_hwm)?;
    let endpoint = free("inproc");
    if bind_first {
        sink.bind(&endpoint)?;
        source.connect(&endpoint)?;
    } else {
        source.connect(&endpoint)?;
        sink.bind(&endpoint)?;
    }
    let sent = fill(&source, MANY)?;
    assert_eq!(drain(&sink)?, sent);

    source.send("one more")?;
    expect(&sink, "one more");
    Ok(sent)
}

#[test]
fn the_limits_of_both_ends_add_up() -> Result<()> {
    for bind_first in [true, false] {
        assert_eq!(room(1, 1, bind_first)?, 2);
        assert_eq!(room(3, 4, bind_first)?, 7);
    }
    Ok(())
}

#[test]
fn a_connection_with_one_unlimited_end_is_unlimited() -> Result<()> {
    for bind_first in [true, false] {
        for (send_hwm, recv_hwm) in [(0, 0), (1, 0), (0, 1)] {
            assert_eq!(room(send_hwm, recv_hwm, bind_first)?, MANY);
        }
    }
    Ok(())
}

#[test]
fn messages_sent_before_the_bind_outlive_the_sender() -> Result<()> {
    let context = context()?;
    let endpoint = free("inproc");
    let source = context.socket(Push)?;
    source.set_linger(None)?.set_send_hwm(1)?.connect(&endpoint)?;
    // Without a receiver only the sender's own limit counts.
    assert_eq!(fill(&source, MANY)?, 1);
    drop(source);

    let sink = context.socket(Pull)?;
    sink.set_recv_hwm(0)?.bind(&endpoint)?;
    expect(&sink, b"".as_slice());
    expect_nothing(&sink);
    Ok(())
}

#[test]
fn a_bound_sender_without_a_peer_takes_no_message() -> Result<()> {
    let source = context()?.socket(Push)?;
    source.set_send_hwm(1)?.bind(free("inproc"))?;
    assert_eq!(fill(&source, MANY)?, 0);
    Ok(())
}
