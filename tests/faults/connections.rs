//! The start of connections: to the socket itself, and to a peer that was connected before.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use zmq::{Context, Dealer, MonitorEventKind, MonitorEvents, Result, Router, sys};

use crate::common::{PATIENCE, context, eventually, in_child, set_raw, take_all, this_test, wire};

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn self_connect_a_socket_that_is_its_own_peer_connects_again() -> Result<()> {
    // A free port, also as the source port. The system sometimes chooses the same port by itself.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let socket = context()?.socket(Dealer)?;
    let monitor = socket.monitor(MonitorEvents::HANDSHAKE_SUCCEEDED | MonitorEvents::CONNECT_RETRIED)?;
    socket.connect(format!("tcp://127.0.0.1:{port};127.0.0.1:{port}"))?;
    let event = monitor.recv_timeout(PATIENCE)?.expect("an event");
    assert_eq!(event.kind(), MonitorEventKind::ConnectRetried);
    Ok(())
}

/// Accepts a connection and goes through the handshake as a DEALER of this version.
fn accept(listener: &TcpListener, version: u8) -> TcpStream {
    let (mut peer, _) = listener.accept().unwrap();
    peer.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut theirs = [0; 12];
    if version == 2 {
        // The number of version 2, the number of DEALER, and an empty routing ID.
        peer.write_all(b"\xFF\0\0\0\0\0\0\0\x01\x7F\x01\x05\0\0").unwrap();
        peer.read_exact(&mut theirs).unwrap();
    } else {
        peer.write_all(&[wire::greeting(0), wire::ready("DEALER", None)].concat()).unwrap();
        peer.read_exact(&mut [0; 64]).unwrap();
    }
    peer
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn disconnected_reconnects_a_connection_that_ends_after_its_disconnect_stays_away() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("tcp://{}", listener.local_addr().unwrap());
    let context = context()?;
    let socket = context.socket(Dealer)?;
    socket.set_immediate(true)?.set_reconnect_interval(Duration::from_millis(1))?;
    let monitor = socket.monitor(MonitorEvents::DISCONNECTED | MonitorEvents::CONNECT_RETRIED)?;
    socket.connect(&endpoint)?;
    let peer = accept(&listener, 3);
    eventually("the socket has its peer", || socket.events().unwrap().is_writable());

    socket.disconnect(&endpoint)?;
    // The only I/O thread has processed the disconnect too, but the socket has not seen the end of the connection yet.
    connect_elsewhere(&context)?;
    drop(peer);
    let event = monitor.recv_timeout(PATIENCE)?.expect("the end of the connection");
    assert_eq!(event.kind(), MonitorEventKind::Disconnected);
    connect_elsewhere(&context)?;
    assert_eq!(monitor.try_recv()?, None);
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn immediate_off_a_lost_connection_of_that_time_ends_nothing() {
    in_child(this_test!(), || {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = context().unwrap().socket(Dealer).unwrap();
        socket.set_immediate(true).unwrap().set_reconnect_interval(Duration::from_millis(1)).unwrap();
        socket.connect(format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
        for round in 0..2 {
            let peer = accept(&listener, 3);
            eventually("the socket has its peer", || socket.events().unwrap().is_writable());
            // The crate refuses this without the fix.
            set_raw(&socket, sys::ZMQ_IMMEDIATE, &i32::from(round > 0).to_ne_bytes());
            drop(peer);
            eventually("the socket loses its peer", || !socket.events().unwrap().is_writable());
        }
    });
}

#[test]
#[cfg_attr(zmq_patched, ignore = "this libzmq has the fix")]
fn immediate_off_is_refused_once_a_connection_may_exist() -> Result<()> {
    let socket = context()?.socket(Dealer)?;
    socket.set_immediate(true)?.set_immediate(false)?.set_immediate(true)?;
    socket.connect("tcp://127.0.0.1:1")?;
    let error = socket.set_immediate(false).unwrap_err();
    assert_eq!(error.kind(), zmq::ErrorKind::WrongState);
    let reason = "this libzmq aborts if it loses a connection from before; open another socket";
    assert_eq!(error.to_string(), format!("cannot set immediate to false: {reason} (EFSM)"));
    assert!(socket.set_immediate(true)?.immediate()?);
    Ok(())
}

/// Connects another socket, after the I/O thread has finished its earlier work.
fn connect_elsewhere(context: &Context) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let socket = context.socket(Dealer)?;
    let monitor = socket.monitor(MonitorEvents::CONNECTED)?;
    socket.connect(format!("tcp://{}", listener.local_addr().unwrap()))?;
    assert!(monitor.recv_timeout(PATIENCE)?.is_some());
    Ok(())
}

fn returns_at_the_mark(version: u8, notify: bool) {
    let told: &[&str] = if notify { &[""] } else { &[] };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let router = context().unwrap().socket(Router).unwrap();
    if notify {
        set_raw(&router, sys::ZMQ_ROUTER_NOTIFY, &sys::ZMQ_NOTIFY_CONNECT.to_ne_bytes());
    }
    router
        .set_recv_hwm(2 + u32::from(notify))
        .unwrap()
        .set_reconnect_interval(Some(Duration::from_millis(10)))
        .unwrap();
    router.connect(format!("tcp://{}", listener.local_addr().unwrap())).unwrap();

    let mut peer = accept(&listener, version);
    peer.write_all(b"\0\x01a\0\x01b").unwrap();
    drop(peer);
    // The queue of the router is full, and the router reconnects.
    let mut peer = accept(&listener, version);
    peer.write_all(b"\0\x01c").unwrap();
    // The router sends nothing more until it has processed the handshake.
    peer.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    match peer.read_to_end(&mut Vec::new()) {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
        ended => panic!("the router closes the connection: {ended:?}"),
    }
    for expected in told.iter().chain(&["a", "b", "c"]) {
        assert_eq!(take_all(&router).unwrap()[1], *expected);
    }
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn routing_id_full_a_router_at_its_mark_takes_a_peer_that_comes_back() {
    in_child(this_test!(), || {
        returns_at_the_mark(2, false);
    });
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn routing_id_full_so_it_does_with_todays_protocol() {
    returns_at_the_mark(3, false);
}

#[cfg(feature = "draft")]
#[test]
fn router_notify_full_a_router_that_cannot_tell_of_a_peer_takes_it_in() {
    returns_at_the_mark(3, true);
}

/// The peer closes its first connection in the middle of the handshake.
#[cfg(feature = "draft")]
#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn router_notify_handshake_a_router_knows_a_peer_whose_first_handshake_failed() -> Result<()> {
    use crate::common::wire::Wire;
    use zmq::socket::RouterNotify;

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let router = context()?.socket(Router)?;
    router.set_router_notify(RouterNotify::all())?.set_reconnect_interval(Some(Duration::from_millis(10)))?;
    router.connect(format!("tcp://{}", listener.local_addr().unwrap()))?;
    let mut peer = Wire::new(listener.accept().unwrap().0);
    peer.send(&wire::greeting(0));
    peer.receive(64);
    peer.receive_frame();
    drop(peer);

    let mut peer = Wire::new(listener.accept().unwrap().0);
    peer.send(&[wire::greeting(0), wire::ready("DEALER", Some(b"peer"))].concat());
    peer.receive(64);
    peer.receive_frame();
    peer.send(&wire::message(b"hello", false));
    assert_eq!(take_all(&router)?, ["peer", ""]);
    assert_eq!(take_all(&router)?, ["peer", "hello"]);
    drop(peer);
    assert_eq!(take_all(&router)?, ["peer", ""]);
    Ok(())
}

#[cfg(feature = "draft")]
#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn hiccup_count_a_socket_receives_after_it_has_received_the_report_of_a_lost_connection() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let socket = context()?.socket(Dealer)?;
    // With a mark of one message, each receive makes room for another.
    socket.set_recv_hwm(1)?.set_reconnect_interval(Some(Duration::from_millis(10)))?;
    socket.set_hiccup_message("lost")?.connect(format!("tcp://{}", listener.local_addr().unwrap()))?;
    for _ in 0..3 {
        let mut peer = accept(&listener, 3);
        peer.write_all(&wire::message(b"hello", false)).unwrap();
        assert_eq!(take_all(&socket)?, ["hello"]);
        drop(peer);
        assert_eq!(take_all(&socket)?, ["lost"]);
    }
    Ok(())
}
