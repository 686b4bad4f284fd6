//! Monitors whose events have the addresses of both ends, and the lengths of queues.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use zmq::{
    Client, Context, Dealer, ErrorKind, Monitor, MonitorEvent, MonitorEventKind, MonitorEvents, Pair, Pull, Push,
    Result, Server, Socket,
};

use super::events::{next_event, remaining_events};
use crate::common::{context, eventually, free, take};

use MonitorEventKind::{Accepted, Closed, Connected, Disconnected, HandshakeSucceeded, Listening, MonitorStopped};

/// Starts a monitor in the tested way.
type Start = fn(&Socket<Dealer>, MonitorEvents) -> Result<Monitor>;

/// The kinds and the endpoints of the events that a server and a client report for one connection, where `true` is the
/// server's endpoint.
fn reported(context: &Context, transport: &str, start: Start) -> Result<[Vec<(MonitorEventKind, bool)>; 2]> {
    let (server, client) = (context.socket(Dealer)?, context.socket(Dealer)?);
    // Whether an attempt to connect continues in the background is up to the system.
    let events = MonitorEvents::all() - MonitorEvents::CONNECT_DELAYED;
    let (at_server, at_client) = (start(&server, events)?, start(&client, events)?);
    let endpoint = server.bind(free(transport))?;
    client.connect(&endpoint)?;
    client.send("hello")?;
    take(&server)?;
    let of_client: Vec<_> = (0..2).map(|_| next_event(&at_client)).collect::<Result<_>>()?;
    drop(client);
    let mut of_server: Vec<_> = (0..4).map(|_| next_event(&at_server)).collect::<Result<_>>()?;
    drop(server);
    of_server.extend(remaining_events(at_server)?);
    let shape = |event: &MonitorEvent| (event.kind(), event.endpoint() == endpoint.as_str());
    Ok([of_server, of_client].map(|events| events.iter().map(shape).collect()))
}

#[test]
fn a_monitor_with_addresses_reports_the_same_events() -> Result<()> {
    let context = context()?;
    for transport in ["tcp", "ipc"] {
        let plain = reported(&context, transport, |socket, events| socket.monitor(events))?;
        let [server, client] = &plain;
        let ends = [(Listening, true), (Accepted, true), (HandshakeSucceeded, true), (Disconnected, true)];
        assert_eq!(server[..4], ends, "{transport}");
        assert_eq!(server[4..], [(Closed, true), (MonitorStopped, false)], "{transport}");
        assert_eq!(client[..], [(Connected, true), (HandshakeSucceeded, true)], "{transport}");
        let with_addresses = reported(&context, transport, |socket, events| socket.monitor_with_addresses(events))?;
        assert_eq!(with_addresses, plain, "{transport}");
    }
    Ok(())
}

#[test]
fn both_ends_report_the_same_two_addresses() -> Result<()> {
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    let events = MonitorEvents::HANDSHAKE_SUCCEEDED | MonitorEvents::DISCONNECTED;
    let (at_sink, at_source) = (sink.monitor_with_addresses(events)?, source.monitor_with_addresses(events)?);
    let endpoint = sink.bind("tcp://127.0.0.1:*")?;
    source.connect(&endpoint)?;
    let (accepted, connected) = (next_event(&at_sink)?, next_event(&at_source)?);
    assert_eq!((accepted.kind(), connected.kind()), (HandshakeSucceeded, HandshakeSucceeded));
    assert_eq!((accepted.endpoint(), connected.endpoint()), (endpoint.as_str(), endpoint.as_str()));
    assert_eq!(accepted.local_address(), Some(endpoint.as_str()));
    assert_eq!(connected.remote_address(), Some(endpoint.as_str()));
    let peer = connected.local_address().expect("the connection is established");
    assert!(peer.starts_with("tcp://127.0.0.1:") && endpoint != *peer, "{peer}");
    assert_eq!(accepted.remote_address(), Some(peer));
    drop(source);
    let disconnected = next_event(&at_sink)?;
    assert_eq!((disconnected.kind(), disconnected.endpoint()), (Disconnected, endpoint.as_str()));
    assert_eq!(disconnected.remote_address(), Some(peer));
    Ok(())
}

#[test]
fn a_listener_has_no_remote_address_and_the_last_event_has_none() -> Result<()> {
    let socket = context()?.socket(Pull)?;
    let monitor = socket.monitor_with_addresses(MonitorEvents::all())?;
    let endpoint = socket.bind("tcp://127.0.0.1:*")?;
    let listening = next_event(&monitor)?;
    assert_eq!(listening.kind(), Listening);
    assert_eq!((listening.local_address(), listening.remote_address()), (Some(endpoint.as_str()), None));
    drop(socket);
    let last = remaining_events(monitor)?;
    assert_eq!(last.last().map(|event| (event.kind(), event.local_address())), Some((MonitorStopped, None)));
    Ok(())
}

