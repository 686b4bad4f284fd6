//! Asynchronous sockets that are polled by hand: a pending poll takes no message, and each waiting task is woken.
#![cfg(unix)]

use std::future::poll_fn;
use std::net::TcpStream;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker, ready};

use futures_util::SinkExt;
use zmq::aio::AsyncSocket;
use zmq::{
    Dealer, ErrorKind, Message, Multipart, Pair, Pull, Push, Req, Result, Stream, StreamEvent, Sub, Subscription, XPub,
};

use crate::common::{context, free, pair, take, take_all};
use crate::runtimes::{Executor, after_lost_races, cancel, ok, on_every_runtime, soon, step_aside, two};

on_every_runtime! {
    every_receive_has_a_poll_that_takes_nothing_while_pending;
    an_echo_by_hand_returns_every_message_in_order;
    pending_polls_take_nothing_and_keep_the_message;
    pending_polls_of_halves_take_nothing_and_keep_the_message;
    a_poll_to_send_returns_the_refused_message;
    messages_in_a_sink_are_sent_before_the_message_of_a_poll;
    a_poll_to_receive_wakes_when_a_poll_to_send_consumes_its_signal;
    a_call_that_replaces_a_poll_wakes_its_task;
    messages_survive_cancelled_polls;
}

async fn every_receive_has_a_poll_that_takes_nothing_while_pending<E: Executor>() -> Result<()> {
    let context = context()?;
    let (mut publisher, subscriber) = two::<E, _, _>(&context, "inproc", (XPub, Sub))?;
    cancel(poll_fn(|cx| publisher.poll_recv_subscription(cx)));
    subscriber.get_ref().subscribe("a")?;
    let subscription = soon::<E, _>(poll_fn(|cx| publisher.poll_recv_subscription(cx))).await?;
    assert_eq!(subscription, Subscription::Subscribe("a".into()));

    let mut server = AsyncSocket::<_, E>::new(context.socket(Stream)?)?;
    let endpoint = server.get_ref().bind("tcp://127.0.0.1:*")?;
    cancel(poll_fn(|cx| server.poll_recv_stream(cx)));
    let peer = TcpStream::connect(endpoint.address()).expect("a peer");
    let begun = soon::<E, _>(poll_fn(|cx| server.poll_recv_stream(cx))).await?;
    cancel(poll_fn(|cx| server.poll_recv_stream(cx)));
    drop(peer);
    let ended = soon::<E, _>(poll_fn(|cx| server.poll_recv_stream(cx))).await?;
    assert!(
        matches!((&begun, &ended), (StreamEvent::Connected { peer }, StreamEvent::Disconnected { peer: same }) if peer == same)
    );

    let (mut sink, source) = two::<E, _, _>(&context, "inproc", (Pull, Push))?;
    let mut messages = Vec::new();
    cancel(poll_fn(|cx| sink.poll_recv_many(cx, &mut messages, 2)));
    for number in 0..3_u8 {
        source.get_ref().send([number])?;
    }
    for (max, count) in [(0, 0), (2, 2), (2, 1)] {
        assert_eq!(soon::<E, _>(poll_fn(|cx| sink.poll_recv_many(cx, &mut messages, max))).await?, count);
    }
    cancel(poll_fn(|cx| sink.poll_recv_many(cx, &mut messages, 2)));
    assert_eq!(messages, [[0], [1], [2]]);
    Ok(())
}

/// A future that sends back each message that its socket receives, until it receives an empty one.
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
        // With these limits the echo waits for room as often as for messages.
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
        drop(soon::<E, _>(sending).await?);
    }
    Ok(())
}

