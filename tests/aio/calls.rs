//! Asynchronous sockets: subscriptions, streams and waits for a peer. A cancelled call loses no data.
#![cfg(unix)]

use std::future::poll_fn;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use zmq::aio::{AsyncMonitor, AsyncSocket};
use zmq::{
    Dealer, ErrorKind, MonitorEvent, MonitorEvents, Multipart, Pull, Push, Rep, Req, Result, Router, Stream,
    StreamEvent, Sub, Subscription, XPub, XSub,
};

use crate::common::{context, eventually, free, hang_up_then_bind, take};
use crate::runtimes::{Executor, after_lost_races, cancel, ok, on_every_runtime, soon, step_aside, two, within};

on_every_runtime! {
    subscriptions_are_received_one_by_one;
    a_stream_keeps_track_of_connections_across_cancelled_calls;
    a_half_receives_subscriptions_and_streams;
    a_wait_for_a_peer_ends_when_the_peer_has_connected;
    a_cancelled_wait_keeps_the_connection;
    a_peer_on_the_same_port_of_another_host_does_not_end_the_wait;
    a_host_is_resolved_outside_of_the_runtime_after_a_failed_connection;
    a_wait_without_a_handshake_returns_at_once_and_one_with_a_monitor_is_refused;
    a_monitor_waits_for_the_next_peer;
    an_unsuccessful_wait_names_the_most_informative_failure;
    subscriptions_survive_cancelled_receives;
    bytes_of_a_stream_survive_cancelled_receives;
}

fn topic(prefix: &str) -> Subscription {
    Subscription::Subscribe(prefix.into())
}

async fn subscriptions_are_received_one_by_one<E: Executor>() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let (mut publisher, mut subscriber) = two::<E, _, _>(&context()?, transport, (XPub, XSub))?;
        cancel(publisher.recv_subscription());
        subscriber.get_ref().send_subscribe("a")?;
        subscriber.get_ref().send_subscribe("b")?;
        assert_eq!(soon::<E, _>(publisher.recv_subscription()).await?, topic("a"));
        assert_eq!(soon::<E, _>(publisher.recv_subscription()).await?, topic("b"));
        cancel(publisher.recv_subscription());
        subscriber.get_ref().send_unsubscribe("a")?;
        let gone = soon::<E, _>(publisher.recv_subscription()).await?;
        assert_eq!(gone, Subscription::Unsubscribe("a".into()));
        subscriber.send_multipart(["of", "its own"]).await?;
        let sent = soon::<E, _>(publisher.recv_subscription()).await?;
        assert_eq!(sent, Subscription::Message(Multipart::from(["of", "its own"])));
    }
    Ok(())
}

