//! Asynchronous sockets: the behaviour of each call, on every runtime.
#![cfg(unix)]

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use futures_util::future::join;
use futures_util::{FutureExt, SinkExt, StreamExt};
use zmq::aio::async_io::AsyncIo;
use zmq::aio::tokio::Tokio;
use zmq::aio::{AsyncMonitor, AsyncSocket, ReceiveHalf, ReuniteError};
use zmq::{
    Dealer, ErrorKind, Message, MonitorEventKind, MonitorEvents, Multipart, Pair, Pull, Push, Rep, Req, Result, Router,
    Socket,
};

use crate::common::{PATIENCE, context, free, pair};
use crate::runtimes::{Executor, cancel, ok, on_every_runtime, soon, two, within};

on_every_runtime! {
    a_request_is_answered;
    a_send_without_a_peer_waits_and_queues_nothing;
    an_abandoned_request_is_followed_by_another;
    streams_and_sinks_carry_whole_messages;
    many_messages_are_received_at_once;
    a_refused_message_is_returned;
    a_wait_for_readiness_takes_nothing;
    cancelled_calls_change_nothing;
    cancelled_calls_of_halves_change_nothing;
    halves_are_reunited_to_their_socket;
    halves_of_different_sockets_are_returned;
    a_half_reaches_the_options_of_its_socket;
    a_half_receives_many_and_waits_for_readiness;
    messages_in_a_sink_move_along_with_the_sending_half;
    an_owner_may_use_the_socket_that_drops_it;
    a_monitor_reports_connections_as_they_happen;
    a_monitor_is_a_stream_that_ends_with_its_socket;
    a_shutdown_ends_the_stream_of_a_monitor;
}

async fn a_request_is_answered<E: Executor>() -> Result<()> {
    for transport in ["inproc", "tcp", "ipc"] {
        let (mut server, mut client) = two::<E, _, _>(&context()?, transport, (Rep, Req))?;
        let serving = E::spawn(async move {
            for _ in 0..10 {
                let question = server.recv().await?;
                server.send([b"re: ", question.as_bytes()].concat()).await?;
            }
            ok(())
        });
        for number in 0..10 {
            client.send(format!("{number}")).await?;
            assert_eq!(soon::<E, _>(client.recv()).await?, format!("re: {number}"));
        }
        soon::<E, _>(serving).await?;
    }
    Ok(())
}

async fn a_send_without_a_peer_waits_and_queues_nothing<E: Executor>() -> Result<()> {
    let context = context()?;
    let mut source = AsyncSocket::<_, E>::new(context.socket(Push)?)?;
    for _ in 0..10 {
        assert!(within::<E, _>(Duration::from_millis(1), source.send("nobody")).await.is_none());
    }
    // A cancelled message is not sent.
    let sink = context.socket(Pull)?;
    source.get_ref().connect(sink.bind("inproc://late")?)?;
    soon::<E, _>(source.send("first")).await?;
    assert_eq!(sink.recv()?, "first");
    assert_eq!(sink.try_recv()?, None);
    Ok(())
}

async fn an_abandoned_request_is_followed_by_another<E: Executor>() -> Result<()> {
    let context = context()?;
    let (mut server, mut client) = two::<E, _, _>(&context, "tcp", (Router, Req))?;
    assert!(within::<E, _>(Duration::from_millis(1), client.request("first")).await.is_none());
    let late = soon::<E, _>(server.recv_multipart()).await?;
    let second = E::spawn(async move { ok((client.request("second").await?, client)) });
    let request = soon::<E, _>(server.recv_multipart()).await?;
    assert_eq!(request.last().map(Message::as_bytes), Some(&b"second"[..]));
    server.send_multipart(late).await?;
    server.send_multipart(request).await?;
    assert_eq!(soon::<E, _>(second).await?.0, Multipart::from("second"));

    let (mut server, mut client) = two::<E, _, _>(&context, "tcp", (Rep, Dealer))?;
    let serving = E::spawn(async move {
        for _ in 0..3 {
            let request = server.recv_multipart().await?;
            server.send_multipart(request).await?;
        }
        ok(server)
    });
    assert_eq!(soon::<E, _>(client.request(["one", "two"])).await?, Multipart::from(["one", "two"]));
    drop(within::<E, _>(Duration::ZERO, client.request("given up")).await);
    assert_eq!(soon::<E, _>(client.request("last")).await?, Multipart::from("last"));
    drop(serving);
    Ok(())
}

