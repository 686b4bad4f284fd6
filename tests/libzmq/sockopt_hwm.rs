//! When the limits may be changed. Origin: test_sockopt_hwm.cpp.
//!
//! libzmq lets them be changed at any time, and up to 4.3.5 uses freed memory where a peer goes away meanwhile: with
//! these versions the crate refuses it once the socket is bound or connected.

use zmq::{ErrorKind, Pull, Push, Result};

use crate::support::*;

#[test]
fn limits_set_before_the_connection_apply() -> Result<()> {
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
fn limits_are_not_changed_after_the_connection() -> Result<()> {
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
    // Whichever it was, nothing that waits is lost.
    assert_eq!(drain(&sink)?, 101);
    Ok(())
}
