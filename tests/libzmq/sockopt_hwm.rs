//! The times at which high-water marks can be changed. Origin: test_sockopt_hwm.cpp.
//!
//! libzmq allows a change at any time, but up to 4.3.5 it uses freed memory if a peer leaves at the same time. With
//! these versions the crate refuses a change after the first bind or connect.

use zmq::{ErrorKind, Pull, Push, Result};

use crate::support::*;

#[test]
fn limits_set_before_a_connection_apply() -> Result<()> {
    let context = context()?;
    let (source, sink) = (context.socket(Push)?, context.socket(Pull)?);
    let endpoint = free("inproc");
    sink.set_recv_hwm(2)?.connect(&endpoint)?;
    source.set_send_hwm(2)?.bind(&endpoint)?;
    assert_eq!(source.send_hwm()?, 2);
    assert_eq!(fill(&source, 100)?, 4);
    Ok(())
}

#[test]
fn limits_change_after_a_connection_only_if_the_library_is_safe() -> Result<()> {
    let context = context()?;
    let (source, sink) = (context.socket(Push)?, context.socket(Pull)?);
    let endpoint = source.set_send_hwm(100)?.bind(free("inproc"))?;
    sink.set_recv_hwm(1)?.connect(&endpoint)?;
    assert_eq!(fill(&source, 1000)?, 101);

    if zmq::version() <= V4_3_5 {
        let refused = source.set_send_hwm(70).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::WrongState);
        assert!(refused.to_string().contains("before the first bind or connect"), "{refused}");
        assert_eq!(sink.set_recv_hwm(70).unwrap_err().kind(), ErrorKind::WrongState);
        assert_eq!((source.send_hwm()?, sink.recv_hwm()?), (100, 1));
    } else {
        assert_eq!(source.set_send_hwm(70)?.send_hwm()?, 70);
    }
    // In both cases no queued message is lost.
    assert_eq!(drain(&sink)?, 101);
    Ok(())
}