async fn streams_and_sinks_carry_whole_messages<E: Executor>() -> Result<()> {
    let context = context()?;
    let (mut sink, mut source) = two::<E, _, _>(&context, "tcp", (Pull, Push))?;
    const COUNT: u32 = 5000;
    let sending = E::spawn(async move {
        for number in 0..COUNT {
            source.feed(Multipart::from([number.to_be_bytes(), [0; 4]])).await?;
        }
        source.flush().await?;
        ok(source)
    });
    for number in 0..COUNT {
        let message = soon::<E, _>(sink.next()).await.expect("the stream continues")?;
        assert_eq!(message, Multipart::from([number.to_be_bytes(), [0; 4]]));
    }
    drop(soon::<E, _>(sending).await?);
    context.shutdown();
    assert!(soon::<E, _>(sink.next()).await.is_none());
    Ok(())
}

async fn many_messages_are_received_at_once<E: Executor>() -> Result<()> {
    let (mut sink, source) = two::<E, _, _>(&context()?, "inproc", (Pull, Push))?;
    for number in 0..10_u8 {
        source.get_ref().send([number])?;
    }
    let mut messages = Vec::new();
    assert_eq!(soon::<E, _>(sink.recv_many(&mut messages, 4)).await?, 4);
    assert_eq!(soon::<E, _>(sink.recv_many(&mut messages, 100)).await?, 6);
    assert_eq!(soon::<E, _>(sink.recv_many(&mut messages, 0)).await?, 0);
    assert!(within::<E, _>(Duration::ZERO, sink.recv_many(&mut messages, 1)).await.is_none());
    assert!((0..10_u8).zip(&messages).all(|(number, message)| *message == [number]));
    Ok(())
}

async fn a_refused_message_is_returned<E: Executor>() -> Result<()> {
    let mut client = AsyncSocket::<_, E>::new(context()?.socket(Req)?)?;
    client.get_ref().connect("inproc://nobody")?;
    client.send("first").await?;
    let refused = client.send("second").await.unwrap_err();
    assert_eq!((refused.kind(), refused.message), (ErrorKind::WrongState, Message::from("second")));
    let refused = client.send_multipart(["a", "b"]).await.unwrap_err();
    assert_eq!((refused.kind(), refused.message), (ErrorKind::WrongState, Multipart::from(["a", "b"])));
    Ok(())
}

async fn a_wait_for_readiness_takes_nothing<E: Executor>() -> Result<()> {
    let (mut sink, mut source) = two::<E, _, _>(&context()?, "tcp", (Pull, Push))?;
    soon::<E, _>(source.writable()).await?;
    let (readable, sent) = join(soon::<E, _>(sink.readable()), source.send("still there")).await;
    readable?;
    sent?;
    assert_eq!(sink.get_ref().try_recv()?, Some(Message::from("still there")));
    Ok(())
}

async fn cancelled_calls_change_nothing<E: Executor>() -> Result<()> {
    let context = context()?;
    let (one, other) = (context.socket(Dealer)?, context.socket(Dealer)?);
    let (mut one, mut other) = (AsyncSocket::<_, E>::new(one)?, AsyncSocket::<_, E>::new(other)?);
    let mut messages = Vec::new();
    for _ in 0..3 {
        // There is no peer.
        cancel(one.writable());
        cancel(one.send("cancelled"));
        cancel(one.send_multipart(["cancelled", "too"]));
        cancel(one.readable());
        cancel(one.recv());
        cancel(one.recv_multipart());
        cancel(one.recv_many(&mut messages, 10));
    }
    one.get_ref().connect(other.get_ref().bind(free("inproc"))?)?;
    soon::<E, _>(one.send("first")).await?;
    soon::<E, _>(other.send_multipart(["a", "b"])).await?;
    assert_eq!(soon::<E, _>(other.recv_multipart()).await?, Multipart::from("first"));
    cancel(other.recv());
    soon::<E, _>(one.readable()).await?;
    assert_eq!(soon::<E, _>(one.recv_multipart()).await?, Multipart::from(["a", "b"]));
    cancel(one.recv_multipart());
    assert!(messages.is_empty());
    Ok(())
}

