//! The events of a connection that is lost and restored. Origin: test_reconnect_options.cpp.
//!
//! The option that stops reconnecting belongs to libzmq's draft API. If the build lacks it, the tests check that it is
//! refused.

use std::time::Duration;

use zmq::{Context, Monitor, MonitorEventKind, MonitorEvents, Pub, Result, Socket, Stream, Sub, sys};

use crate::support::*;

const BRIEFLY: Duration = Duration::from_millis(20);

/// Opens a publisher and a connected subscriber that reconnects after this interval.
fn connected_to(context: &Context, endpoint: &str, interval: Duration) -> Result<(Socket<Pub>, Socket<Sub>, Monitor)> {
    let (publisher, subscriber) = (context.socket(Pub)?, context.socket(Sub)?);
    publisher.bind(endpoint)?;
    let monitor = subscriber.monitor(MonitorEvents::all())?;
    subscriber.set_reconnect_interval(Some(interval))?.connect(endpoint)?;
    expect_handshake(&monitor)?;
    Ok((publisher, subscriber, monitor))
}

/// Waits for the handshake. Whether the connection is delayed is up to the system.
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
    // libzmq adds a random delay, so that the clients of a server do not reconnect at the same time.
    assert!(retry.interval().is_some_and(|interval| interval >= LONG && interval < 2 * LONG), "{retry}");
    assert_eq!(monitor.try_recv()?, None);
    Ok(())
}

#[test]
fn a_connection_is_restored_when_the_peer_is_back() -> Result<()> {
    let context = context()?;
    let endpoint = fixed("tcp");
    let (publisher, _subscriber, monitor) = connected_to(&context, &endpoint, BRIEFLY)?;
    drop(publisher);
    expect_events(&monitor, [MonitorEventKind::Disconnected, MonitorEventKind::ConnectRetried]);

    let publisher = context.socket(Pub)?;
    eventually("the endpoint is free", || publisher.bind(&endpoint).is_ok());
    // Some attempts may have failed before.
    monitor.wait_connected(PATIENCE)?;
    Ok(())
}

/// Disables reconnecting in this case, if this libzmq has the option.
fn give_up(subscriber: &Socket<Sub>, case: i32) -> Result<bool> {
    // SAFETY: libzmq checks and stores the number.
    unsafe { set_draft(subscriber, sys::ZMQ_RECONNECT_STOP, &case.to_ne_bytes()) }
}

#[test]
fn a_socket_can_stop_reconnecting_after_a_refused_connection() -> Result<()> {
    let context = context()?;
    let subscriber = context.socket(Sub)?;
    if !give_up(&subscriber, sys::ZMQ_RECONNECT_STOP_CONN_REFUSED)? {
        return Ok(());
    }
    let monitor = subscriber.monitor(MonitorEvents::all())?;
    // No socket listens at this endpoint.
    subscriber.set_reconnect_interval(Some(BRIEFLY))?.connect(fixed("tcp"))?;
    while next_event(&monitor)?.kind() != MonitorEventKind::Closed {}
    assert_eq!(monitor.recv_timeout(5 * BRIEFLY)?, None, "the subscriber does not try again");
    Ok(())
}

#[test]
fn a_socket_can_stop_reconnecting_after_a_failed_handshake() -> Result<()> {
    let context = context()?;
    let (silent, subscriber) = (context.socket(Stream)?, context.socket(Sub)?);
    if !give_up(&subscriber, sys::ZMQ_RECONNECT_STOP_HANDSHAKE_FAILED)? {
        return Ok(());
    }
    let monitor = subscriber.monitor(MonitorEvents::all())?;
    subscriber.set_reconnect_interval(Some(BRIEFLY))?.set_handshake_interval(BRIEFLY)?;
    subscriber.connect(silent.bind(free("tcp"))?)?;
    while next_event(&monitor)?.kind() != MonitorEventKind::Disconnected {}
    assert_eq!(monitor.recv_timeout(5 * BRIEFLY)?, None, "the subscriber does not try again");
    Ok(())
}