async fn pending_polls_take_nothing_and_keep_the_message<E: Executor>() -> Result<()> {
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
    // Both messages were taken, and each was sent only once.
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

async fn pending_polls_of_halves_take_nothing_and_keep_the_message<E: Executor>() -> Result<()> {
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

async fn a_poll_to_send_returns_the_refused_message<E: Executor>() -> Result<()> {
    let mut client = AsyncSocket::<_, E>::new(context()?.socket(Req)?)?;
    client.get_ref().connect("inproc://nobody")?;
    client.send("first").await?;
    let mut message = Some(Message::from("second"));
    let refused = poll_fn(|cx| client.poll_send(cx, &mut message)).await.unwrap_err();
    assert_eq!((refused.kind(), refused.message, message), (ErrorKind::WrongState, Message::from("second"), None));
    Ok(())
}

async fn messages_in_a_sink_are_sent_before_the_message_of_a_poll<E: Executor>() -> Result<()> {
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
    assert_eq!(client.take_unsent(), Some(Multipart::from("out of turn")));
    client.flush().await?;
    Ok(())
}

async fn a_poll_to_receive_wakes_when_a_poll_to_send_consumes_its_signal<E: Executor>() -> Result<()> {
    let (socket, peer) = pair(&context()?, "inproc", (Pair, Pair))?;
    let socket = Arc::new(Mutex::new(AsyncSocket::<_, E>::new(socket)?));
    let shared = Arc::clone(&socket);
    let (waits, waited) = tokio::sync::oneshot::channel();
    let mut waits = Some(waits);
    let reading = E::spawn(poll_fn(move |cx| {
        let polled = shared.lock().expect("no thread panicked").poll_recv(cx);
        let _ = waits.take().map(|waits| waits.send(()));
        polled
    }));
    waited.await.expect("the task waits");
    peer.send("wake up")?;
    // In a current-thread runtime, the runtime does not poll in between: the descriptor is signalled, and the send
    // consumes the signal.
    let mut message = Some(Message::from("taken away"));
    poll_fn(|cx| socket.lock().expect("no thread panicked").poll_send(cx, &mut message)).await?;
    assert_eq!(soon::<E, _>(reading).await?, "wake up");
    assert_eq!(take(&peer)?, "taken away");
    Ok(())
}

/// A waker that counts its calls.
#[derive(Default)]
struct Woken(AtomicU32);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

async fn a_call_that_replaces_a_poll_wakes_its_task<E: Executor>() -> Result<()> {
    let mut socket = AsyncSocket::<_, E>::new(context()?.socket(Pair)?)?;
    let woken = Arc::<Woken>::default();
    let waker = Waker::from(Arc::clone(&woken));
    let mut message = Some(Message::from("no peer"));
    for count in 1..=3 {
        assert!(socket.poll_send(&mut Context::from_waker(&waker), &mut message).is_pending());
        match count {
            1 => cancel(socket.recv()),
            2 => cancel(socket.send("also without a peer")),
            _ => cancel(socket.send_multipart(["nor", "this"])),
        }
        assert_eq!(woken.0.load(Ordering::Relaxed), count);
    }
    Ok(())
}

async fn messages_survive_cancelled_polls<E: Executor>() -> Result<()> {
    const COUNT: u32 = 1000;
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    sink.set_recv_hwm(1)?;
    source.set_send_hwm(1)?.connect(sink.bind(free("inproc"))?)?;
    let (mut sink, mut source) = (AsyncSocket::<_, E>::new(sink)?, AsyncSocket::<_, E>::new(source)?);
    let sending = E::spawn(async move {
        for number in 0..COUNT {
            let mut message = Some(Multipart::from([number.to_be_bytes(), [7; 4]]));
            after_lost_races!(poll_fn(|cx| source.poll_send_multipart(cx, &mut message)));
            assert_eq!(message, None);
        }
        ok(source)
    });
    let receiving = async {
        for number in 0..COUNT {
            let received = after_lost_races!(poll_fn(|cx| sink.poll_recv_multipart(cx)));
            assert_eq!(received, Multipart::from([number.to_be_bytes(), [7; 4]]));
            step_aside(number % 6).await;
        }
        ok(())
    };
    soon::<E, _>(receiving).await?;
    drop(soon::<E, _>(sending).await?);
    Ok(())
}