async fn cancelled_calls_of_halves_change_nothing<E: Executor>() -> Result<()> {
    let context = context()?;
    let (one, peer) = (context.socket(Dealer)?, context.socket(Dealer)?);
    let (mut sender, mut receiver) = AsyncSocket::<_, E>::new(one)?.into_split();
    let mut messages = Vec::new();
    for _ in 0..3 {
        cancel(sender.writable());
        cancel(sender.send("cancelled"));
        cancel(sender.send_multipart(["cancelled", "too"]));
        cancel(receiver.readable());
        cancel(receiver.recv());
        cancel(receiver.recv_multipart());
        cancel(receiver.recv_many(&mut messages, 10));
    }
    let endpoint = peer.bind(free("inproc"))?;
    receiver.with_socket(|socket| socket.connect(&endpoint))?;
    soon::<E, _>(sender.send("first")).await?;
    peer.send_multipart(["a", "b"])?;
    assert_eq!(peer.recv_multipart()?, Multipart::from("first"));
    assert_eq!(peer.try_recv()?, None);
    assert_eq!(soon::<E, _>(receiver.recv_multipart()).await?, Multipart::from(["a", "b"]));
    cancel(receiver.recv_multipart());
    assert!(messages.is_empty());
    Ok(())
}

async fn halves_are_reunited_to_their_socket<E: Executor>() -> Result<()> {
    let (server, mut client) = two::<E, _, _>(&context()?, "tcp", (Rep, Dealer))?;
    let mut server = server;
    let serving = E::spawn(async move {
        for _ in 0..2 {
            let request = server.recv_multipart().await?;
            server.send_multipart(request).await?;
        }
        ok(server)
    });
    assert_eq!(soon::<E, _>(client.request("first")).await?, Multipart::from("first"));
    let (sender, receiver) = client.into_split();
    let mut client = sender.reunite(receiver).expect("both halves belong to one socket");
    // The numbering of requests continues, so a late reply to the first request is not mistaken for the second reply.
    let second = client.request("second");
    assert_eq!(soon::<E, _>(second).await?, Multipart::from("second"));
    drop(soon::<E, _>(serving).await?);
    Ok(())
}

async fn halves_of_different_sockets_are_returned<E: Executor>() -> Result<()> {
    let (one, other) = two::<E, _, _>(&context()?, "inproc", (Dealer, Dealer))?;
    let ((sender, receiver), (other_sender, other_receiver)) = (one.into_split(), other.into_split());
    let error = sender.reunite(other_receiver).expect_err("the halves belong to two sockets");
    assert_eq!(error.to_string(), "cannot reunite the halves of two different sockets");
    let ReuniteError(sender, other_receiver) = error;
    let mut one = sender.reunite(receiver).expect("both halves belong to one socket");
    let mut other = other_sender.reunite(other_receiver).expect("both halves belong to one socket");
    one.send("still connected").await?;
    assert_eq!(soon::<E, _>(other.recv()).await?, "still connected");
    Ok(())
}

async fn a_half_reaches_the_options_of_its_socket<E: Executor>() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Dealer)?;
    let (mut sender, mut receiver) = AsyncSocket::<_, E>::new(socket)?.into_split();
    // The send waits for a peer, to which the other half connects.
    let sending = E::spawn(async move { ok((sender.send("at last").await?, sender)) });
    let router = context.socket(Router)?;
    let endpoint = router.bind("tcp://127.0.0.1:*")?;
    receiver.with_socket(|socket| ok(socket.set_linger(Some(PATIENCE))?.connect(&endpoint)?))?;
    let (_, sender) = soon::<E, _>(sending).await?;
    assert_eq!(sender.with_socket(Socket::linger)?, Some(PATIENCE));
    let request = router.recv_multipart()?;
    assert_eq!(request.last().map(Message::as_bytes), Some(&b"at last"[..]));
    router.send_multipart(request)?;
    assert_eq!(soon::<E, _>(receiver.recv()).await?, "at last");
    Ok(())
}

