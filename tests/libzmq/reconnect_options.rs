//! What a monitor tells of a connection that is made again. Origin: test_reconnect_options.cpp.
//!
//! The option that stops it is one of libzmq's draft API: where it was built without, the tests see that it is refused.

use std::time::Duration;

use zmq::{Context, Monitor, MonitorEventKind, MonitorEvents, Pub, Result, Socket, Stream, Sub, sys};

use crate::support::*;

const BRIEFLY: Duration = Duration::from_millis(20);

/// Opens a publisher and a subscriber that is connected to it and tries again after this interval.
fn connected_to(context: &Context, endpoint: &str, interval: Duration) -> Result<(Socket<Pub>, Socket<Sub>, Monitor)> {
    let (publisher, subscriber) = (context.socket(Pub)?, context.socket(Sub)?);
    publisher.bind(endpoint)?;
    let monitor = subscriber.monitor(MonitorEvents::all())?;
    subscriber.set_reconnect_interval(Some(interval))?.connect(endpoint)?;
    expect_handshake(&monitor)?;
    Ok((publisher, subscriber, monitor))
}

/// Whether libzmq has to wait for the connection is up to the system.
fn expect_handshake(monitor: &Monitor) -> Result<()> {
    if next_event(monitor)?.kind() == MonitorEventKind::ConnectDelayed {
        expect_events(monitor, [MonitorEventKind::Connected]);
    }
    expect_events(monitor, [MonitorEventKind::HandshakeSucceeded]);
    Ok(())
}

#[test]
fn a_lost_connection_is_tried_again_after_the_interval() -> Result<()> {
    const LONG: Duration = Duration::from_secs(60);
    let (publisher, _subscriber, monitor) = connected_to(&context()?, &fixed("tcp"), LONG)?;
    drop(publisher);
    expect_events(&monitor, [MonitorEventKind::Disconnected]);
    let retry = next_event(&monitor)?;
    assert_eq!(retry.kind(), MonitorEventKind::ConnectRetried);
    // libzmq adds a random part, so that not all clients of a server come at once.
    assert!(retry.interval().is_some_and(|interval| interval >= LONG && interval < 2 * LONG), "{retry}");
    assert_eq!(monitor.try_recv()?, None);
    Ok(())
}

#[test]
fn a_connection_is_made_again_once_the_peer_is_back() -> Result<()> {
    let context = context()?;
    let endpoint = fixed("tcp");
    let (publisher, _subscriber, monitor) = connected_to(&context, &endpoint, BRIEFLY)?;
    drop(publisher);
    expect_events(&monitor, [MonitorEventKind::Disconnected, MonitorEventKind::ConnectRetried]);

    let publisher = context.socket(Pub)?;
    eventually("the endpoint is free", || publisher.bind(&endpoint).is_ok());
    // There may be attempts that failed in between.
    monitor.wait_connected(PATIENCE)?;
    Ok(())
}

/// Has the subscriber give up in this case, where this libzmq has the option.
fn give_up(subscriber: &Socket<Sub>, case: i32) -> Result<bool> {
    // SAFETY: libzmq checks the number, and only stores it.
    unsafe { set_draft(subscriber, sys::ZMQ_RECONNECT_STOP, &case.to_ne_bytes()) }
}

#[test]
fn a_refused_connection_may_be_given_up() -> Result<()> {
    let context = context()?;
    let subscriber = context.socket(Sub)?;
    if !give_up(&subscriber, sys::ZMQ_RECONNECT_STOP_CONN_REFUSED)? {
        return Ok(());
    }
    let monitor = subscriber.monitor(MonitorEvents::all())?;
    // Nobody is there.
    subscriber.set_reconnect_interval(Some(BRIEFLY))?.connect(fixed("tcp"))?;
    while next_event(&monitor)?.kind() != MonitorEventKind::Closed {}
    assert_eq!(monitor.recv_timeout(5 * BRIEFLY)?, None, "it does not try again");
    Ok(())
}

#[test]
fn a_connection_without_a_handshake_may_be_given_up() -> Result<()> {
    let context = context()?;
    let (silent, subscriber) = (context.socket(Stream)?, context.socket(Sub)?);
    if !give_up(&subscriber, sys::ZMQ_RECONNECT_STOP_HANDSHAKE_FAILED)? {
        return Ok(());
    }
    let monitor = subscriber.monitor(MonitorEvents::all())?;
    subscriber.set_reconnect_interval(Some(BRIEFLY))?.set_handshake_interval(BRIEFLY)?;
    subscriber.connect(silent.bind(free("tcp"))?)?;
    while next_event(&monitor)?.kind() != MonitorEventKind::Disconnected {}
    assert_eq!(monitor.recv_timeout(5 * BRIEFLY)?, None, "it does not try again");
    Ok(())
}
