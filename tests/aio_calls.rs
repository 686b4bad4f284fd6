//! Asynchronous sockets: subscriptions, streams, waits for a peer, and polls by hand. What is cancelled loses nothing.
#![cfg(all(unix, feature = "tokio", feature = "async-io", feature = "futures"))]

mod common;
#[path = "common/runtimes.rs"]
mod runtimes;

use std::future::poll_fn;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker, ready};
use std::thread;
use std::time::Duration;

use futures_util::SinkExt;
use zmq::aio::{AsyncMonitor, AsyncSocket};
use zmq::{
    Dealer, ErrorKind, Message, MonitorEvent, MonitorEvents, Multipart, Pair, Pull, Push, Rep, Req, Result, Router,
    Stream, StreamEvent, Sub, Subscription, XPub, XSub,
};

use common::{context, eventually, free, pair, take, take_all};
use runtimes::{Executor, cancel, ok, on_every_runtime, soon, step_aside, two, within};

on_every_runtime! {
    subscriptions_are_received_one_by_one;
    a_stream_knows_its_connections_across_calls_that_are_cancelled;
    a_half_receives_subscriptions_and_streams;
    a_wait_for_a_peer_ends_when_the_peer_is_there;
    a_wait_that_is_cancelled_leaves_the_connection;
    a_peer_at_the_same_port_of_another_host_is_not_the_one_that_is_awaited;
    a_host_is_looked_up_beside_the_runtime_after_a_connection_that_failed;
    a_wait_without_a_handshake_returns_at_once_and_one_with_a_monitor_is_refused;
    a_monitor_waits_for_the_next_peer;
    an_echo_by_hand_returns_every_message_in_order;
    polls_that_wait_take_nothing_and_keep_the_message;
    polls_of_halves_that_wait_take_nothing_and_keep_the_message;
    a_poll_to_send_hands_back_what_is_refused;
    what_a_sink_was_given_goes_before_a_poll;
    a_poll_to_receive_wakes_when_a_poll_to_send_hears_its_signal;
    a_call_that_takes_the_place_of_a_poll_wakes_it;
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

/// Connects to a socket by hand, sends and receives, and hangs up.
fn speak(address: &str) -> std::io::Result<String> {
    let mut peer = TcpStream::connect(address)?;
    peer.write_all(b"hello")?;
    let mut answer = [0; 5];
    peer.read_exact(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

async fn a_stream_knows_its_connections_across_calls_that_are_cancelled<E: Executor>() -> Result<()> {
    let mut server = AsyncSocket::<_, E>::new(context()?.socket(Stream)?)?;
    let endpoint = server.get_ref().bind("tcp://127.0.0.1:*")?;
    for _ in 0..5 {
        cancel(server.recv_stream());
        let address = endpoint.address().to_owned();
        let peer = thread::spawn(move || speak(&address));
        let StreamEvent::Connected { peer: id } = soon::<E, _>(server.recv_stream()).await? else {
            panic!("the beginning comes first")
        };
        let mut bytes = Vec::new();
        while bytes.len() < 5 {
            // Nothing of what comes is lost with these.
            drop(within::<E, _>(Duration::ZERO, server.readable()).await);
            match soon::<E, _>(server.recv_stream()).await? {
                StreamEvent::Data { peer, bytes: more } if peer == id => bytes.extend_from_slice(&more),
                other => panic!("it was not to be {other:?}"),
            }
        }
        assert_eq!(bytes, b"hello");
        cancel(server.recv_stream());
        server.send_multipart((id.to_vec(), "world")).await?;
        assert_eq!(soon::<E, _>(server.recv_stream()).await?, StreamEvent::Disconnected { peer: id });
        assert_eq!(peer.join().expect("it does not panic").expect("a peer"), "world");
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

async fn a_wait_for_a_peer_ends_when_the_peer_is_there<E: Executor>() -> Result<()> {
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

async fn a_wait_that_is_cancelled_leaves_the_connection<E: Executor>() -> Result<()> {
    let context = context()?;
    // It accepts, and says nothing.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("an address");
    let mut client = AsyncSocket::<_, E>::new(context.socket(Push)?)?;
    client.get_ref().set_reconnect_interval(Some(Duration::from_millis(1)))?;
    cancel(client.connect_and_wait(format!("tcp://{address}")));
    drop(listener);
    let server = context.socket(Pull)?;
    eventually("the port is free", || server.bind(format!("tcp://{address}")).is_ok());
    soon::<E, _>(client.send("all the same")).await?;
    assert_eq!(take(&server)?, "all the same");
    Ok(())
}

async fn a_peer_at_the_same_port_of_another_host_is_not_the_one_that_is_awaited<E: Executor>() -> Result<()> {
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

async fn a_host_is_looked_up_beside_the_runtime_after_a_connection_that_failed<E: Executor>() -> Result<()> {
    let context = context()?;
    // It hangs up in the handshake; from then on libzmq names the address.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = listener.local_addr().map(|address| address.port()).unwrap_or_default();
    let mut client = AsyncSocket::<_, E>::new(context.socket(Req)?)?;
    client.get_ref().set_reconnect_interval(Some(Duration::from_millis(10)))?;
    let server = context.socket(Rep)?;
    let later = thread::spawn(move || {
        drop(listener.accept());
        drop(listener);
        eventually("the port is free", || server.bind(format!("tcp://127.0.0.1:{port}")).is_ok());
        server
    });
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

/// A future that sends back what its socket receives, until an empty message comes.
struct Echo<E: Executor> {
    socket: AsyncSocket<Pair, E>,
    reply: Option<Multipart>,
}

impl<E: Executor> Future for Echo<E> {
    type Output = Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let Self { socket, reply } = &mut *self;
        loop {
            if reply.is_none() {
                *reply = Some(ready!(socket.poll_recv_multipart(cx))?);
            }
            let is_last = reply.as_ref().is_some_and(|reply| reply[0].is_empty());
            ready!(socket.poll_send_multipart(cx, reply))?;
            if is_last {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

async fn an_echo_by_hand_returns_every_message_in_order<E: Executor>() -> Result<()> {
    const COUNT: u32 = 3000;
    for transport in ["inproc", "tcp"] {
        let context = context()?;
        let (one, other) = (context.socket(Pair)?, context.socket(Pair)?);
        // The echo waits for room as often as for messages.
        one.set_send_hwm(1)?.set_recv_hwm(1)?;
        other.set_send_hwm(1)?.set_recv_hwm(1)?.connect(one.bind(free(transport))?)?;
        let echo = E::spawn(Echo { socket: AsyncSocket::<_, E>::new(one)?, reply: None });
        let (mut sender, mut receiver) = AsyncSocket::<_, E>::new(other)?.into_split();
        let sending = E::spawn(async move {
            for number in 0..COUNT {
                sender.send_multipart([number.to_be_bytes(), [7; 4]]).await?;
                step_aside(number % 3).await;
            }
            ok((sender.send("").await?, sender))
        });
        for number in 0..COUNT {
            let back = soon::<E, _>(receiver.recv_multipart()).await?;
            assert_eq!(back, Multipart::from([number.to_be_bytes(), [7; 4]]));
            step_aside(number % 4).await;
        }
        assert_eq!(soon::<E, _>(receiver.recv()).await?, "");
        soon::<E, _>(echo).await?;
        soon::<E, _>(sending).await?;
    }
    Ok(())
}

async fn polls_that_wait_take_nothing_and_keep_the_message<E: Executor>() -> Result<()> {
    let context = context()?;
    let (mut one, peer) = (AsyncSocket::<_, E>::new(context.socket(Dealer)?)?, context.socket(Dealer)?);
    let (mut message, mut multipart) = (Some(Message::from("first")), Some(Multipart::from(["a", "b"])));
    for _ in 0..3 {
        cancel(poll_fn(|cx| one.poll_writable(cx)));
        cancel(poll_fn(|cx| one.poll_send(cx, &mut message)));
        cancel(poll_fn(|cx| one.poll_send_multipart(cx, &mut multipart)));
        cancel(poll_fn(|cx| one.poll_readable(cx)));
        cancel(poll_fn(|cx| one.poll_recv(cx)));
        cancel(poll_fn(|cx| one.poll_recv_multipart(cx)));
    }
    one.get_ref().connect(peer.bind(free("inproc"))?)?;
    soon::<E, _>(poll_fn(|cx| one.poll_writable(cx))).await?;
    soon::<E, _>(poll_fn(|cx| one.poll_send(cx, &mut message))).await?;
    soon::<E, _>(poll_fn(|cx| one.poll_send_multipart(cx, &mut multipart))).await?;
    // They were taken, and once.
    assert_eq!((&message, &multipart), (&None, &None));
    poll_fn(|cx| one.poll_send(cx, &mut message)).await?;
    assert_eq!((take_all(&peer)?, take_all(&peer)?), (Multipart::from("first"), Multipart::from(["a", "b"])));
    assert_eq!(peer.try_recv()?, None);

    peer.send_multipart(["c", "d"])?;
    soon::<E, _>(poll_fn(|cx| one.poll_readable(cx))).await?;
    assert_eq!(soon::<E, _>(poll_fn(|cx| one.poll_recv(cx))).await?, "c");
    assert_eq!(soon::<E, _>(poll_fn(|cx| one.poll_recv_multipart(cx))).await?, Multipart::from("d"));
    cancel(poll_fn(|cx| one.poll_recv(cx)));
    Ok(())
}

async fn polls_of_halves_that_wait_take_nothing_and_keep_the_message<E: Executor>() -> Result<()> {
    let context = context()?;
    let peer = context.socket(Dealer)?;
    let (mut sender, mut receiver) = AsyncSocket::<_, E>::new(context.socket(Dealer)?)?.into_split();
    let mut message = Some(Message::from("first"));
    for _ in 0..3 {
        cancel(poll_fn(|cx| sender.poll_writable(cx)));
        cancel(poll_fn(|cx| sender.poll_send(cx, &mut message)));
        cancel(poll_fn(|cx| receiver.poll_readable(cx)));
        cancel(poll_fn(|cx| receiver.poll_recv(cx)));
    }
    let endpoint = peer.bind(free("inproc"))?;
    sender.with_socket(|socket| socket.connect(&endpoint))?;
    soon::<E, _>(poll_fn(|cx| sender.poll_send(cx, &mut message))).await?;
    assert_eq!((take(&peer)?, message), (Message::from("first"), None));
    peer.send("back")?;
    soon::<E, _>(poll_fn(|cx| receiver.poll_readable(cx))).await?;
    assert_eq!(soon::<E, _>(poll_fn(|cx| receiver.poll_recv(cx))).await?, "back");
    Ok(())
}

async fn a_poll_to_send_hands_back_what_is_refused<E: Executor>() -> Result<()> {
    let mut client = AsyncSocket::<_, E>::new(context()?.socket(Req)?)?;
    client.get_ref().connect("inproc://nobody")?;
    client.send("first").await?;
    let mut message = Some(Message::from("second"));
    let refused = poll_fn(|cx| client.poll_send(cx, &mut message)).await.unwrap_err();
    assert_eq!((refused.kind(), refused.message, message), (ErrorKind::WrongState, Message::from("second"), None));
    Ok(())
}

async fn what_a_sink_was_given_goes_before_a_poll<E: Executor>() -> Result<()> {
    let context = context()?;
    let (mut source, peer) = (AsyncSocket::<_, E>::new(context.socket(Pair)?)?, context.socket(Pair)?);
    source.feed(Multipart::from("first")).await?;
    let mut second = Some(Message::from("second"));
    cancel(poll_fn(|cx| source.poll_send(cx, &mut second)));
    source.get_ref().connect(peer.bind(free("inproc"))?)?;
    soon::<E, _>(poll_fn(|cx| source.poll_send(cx, &mut second))).await?;
    assert_eq!((take(&peer)?, take(&peer)?), (Message::from("first"), Message::from("second")));

    let mut client = AsyncSocket::<_, E>::new(context.socket(Req)?)?;
    client.get_ref().connect("inproc://nobody")?;
    client.send("request").await?;
    client.feed(Multipart::from("out of turn")).await?;
    let mut message = Some(Message::from("another"));
    let refused = poll_fn(|cx| client.poll_send(cx, &mut message)).await.unwrap_err();
    assert_eq!((refused.kind(), refused.message), (ErrorKind::WrongState, Message::from("another")));
    let refused = client.flush().await.unwrap_err();
    assert_eq!((refused.kind(), refused.message), (ErrorKind::WrongState, Multipart::from("out of turn")));
    Ok(())
}

async fn a_poll_to_receive_wakes_when_a_poll_to_send_hears_its_signal<E: Executor>() -> Result<()> {
    let (socket, peer) = pair(&context()?, "inproc", (Pair, Pair))?;
    let socket = Arc::new(Mutex::new(AsyncSocket::<_, E>::new(socket)?));
    let shared = Arc::clone(&socket);
    let (waits, waited) = tokio::sync::oneshot::channel();
    let mut waits = Some(waits);
    let reading = E::spawn(poll_fn(move |cx| {
        let polled = shared.lock().expect("nobody panics").poll_recv(cx);
        let _ = waits.take().map(|waits| waits.send(()));
        polled
    }));
    waited.await.expect("it waits");
    peer.send("wake up")?;
    // On one thread nobody asks the runtime in between: the signal is there, and the send takes it away.
    let mut message = Some(Message::from("taken away"));
    poll_fn(|cx| socket.lock().expect("nobody panics").poll_send(cx, &mut message)).await?;
    assert_eq!(soon::<E, _>(reading).await?, "wake up");
    assert_eq!(take(&peer)?, "taken away");
    Ok(())
}

/// A task that counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicU32);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

async fn a_call_that_takes_the_place_of_a_poll_wakes_it<E: Executor>() -> Result<()> {
    let mut socket = AsyncSocket::<_, E>::new(context()?.socket(Pair)?)?;
    let woken = Arc::<Woken>::default();
    let waker = Waker::from(Arc::clone(&woken));
    let mut message = Some(Message::from("to nobody"));
    for count in 1..=3 {
        assert!(socket.poll_send(&mut Context::from_waker(&waker), &mut message).is_pending());
        match count {
            1 => cancel(socket.recv()),
            2 => cancel(socket.send("to nobody either")),
            _ => cancel(socket.send_multipart(["nor", "this"])),
        }
        assert_eq!(woken.0.load(Ordering::Relaxed), count);
    }
    Ok(())
}