async fn a_half_receives_many_and_waits_for_readiness<E: Executor>() -> Result<()> {
    let (one, peer) = two::<E, _, _>(&context()?, "inproc", (Pair, Pair))?;
    let (mut sender, mut receiver) = one.into_split();
    soon::<E, _>(sender.writable()).await?;
    let (readable, ()) = join(soon::<E, _>(receiver.readable()), async {
        for number in 0..5_u8 {
            peer.get_ref().send([number]).expect("the queue has room");
        }
    })
    .await;
    readable?;
    let mut messages = Vec::new();
    assert_eq!(soon::<E, _>(receiver.recv_many(&mut messages, 3)).await?, 3);
    assert_eq!(soon::<E, _>(receiver.recv_many(&mut messages, 9)).await?, 2);
    assert_eq!(messages, [[0], [1], [2], [3], [4]]);
    Ok(())
}

async fn messages_in_a_sink_move_along_with_the_sending_half<E: Executor>() -> Result<()> {
    let context = context()?;
    let mut source = AsyncSocket::<_, E>::new(context.socket(Dealer)?)?;
    source.feed(Multipart::from("given")).await?;
    let (mut sender, receiver) = source.into_split();
    let router = context.socket(Router)?;
    receiver.with_socket(|socket| socket.connect(router.bind("inproc://router")?))?;
    soon::<E, _>(sender.flush()).await?;
    assert_eq!(router.recv_multipart()?.last().map(Message::as_bytes), Some(&b"given"[..]));
    Ok(())
}

/// Bytes whose owner, when dropped, receives on the socket that drops it.
struct Returning<E: Executor> {
    half: Arc<Mutex<ReceiveHalf<Pair, E>>>,
    received: mpsc::Sender<Option<Result<Message>>>,
}

impl<E: Executor> AsRef<[u8]> for Returning<E> {
    fn as_ref(&self) -> &[u8] {
        &[7; 1000]
    }
}

impl<E: Executor> Drop for Returning<E> {
    fn drop(&mut self) {
        let mut half = self.half.lock().expect("the half is not locked");
        let _ = self.received.send(half.recv().now_or_never());
    }
}

async fn an_owner_may_use_the_socket_that_drops_it<E: Executor>() -> Result<()> {
    let (one, other) = two::<E, _, _>(&context()?, "inproc", (Pair, Pair))?;
    let (sender, receiver) = one.into_split();
    let half = Arc::new(Mutex::new(receiver));
    let (received, outcomes) = mpsc::channel();
    let message = || Message::from_owner(Returning { half: Arc::clone(&half), received: received.clone() });
    let messages = [message(), message()];
    other.get_ref().send("there")?;
    // The owner is dropped while one half has the socket, on the same thread.
    sender.with_socket(|_| drop(messages));
    assert_eq!(outcomes.try_recv().expect("the owner was dropped").expect("a message is queued")?, "there");
    assert!(outcomes.try_recv().expect("the owner was dropped").is_none());
    Ok(())
}

async fn a_monitor_reports_connections_as_they_happen<E: Executor>() -> Result<()> {
    let context = context()?;
    let sink = context.socket(Pull)?;
    let events = MonitorEvents::ACCEPTED | MonitorEvents::HANDSHAKE_SUCCEEDED | MonitorEvents::DISCONNECTED;
    let mut monitor = AsyncMonitor::<E>::new(sink.monitor(events)?)?;
    assert_eq!(monitor.get_ref().events(), events);
    let endpoint = sink.bind("tcp://127.0.0.1:*")?;
    // Cancelled receives take no event.
    for _ in 0..10 {
        assert!(within::<E, _>(Duration::ZERO, monitor.recv()).await.is_none());
    }
    let source = context.socket(Push)?;
    source.connect(endpoint)?;
    assert_eq!(soon::<E, _>(monitor.recv()).await?.kind(), MonitorEventKind::Accepted);
    assert_eq!(soon::<E, _>(monitor.recv()).await?.kind(), MonitorEventKind::HandshakeSucceeded);
    drop(source);
    assert_eq!(monitor.into_inner().recv()?.kind(), MonitorEventKind::Disconnected);
    Ok(())
}