#[test]
fn an_event_without_addresses_prints_and_compares_as_without_drafts() -> Result<()> {
    let socket = context()?.socket(Pull)?;
    let plain = socket.monitor(MonitorEvents::LISTENING)?;
    let endpoint = socket.bind("tcp://127.0.0.1:*")?;
    let event = next_event(&plain)?;
    assert_eq!((event.local_address(), event.remote_address()), (None, None));
    let fd = event.raw_value();
    assert_eq!(format!("{event:?}"), format!("Listening {{ endpoint: {:?}, fd: {fd} }}", endpoint.as_str()));
    assert_eq!(event, MonitorEvent::from_raw(Listening.to_raw(), fd, endpoint.as_str()));
    assert_eq!(format!("{:?}", MonitorEvent::MonitorStopped), "MonitorStopped");

    let monitor = socket.monitor_with_addresses(MonitorEvents::LISTENING)?;
    let other = socket.bind("tcp://127.0.0.1:*")?;
    let event = next_event(&monitor)?;
    assert_eq!(event.to_string(), format!("Listening at {other} (fd {})", event.raw_value()));
    let addresses = format!("addresses: Addresses {{ local: {:?}, remote: \"\" }} }}", other.as_str());
    assert!(format!("{event:?}").ends_with(&addresses), "{event:?}");
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn queue_lengths_are_reported_for_each_connection() -> Result<()> {
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    let (at_sink, at_source) =
        (sink.monitor_with_addresses(MonitorEvents::empty())?, source.monitor_with_addresses(MonitorEvents::empty())?);
    let endpoint = sink.bind("tcp://127.0.0.1:*")?;
    source.connect(&endpoint)?;
    for text in ["one", "two", "three"] {
        source.send(text)?;
    }
    // The other end reports the messages that it has taken only after hundreds of them.
    assert!(source.request_queue_lengths()?);
    let mut found = None;
    eventually("the answer arrives", || {
        source.events().expect("the context lives");
        found = at_source.try_recv().expect("the context lives");
        found.is_some()
    });
    let event = found.expect("the answer");
    let lengths = event.queue_lengths().expect("lengths");
    assert_eq!((event.kind(), event.endpoint()), (MonitorEventKind::QueueLengths, endpoint.as_str()));
    assert_eq!((lengths.outbound, lengths.inbound), (3, 0));
    assert_eq!(event.to_string(), format!("QueueLengths at {endpoint} (3 outbound, 0 inbound)"));
    eventually("all messages arrive", || {
        sink.events().expect("the context lives");
        sink.request_queue_lengths().expect("there is a monitor");
        let event = at_sink.try_recv().expect("the context lives");
        event.and_then(|event| event.queue_lengths()).is_some_and(|lengths| lengths.inbound == 3)
    });
    assert_eq!(take(&sink)?, "one");
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn queue_lengths_need_a_connection_and_a_monitor_with_addresses() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Pair)?;
    let expected = "cannot monitor the socket: queue lengths need a monitor; call monitor_with_addresses first (EFSM)";
    let error = socket.request_queue_lengths().unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::WrongState, expected));
    let plain = socket.monitor(MonitorEvents::all())?;
    assert_eq!(socket.request_queue_lengths().unwrap_err().kind(), ErrorKind::WrongState);
    let monitor = socket.monitor_with_addresses(MonitorEvents::all())?;
    assert_eq!(remaining_events(plain)?.len(), 1);
    assert!(!socket.request_queue_lengths()?);
    assert_eq!(monitor.try_recv()?, None);
    context.shutdown();
    assert_eq!(socket.request_queue_lengths().unwrap_err().kind(), ErrorKind::ContextTerminated);
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn queue_lengths_are_requested_while_peers_leave() -> Result<()> {
    let context = context()?;
    let sink = context.socket(Pull)?;
    let monitor = sink.monitor_with_addresses(MonitorEvents::DISCONNECTED)?;
    let endpoint = sink.bind("tcp://127.0.0.1:*")?;
    for _ in 0..20 {
        let source = context.socket(Push)?;
        source.connect(&endpoint)?;
        source.send("hello")?;
        assert_eq!(take(&sink)?, "hello");
        drop(source);
        eventually("the peer leaves", || {
            sink.request_queue_lengths().expect("there is a monitor");
            monitor.try_recv().expect("the context lives").is_some_and(|event| event.kind() == Disconnected)
        });
    }
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn threads_that_share_a_socket_request_queue_lengths_while_connections_change() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Server)?, context.socket(Client)?);
    let monitor = client.monitor_with_addresses(MonitorEvents::empty())?;
    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    client.connect(&endpoint)?;
    let done = AtomicBool::new(false);
    thread::scope(|threads| {
        let asking: Vec<_> = (0..2)
            .map(|_| {
                threads.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        assert!(client.request_queue_lengths()?);
                        client.events()?;
                    }
                    zmq::Result::Ok(())
                })
            })
            .collect();
        for _ in 0..50 {
            client.connect(&endpoint)?;
            let lengths = next_event(&monitor)?.queue_lengths().expect("lengths");
            assert_eq!((lengths.outbound, lengths.inbound), (0, 0));
        }
        done.store(true, Ordering::Relaxed);
        asking.into_iter().try_for_each(|asking| asking.join().expect("no panic"))
    })
}

#[test]
fn threads_that_share_a_socket_replace_their_monitors() -> Result<()> {
    let context = context()?;
    let client = context.socket(Client)?;
    thread::scope(|threads| {
        let start = || (0..50).try_for_each(|_| client.monitor_with_addresses(MonitorEvents::all()).map(drop));
        let starting: Vec<_> = (0..2).map(|_| threads.spawn(start)).collect();
        starting.into_iter().try_for_each(|starting| starting.join().expect("no panic"))
    })?;
    let monitor = client.monitor_with_addresses(MonitorEvents::LISTENING)?;
    let endpoint = client.bind("tcp://127.0.0.1:*")?;
    assert_eq!(next_event(&monitor)?.local_address(), Some(endpoint.as_str()));
    Ok(())
}
