//! The events of a monitor: the kind, the endpoint and the value of each.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use zmq::monitor::ProtocolError;
use zmq::{
    Context, Dealer, Errno, Error, ErrorKind, Kind, Monitor, MonitorEvent, MonitorEventKind, MonitorEvents, Operation,
    Pub, Pull, Push, Rep, Req, Result, Router, Socket, SocketType, Stream, Sub,
};

use crate::common::{PATIENCE, context, dead_endpoint, free, in_time, pair, take};

use MonitorEventKind::{
    Accepted, BindFailed, Closed, ConnectDelayed, ConnectRetried, Connected, Disconnected, HandshakeFailedAuth,
    HandshakeFailedNoDetail, HandshakeSucceeded, Listening, MonitorStopped,
};

/// Receives the next event, which must arrive.
pub(crate) fn next_event(monitor: &Monitor) -> Result<MonitorEvent> {
    Ok(monitor.recv_timeout(PATIENCE)?.unwrap_or_else(|| panic!("{monitor:?} reported nothing")))
}

/// Receives events up to the first one of this kind.
fn next_event_of(monitor: &Monitor, kind: MonitorEventKind) -> Result<MonitorEvent> {
    loop {
        let event = next_event(monitor)?;
        if event.kind() == kind {
            return Ok(event);
        }
    }
}

/// Receives all events until the end of the monitor.
pub(crate) fn remaining_events(monitor: Monitor) -> Result<Vec<MonitorEvent>> {
    in_time(move || monitor.collect())
}

fn kinds(events: &[MonitorEvent]) -> Vec<MonitorEventKind> {
    events.iter().map(MonitorEvent::kind).collect()
}

#[test]
fn the_life_of_a_connection_is_reported_at_both_ends() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
    let at_server = server.monitor(MonitorEvents::all())?;
    let at_client = client.monitor(MonitorEvents::all())?;
    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    client.connect(&endpoint)?;
    client.send("question")?;
    assert_eq!(take(&server)?, "question");

    let listening = next_event(&at_server)?;
    assert_eq!((listening.kind(), listening.endpoint()), (Listening, endpoint.as_str()));
    let accepted = next_event(&at_server)?;
    assert_eq!((accepted.kind(), accepted.endpoint()), (Accepted, endpoint.as_str()));
    assert!(listening.fd().is_some() && accepted.fd().is_some() && listening.fd() != accepted.fd());
    assert_eq!(next_event(&at_server)?.kind(), HandshakeSucceeded);

    let delayed = next_event(&at_client)?;
    assert_eq!((delayed.kind(), delayed.errno()), (ConnectDelayed, Some(Errno::EINPROGRESS)));
    let connected = next_event(&at_client)?;
    assert_eq!((connected.kind(), connected.endpoint()), (Connected, endpoint.as_str()));
    let succeeded = next_event(&at_client)?;
    assert_eq!((succeeded.kind(), succeeded.endpoint()), (HandshakeSucceeded, endpoint.as_str()));

    drop(client);
    assert_eq!(kinds(&remaining_events(at_client)?), [MonitorStopped]);
    let disconnected = next_event(&at_server)?;
    assert_eq!((disconnected.kind(), disconnected.fd()), (Disconnected, accepted.fd()));
    drop(server);
    let last = remaining_events(at_server)?;
    assert_eq!(kinds(&last), [Closed, MonitorStopped]);
    assert_eq!((last[0].endpoint(), last[0].fd()), (endpoint.as_str(), listening.fd()));
    assert_eq!(last[1].endpoint(), "");
    Ok(())
}

#[test]
fn only_requested_events_are_reported() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
    let monitor = server.monitor(MonitorEvents::ACCEPTED | MonitorEvents::DISCONNECTED)?;
    assert_eq!(monitor.events(), MonitorEvents::ACCEPTED | MonitorEvents::DISCONNECTED);
    client.connect(server.bind("tcp://127.0.0.1:*")?)?;
    client.send("question")?;
    take(&server)?;
    drop(client);
    assert_eq!(next_event(&monitor)?.kind(), Accepted);
    assert_eq!(next_event(&monitor)?.kind(), Disconnected);
    drop(server);
    assert_eq!(remaining_events(monitor)?, []);
    Ok(())
}

#[test]
fn a_monitor_without_events_reports_the_end() -> Result<()> {
    let socket = context()?.socket(Rep)?;
    let monitor = socket.monitor(MonitorEvents::empty())?;
    socket.bind("tcp://127.0.0.1:*")?;
    assert_eq!(monitor.try_recv()?, None);
    drop(socket);
    assert_eq!(remaining_events(monitor)?, []);
    Ok(())
}