/// Connects to a socket over plain TCP, sends and receives, and closes the connection.
fn speak(address: &str) -> std::io::Result<String> {
    let mut peer = TcpStream::connect(address)?;
    peer.write_all(b"hello")?;
    let mut answer = [0; 5];
    peer.read_exact(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

async fn a_stream_keeps_track_of_connections_across_cancelled_calls<E: Executor>() -> Result<()> {
    let mut server = AsyncSocket::<_, E>::new(context()?.socket(Stream)?)?;
    let endpoint = server.get_ref().bind("tcp://127.0.0.1:*")?;
    for _ in 0..5 {
        cancel(server.recv_stream());
        let address = endpoint.address().to_owned();
        let peer = thread::spawn(move || speak(&address));
        let StreamEvent::Connected { peer: id } = soon::<E, _>(server.recv_stream()).await? else {
            panic!("the connection must be reported first")
        };
        let mut bytes = Vec::new();
        while bytes.len() < 5 {
            // A cancelled wait for readiness must lose no bytes.
            drop(within::<E, _>(Duration::ZERO, server.readable()).await);
            match soon::<E, _>(server.recv_stream()).await? {
                StreamEvent::Data { peer, bytes: more } if peer == id => bytes.extend_from_slice(&more),
                other => panic!("unexpected event: {other:?}"),
            }
        }
        assert_eq!(bytes, b"hello");
        cancel(server.recv_stream());
        server.send_multipart((id.to_vec(), "world")).await?;
        assert_eq!(soon::<E, _>(server.recv_stream()).await?, StreamEvent::Disconnected { peer: id });
        assert_eq!(peer.join().expect("the thread does not panic").expect("a peer"), "world");
    }
    Ok(())
}

async fn a_half_receives_subscriptions_and_streams<E: Executor>() -> Result<()> {
    let context = context()?;
    let (publisher, subscriber) = two::<E, _, _>(&context, "inproc", (XPub, Sub))?;
    let (_sender, mut publisher) = publisher.into_split();
    cancel(publisher.recv_subscription());
    subscriber.get_ref().subscribe("a")?;
    assert_eq!(soon::<E, _>(publisher.recv_subscription()).await?, topic("a"));

    let server = context.socket(Stream)?;
    let address = server.bind("tcp://127.0.0.1:*")?.address().to_owned();
    let (_sender, mut server) = AsyncSocket::<_, E>::new(server)?.into_split();
    cancel(server.recv_stream());
    let peer = TcpStream::connect(address).expect("a peer");
    assert!(matches!(soon::<E, _>(server.recv_stream()).await?, StreamEvent::Connected { .. }));
    drop(peer);
    assert!(matches!(soon::<E, _>(server.recv_stream()).await?, StreamEvent::Disconnected { .. }));
    Ok(())
}

async fn a_wait_for_a_peer_ends_when_the_peer_has_connected<E: Executor>() -> Result<()> {
    for transport in ["tcp", "ipc"] {
        let context = context()?;
        let server = context.socket(Rep)?;
        let endpoint = server.bind(free(transport))?;
        let mut client = AsyncSocket::<_, E>::new(context.socket(Req)?)?;
        assert_eq!(soon::<E, _>(client.connect_and_wait(&endpoint)).await?, endpoint);
        client.send("hello").await?;
        assert_eq!(take(&server)?, "hello");
    }
    Ok(())
}

async fn a_cancelled_wait_keeps_the_connection<E: Executor>() -> Result<()> {
    let context = context()?;
    // The listener accepts connections but sends nothing.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("an address");
    let mut client = AsyncSocket::<_, E>::new(context.socket(Push)?)?;
    client.get_ref().set_reconnect_interval(Some(Duration::from_millis(1)))?;
    cancel(client.connect_and_wait(format!("tcp://{address}")));
    drop(listener);
    let server = context.socket(Pull)?;
    eventually("the port is free", || server.bind(format!("tcp://{address}")).is_ok());
    soon::<E, _>(client.send("still delivered")).await?;
    assert_eq!(take(&server)?, "still delivered");
    Ok(())
}

async fn a_peer_on_the_same_port_of_another_host_does_not_end_the_wait<E: Executor>() -> Result<()> {
    let context = context()?;
    let server = context.socket(Router)?;
    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    let mut client = AsyncSocket::<_, E>::new(context.socket(Dealer)?)?;
    client.get_ref().connect(&endpoint)?;
    let absent = format!("tcp://127.0.0.2:{}", endpoint.port().unwrap_or_default());
    let waited = within::<E, _>(Duration::from_millis(150), client.connect_and_wait(absent)).await;
    assert!(waited.is_none(), "{waited:?}");
    Ok(())
}

async fn a_host_is_resolved_outside_of_the_runtime_after_a_failed_connection<E: Executor>() -> Result<()> {
    let context = context()?;
    // After the failed handshake, libzmq reports the address instead of the name.
    let (port, later) = hang_up_then_bind(context.socket(Rep)?);
    let mut client = AsyncSocket::<_, E>::new(context.socket(Req)?)?;
    client.get_ref().set_reconnect_interval(Some(Duration::from_millis(10)))?;
    soon::<E, _>(client.connect_and_wait(format!("tcp://localhost:{port}"))).await?;
    assert!(later.join().is_ok());
    Ok(())
}

async fn a_wait_without_a_handshake_returns_at_once_and_one_with_a_monitor_is_refused<E: Executor>() -> Result<()> {
    let context = context()?;
    let mut client = AsyncSocket::<_, E>::new(context.socket(Push)?)?;
    client.connect_and_wait("inproc://not-yet-bound").await?;
    let refused = client.connect_and_wait("tcp://127.0.0.1:*").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidEndpoint);
    let _monitor = client.get_ref().monitor(MonitorEvents::CONNECTED)?;
    let refused = client.connect_and_wait("tcp://127.0.0.1:1").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::WrongState);
    Ok(())
}