async fn a_monitor_is_a_stream_that_ends_with_its_socket<E: Executor>() -> Result<()> {
    let context = context()?;
    let sink = context.socket(Pull)?;
    let monitor = AsyncMonitor::<E>::new(sink.monitor(MonitorEvents::LISTENING | MonitorEvents::CLOSED)?)?;
    sink.bind("tcp://127.0.0.1:*")?;
    let events = E::spawn(monitor.map(|event| event.map(|event| event.kind())).collect::<Vec<_>>());
    drop(sink);
    let events = soon::<E, _>(events).await.into_iter().collect::<Result<Vec<_>>>()?;
    assert_eq!(events, [MonitorEventKind::Listening, MonitorEventKind::Closed]);
    Ok(())
}

async fn a_shutdown_ends_the_stream_of_a_monitor<E: Executor>() -> Result<()> {
    let context = context()?;
    let sink = context.socket(Pull)?;
    let mut monitor = AsyncMonitor::<E>::new(sink.monitor(MonitorEvents::LISTENING)?)?;
    assert!(within::<E, _>(Duration::ZERO, monitor.next()).await.is_none());
    context.shutdown();
    assert!(soon::<E, _>(monitor.next()).await.is_none());
    assert_eq!(monitor.recv().await.unwrap_err().kind(), ErrorKind::ContextTerminated);
    Ok(())
}

#[test]
fn opening_a_socket_without_a_runtime_is_an_error() -> Result<()> {
    let context = context()?;
    let error = zmq::aio::tokio::AsyncSocket::new(context.socket(Pull)?).unwrap_err();
    assert!(error.to_string().starts_with("cannot register with the runtime: the runtime cannot wait"), "{error}");
    assert!(context.open_sockets().is_empty());
    Ok(())
}

#[test]
fn opening_a_socket_on_a_runtime_without_io_is_an_error() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let context = context()?;
    let error = runtime.block_on(async { zmq::aio::tokio::AsyncSocket::new(context.socket(Pull)?) }).unwrap_err();
    assert!(error.to_string().contains("enable_io"), "{error}");
    Ok(())
}

#[test]
fn a_dropped_runtime_ends_a_wait_with_an_error() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    let mut sink = runtime.block_on(async { zmq::aio::tokio::AsyncSocket::new(sink) })?;
    drop(runtime);
    let another = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let error = another.block_on(sink.recv()).unwrap_err();
    assert!(error.to_string().contains("the runtime cannot wait for the socket"), "{error}");
    // The socket itself is unaffected.
    source.send("still works")?;
    assert_eq!(sink.into_inner().recv()?, "still works");
    Ok(())
}

#[test]
fn a_runtime_with_waiting_tasks_can_be_dropped() -> Result<()> {
    let context = context()?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut sink = zmq::aio::tokio::AsyncSocket::new(context.socket(Pull)?)?;
        tokio::spawn(async move { sink.recv().await });
        ok(())
    })?;
    drop(runtime);
    assert!(context.terminate(PATIENCE).is_ok());
    Ok(())
}

#[test]
fn futures_and_halves_may_move_to_other_threads() {
    fn send<T: Send>(_: &T) {}
    fn check<E: Executor>(mut socket: AsyncSocket<Dealer, E>) {
        send(&socket);
        send(&socket.recv());
        send(&socket.send("x"));
        send(&socket.recv_multipart());
        send(&socket.send_multipart("x"));
        send(&socket.request("x"));
        send(&socket.recv_many(&mut Vec::new(), 1));
        send(&socket.readable());
        let (mut sender, mut receiver) = socket.into_split();
        send(&sender.send("x"));
        send(&receiver.recv());
    }
    let _ = (check::<Tokio>, check::<AsyncIo>);
}