#[test]
fn a_refused_connection_is_retried_after_the_interval() -> Result<()> {
    let context = context()?;
    let client = context.socket(Push)?;
    client.set_reconnect_interval(Some(Duration::from_millis(20)))?;
    let monitor = client.monitor(MonitorEvents::all())?;
    let endpoint = client.connect(dead_endpoint()?)?;
    let retried = next_event_of(&monitor, ConnectRetried)?;
    assert_eq!(retried.endpoint(), endpoint.as_str());
    // libzmq adds a random part that may double the interval.
    let interval = retried.interval().unwrap_or_default();
    assert!(interval >= Duration::from_millis(20) && interval < Duration::from_millis(40), "{interval:?}");
    next_event_of(&monitor, Closed)?;
    next_event_of(&monitor, ConnectRetried)?;
    Ok(())
}

#[test]
fn a_failed_bind_is_reported_once_and_returns_its_reason() -> Result<()> {
    let context = context()?;
    let (first, second) = (context.socket(Rep)?, context.socket(Rep)?);
    let endpoint = first.bind("tcp://127.0.0.1:*")?;
    let monitor = second.monitor(MonitorEvents::BIND_FAILED | MonitorEvents::LISTENING)?;
    for _ in 0..3 {
        // If libzmq reported no event for a while, it returns EAGAIN for this error.
        assert_eq!(second.bind(&endpoint).unwrap_err().kind(), ErrorKind::AddressInUse);
        let event = next_event(&monitor)?;
        assert_eq!((event.kind(), event.errno()), (BindFailed, Some(Errno::EADDRINUSE)));
        assert!(event.endpoint().contains(endpoint.address()), "{event}");
        assert_eq!(monitor.recv_timeout(Duration::from_millis(5))?, None);
    }
    second.bind("tcp://127.0.0.1:*")?;
    assert_eq!(next_event(&monitor)?.kind(), Listening);
    Ok(())
}

#[test]
fn a_peer_with_another_protocol_is_reported() -> Result<()> {
    let server = context()?.socket(Rep)?;
    let monitor = server.monitor(MonitorEvents::all())?;
    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    let mut stranger = TcpStream::connect(endpoint.address()).unwrap_or_else(|error| panic!("{error}"));
    stranger.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap_or_else(|error| panic!("{error}"));
    stranger.shutdown(std::net::Shutdown::Write).unwrap_or_else(|error| panic!("{error}"));
    let _ = stranger.read_to_end(&mut Vec::new());
    let event = next_event_of(&monitor, HandshakeFailedNoDetail)?;
    assert_eq!(event.endpoint(), endpoint.as_str());
    assert!(event.errno().is_some());
    assert_eq!(next_event(&monitor)?.kind(), Disconnected);
    Ok(())
}

#[test]
fn a_peer_of_an_incompatible_kind_is_reported_as_disconnected() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Rep)?, context.socket(Sub)?);
    let monitor = server.monitor(MonitorEvents::all())?;
    client.connect(server.bind("tcp://127.0.0.1:*")?)?;
    assert_eq!(next_event(&monitor)?.kind(), Listening);
    let accepted = next_event(&monitor)?;
    let disconnected = next_event(&monitor)?;
    assert_eq!((accepted.kind(), disconnected.kind()), (Accepted, Disconnected));
    assert_eq!(accepted.fd(), disconnected.fd());
    Ok(())
}

#[test]
fn different_mechanisms_are_reported_as_a_protocol_error() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
    server.set_plain_server(true)?.set_zap_enforce_domain(false)?;
    let monitor = server.monitor(MonitorEvents::HANDSHAKE_FAILED_PROTOCOL)?;
    client.connect(server.bind("tcp://127.0.0.1:*")?)?;
    let event = next_event(&monitor)?;
    assert_eq!(event.kind(), MonitorEventKind::HandshakeFailedProtocol);
    assert_eq!(event.protocol_error(), Some(ProtocolError::ZMTP_MECHANISM_MISMATCH));
    Ok(())
}

/// Refuses every peer with this status until the context is shut down.
fn authenticator(context: &Context, status: &'static str) -> Result<thread::JoinHandle<Result<()>>> {
    let handler = context.socket(Rep)?;
    handler.bind("inproc://zeromq.zap.01")?;
    Ok(thread::spawn(move || {
        loop {
            let request = handler.recv_multipart()?;
            handler.send_multipart(("1.0", request[1].clone(), status, "no", "", ""))?;
        }
    }))
}

/// Creates a server that needs an authenticator, and a client for it.
fn guarded(context: &Context) -> Result<(Socket<Rep>, Socket<Req>)> {
    let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
    server.set_plain_server(true)?.set_zap_domain("test")?;
    client.set_plain_username(Some("ann"))?.set_plain_password(Some("wrong"))?;
    Ok((server, client))
}