async fn a_monitor_waits_for_the_next_peer<E: Executor>() -> Result<()> {
    let context = context()?;
    let sink = context.socket(Pull)?;
    let events = MonitorEvents::LISTENING | MonitorEvents::ACCEPTED | MonitorEvents::HANDSHAKE_SUCCEEDED;
    let mut monitor = AsyncMonitor::<E>::new(sink.monitor(events)?)?;
    let endpoint = sink.bind("tcp://127.0.0.1:*")?;
    for _ in 0..3 {
        cancel(monitor.wait_connected());
        let source = context.socket(Push)?;
        source.connect(&endpoint)?;
        let event = soon::<E, _>(monitor.wait_connected()).await?;
        assert!(matches!(&event, MonitorEvent::HandshakeSucceeded { endpoint: at, .. } if endpoint == **at), "{event}");
    }
    cancel(poll_fn(|cx| monitor.poll_recv(cx)));
    let other = context.socket(Pull)?;
    let mut deaf = AsyncMonitor::<E>::new(other.monitor(MonitorEvents::LISTENING)?)?;
    assert_eq!(deaf.wait_connected().await.unwrap_err().kind(), ErrorKind::InvalidInput);
    Ok(())
}

async fn an_unsuccessful_wait_names_the_most_informative_failure<E: Executor>() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    let mut monitor = AsyncMonitor::<E>::new(client.monitor(MonitorEvents::all())?)?;
    assert_eq!(monitor.failure(), None);
    // The mechanism differs from the server's, so each failed handshake is followed by another attempt.
    client.set_plain_username(Some("admin"))?.set_plain_password(Some("secret"))?;
    client.set_reconnect_interval(Some(Duration::from_millis(1)))?.connect(endpoint)?;
    soon::<E, _>(async {
        while !matches!(monitor.failure(), Some(MonitorEvent::HandshakeFailedProtocol { .. })) {
            assert!(within::<E, _>(Duration::from_millis(20), monitor.wait_connected()).await.is_none());
        }
    })
    .await;
    Ok(())
}

async fn subscriptions_survive_cancelled_receives<E: Executor>() -> Result<()> {
    const COUNT: u32 = 1000;
    let (publisher, mut subscriber) = two::<E, _, _>(&context()?, "tcp", (XPub, XSub))?;
    let subscribing = E::spawn(async move {
        for number in 0..COUNT {
            subscriber.send([&[1][..], &number.to_be_bytes()].concat()).await?;
            step_aside(number % 5).await;
        }
        ok(subscriber)
    });
    let (_sender, mut publisher) = publisher.into_split();
    let receiving = async {
        for number in 0..COUNT {
            let received = after_lost_races!(publisher.recv_subscription());
            assert_eq!(received, Subscription::Subscribe(number.to_be_bytes()[..].into()));
        }
        ok(())
    };
    soon::<E, _>(receiving).await?;
    drop(soon::<E, _>(subscribing).await?);
    Ok(())
}

async fn bytes_of_a_stream_survive_cancelled_receives<E: Executor>() -> Result<()> {
    const PIECES: u32 = 2000;
    let mut server = AsyncSocket::<_, E>::new(context()?.socket(Stream)?)?;
    let address = server.get_ref().bind("tcp://127.0.0.1:*")?.address().to_owned();
    let writing = thread::spawn(move || {
        let mut peer = TcpStream::connect(address)?;
        (0..PIECES).try_for_each(|piece| peer.write_all(&piece.to_be_bytes()))
    });
    let receiving = async {
        let mut bytes = Vec::new();
        assert!(matches!(after_lost_races!(server.recv_stream()), StreamEvent::Connected { .. }));
        loop {
            match after_lost_races!(server.recv_stream()) {
                StreamEvent::Data { bytes: more, .. } => bytes.extend_from_slice(&more),
                StreamEvent::Disconnected { .. } => return ok(bytes),
                other => panic!("unexpected event: {other:?}"),
            }
        }
    };
    let bytes = soon::<E, _>(receiving).await?;
    assert_eq!(bytes, (0..PIECES).flat_map(u32::to_be_bytes).collect::<Vec<_>>());
    assert!(writing.join().is_ok_and(|written| written.is_ok()));
    Ok(())
}