#[test]
fn a_refusal_of_the_authenticator_is_reported_with_its_status_at_both_ends() -> Result<()> {
    let context = context()?;
    let authenticator = authenticator(&context, "400")?;
    let (server, client) = guarded(&context)?;
    let at_server = server.monitor(MonitorEvents::HANDSHAKE_FAILED_AUTH)?;
    let at_client = client.monitor(MonitorEvents::HANDSHAKE_FAILED_AUTH)?;
    client.connect(server.bind("tcp://127.0.0.1:*")?)?;
    for monitor in [&at_server, &at_client] {
        let event = next_event(monitor)?;
        assert_eq!((event.kind(), event.zap_status(), event.raw_value()), (HandshakeFailedAuth, Some(400), 400));
    }
    context.shutdown();
    assert!(in_time(|| authenticator.join()).is_ok_and(|end| end.is_err_and(|error| error.is_terminated())));
    Ok(())
}

#[test]
fn every_kind_of_socket_can_be_monitored() -> Result<()> {
    let context = context()?;
    for &socket_type in SocketType::ALL.iter().filter(|socket_type| !socket_type.is_draft()) {
        let socket = context.socket(socket_type)?;
        let monitor = socket.monitor(MonitorEvents::LISTENING)?;
        let endpoint = socket.bind("tcp://127.0.0.1:*")?;
        let event = next_event(&monitor)?;
        assert_eq!((event.kind(), event.endpoint()), (Listening, endpoint.as_str()), "{socket_type}");
    }
    Ok(())
}

#[test]
fn connections_over_ipc_are_reported() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Router)?, context.socket(Dealer)?);
    let monitor = server.monitor(MonitorEvents::all())?;
    let endpoint = server.bind("ipc://*")?;
    client.connect(&endpoint)?;
    assert_eq!(next_event_of(&monitor, HandshakeSucceeded)?.endpoint(), endpoint.as_str());
    Ok(())
}

#[test]
fn inproc_connections_are_not_reported() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
    let monitor = server.monitor(MonitorEvents::all())?;
    client.connect(server.bind(free("inproc"))?)?;
    client.send("question")?;
    take(&server)?;
    drop(client);
    drop(server);
    assert_eq!(kinds(&remaining_events(monitor)?), [MonitorStopped]);
    Ok(())
}

#[test]
fn events_of_several_connections_have_different_descriptors() -> Result<()> {
    let context = context()?;
    let server = context.socket(Pull)?;
    let monitor = server.monitor(MonitorEvents::ACCEPTED)?;
    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    let clients: Vec<_> = (0..8).map(|_| context.socket(Push)).collect::<Result<_>>()?;
    for client in &clients {
        client.connect(&endpoint)?;
    }
    let fds: HashSet<_> = clients.iter().map(|_| Ok(next_event(&monitor)?.fd())).collect::<Result<_>>()?;
    assert_eq!(fds.len(), clients.len());
    assert_eq!(monitor.try_recv()?, None);
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_program_can_wait_for_events_in_its_own_loop() -> Result<()> {
    use std::os::fd::AsRawFd;

    let socket = context()?.socket(Rep)?;
    let monitor = socket.monitor(MonitorEvents::LISTENING)?;
    let binding = thread::spawn(move || (0..10).try_for_each(|_| socket.bind("tcp://127.0.0.1:*").map(drop)));
    for count in 0..10 {
        let event = loop {
            if let Some(event) = monitor.try_recv()? {
                break event;
            }
            let mut waited = libc::pollfd { fd: monitor.event_fd()?.as_raw_fd(), events: libc::POLLIN, revents: 0 };
            // SAFETY: the pointer is to one item, which outlives the call.
            let ready = unsafe { libc::poll(&raw mut waited, 1, PATIENCE.as_millis() as libc::c_int) };
            assert_eq!(ready, 1, "no event followed after {count} events");
        };
        assert_eq!(event.kind(), Listening);
    }
    assert!(binding.join().is_ok_and(|bound| bound.is_ok()));
    Ok(())
}

#[test]
fn bits_above_the_sixteen_of_libzmq_are_refused() -> Result<()> {
    let socket = context()?.socket(Push)?;
    let error = socket.monitor(MonitorEvents::from_bits_retain(0x1_0001)).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Operation::Monitor));
    let text = "cannot monitor the socket: 0x10001 has bits above the sixteen that libzmq supports";
    assert_eq!(error.to_string(), text);
    assert!(socket.monitor(MonitorEvents::from_bits_retain(0xffff)).is_ok());
    Ok(())
}

#[test]
fn connect_and_wait_returns_when_messages_can_be_transferred() -> Result<()> {
    let context = context()?;
    for transport in ["tcp", "ipc"] {
        let (server, client) = (context.socket(Pub)?, context.socket(Sub)?);
        let endpoint = server.bind(free(transport))?;
        client.subscribe("")?;
        assert_eq!(client.connect_and_wait(&endpoint, PATIENCE)?, endpoint);
        // The temporary monitor has been removed.
        assert!(client.monitor(MonitorEvents::all()).is_ok());
    }
    Ok(())
}

#[test]
fn connect_and_wait_recognises_a_host_by_its_name() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
    let port = server.bind("tcp://127.0.0.1:*")?.port().unwrap_or_default();
    client.connect_and_wait(format!("tcp://localhost:{port}"), PATIENCE)?;
    Ok(())
}

#[test]
fn connect_and_wait_ignores_other_connections() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Pull)?, context.socket(Push)?);
    client.set_reconnect_interval(Some(Duration::from_millis(1)))?;
    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    client.connect(&endpoint)?;
    let error = client.connect_and_wait(dead_endpoint()?, Duration::from_millis(100)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    Ok(())
}

#[test]
fn an_unsuccessful_wait_names_the_last_failure() -> Result<()> {
    let context = context()?;
    let client = context.socket(Req)?;
    let endpoint = dead_endpoint()?;
    let error = client.connect_and_wait(&endpoint, Duration::from_millis(200)).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::TimedOut, Operation::WaitConnected));
    let text =
        format!("wait for a peer timed out after 200 ms: the most informative event was ConnectRetried at {endpoint}");
    assert!(error.to_string().starts_with(&text), "{error}");
    Ok(())
}

#[test]
fn a_wait_for_a_server_that_refuses_reports_the_refusal() -> Result<()> {
    let context = context()?;
    let authenticator = authenticator(&context, "400")?;
    let (server, client) = guarded(&context)?;
    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    let monitor = client.monitor(MonitorEvents::HANDSHAKE_SUCCEEDED | MonitorEvents::HANDSHAKE_FAILED_AUTH)?;
    client.set_reconnect_interval(None)?;
    client.connect(&endpoint)?;
    let error = monitor.wait_connected(Duration::from_millis(500)).unwrap_err();
    assert!(error.to_string().contains("HandshakeFailedAuth at tcp://127.0.0.1:"), "{error}");
    assert!(error.to_string().contains("status 400"), "{error}");
    context.shutdown();
    assert!(in_time(|| authenticator.join()).is_ok());
    Ok(())
}

#[test]
fn a_wait_for_a_transport_without_a_handshake_returns_immediately() -> Result<()> {
    let context = context()?;
    let client = context.socket(Req)?;
    // No socket is bound to the name.
    client.connect_and_wait(free("inproc"), None)?;
    client.wait_connected(None)?;
    Ok(())
}

#[test]
fn a_bound_socket_waits_for_the_next_peer() -> Result<()> {
    let context = context()?;
    let server = context.socket(Pull)?;
    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    let seen = AtomicBool::new(false);
    thread::scope(|threads| {
        let peers = threads.spawn(|| {
            while !seen.load(Ordering::Relaxed) {
                context.socket(Push)?.connect_and_wait(&endpoint, PATIENCE)?;
            }
            Ok::<(), Error>(())
        });
        let waited = server.wait_connected(PATIENCE);
        seen.store(true, Ordering::Relaxed);
        assert!(peers.join().is_ok_and(|peers| peers.is_ok()));
        waited
    })
}

#[test]
fn a_stream_socket_waits_for_a_connection() -> Result<()> {
    let socket = context()?.socket(Stream)?;
    let monitor = socket.monitor(MonitorEvents::ACCEPTED)?;
    let endpoint = socket.bind("tcp://127.0.0.1:*")?;
    let _peer = TcpStream::connect(endpoint.address());
    assert_eq!(monitor.wait_connected(PATIENCE)?.kind(), Accepted);
    Ok(())
}

#[test]
fn a_wait_that_cannot_end_is_refused() -> Result<()> {
    fn refusal<K: Kind>(socket: &Socket<K>) -> (ErrorKind, String) {
        let error = socket.wait_connected(None).unwrap_err();
        (error.kind(), error.to_string())
    }
    let context = context()?;
    let socket = context.socket(Push)?;
    let text = "cannot wait for a peer on a PUSH socket: the socket is neither bound nor connected, so no peer can connect (EFSM)";
    assert_eq!(refusal(&socket), (ErrorKind::WrongState, text.to_owned()));

    let (socket, _client) = pair(&context, "tcp", (Pull, Push))?;
    let monitor = socket.monitor(MonitorEvents::ACCEPTED)?;
    let text = "cannot wait for a peer on a PULL socket: the socket already has a monitor; call Monitor::wait_connected (EFSM)";
    assert_eq!(refusal(&socket), (ErrorKind::WrongState, text.to_owned()));

    let error = monitor.wait_connected(None).unwrap_err();
    let text = "cannot wait for a peer: the monitor does not report the required event: \
                MonitorEvents(HANDSHAKE_SUCCEEDED)";
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::InvalidInput, text.to_owned()));
    Ok(())
}
