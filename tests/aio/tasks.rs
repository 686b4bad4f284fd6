//! Asynchronous sockets shared by several tasks, moved to other runtimes, and in forked children.
#![cfg(unix)]

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use futures_util::{FutureExt, SinkExt, StreamExt};
use zmq::aio::{AsyncSocket, SendHalf};
use zmq::{Dealer, ErrorKind, Message, Multipart, Pair, Pull, Push, Req, Result, Router};

use crate::common::fork::fork;
use crate::common::{context, free, in_child, in_time, pair, take, this_test};
use crate::runtimes::{Executor, ok, on_every_runtime, on_smol, on_threads, soon, two};

on_every_runtime! {
    a_stream_and_a_sink_of_one_socket_wait_on_tasks_of_their_own;
    a_stream_wakes_when_the_sink_consumes_its_signal;
    messages_in_a_sink_are_sent_before_later_sends;
    an_unsendable_message_in_a_sink_blocks_no_other_send;
    a_message_given_to_a_busy_sink_is_returned;
    a_stream_is_forwarded_to_a_sink_with_the_same_error_type;
    a_late_reply_does_not_answer_a_request_after_a_move;
    a_waker_may_use_the_halves_that_drop_it;
}

/// Spawns a task that runs `future`, and returns once the future is pending.
async fn waiting<E: Executor, T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> impl Future<Output = T> {
    let (waits, waited) = tokio::sync::oneshot::channel();
    let task = E::spawn(async move {
        let (mut future, mut waits) = (pin!(future), Some(waits));
        poll_fn(|cx| {
            let polled = future.as_mut().poll(cx);
            assert!(polled.is_pending() || waits.is_none(), "the future is not pending");
            let _ = waits.take().map(|waits| waits.send(()));
            polled
        })
        .await
    });
    waited.await.expect("the task waits");
    task
}

async fn a_stream_and_a_sink_of_one_socket_wait_on_tasks_of_their_own<E: Executor>() -> Result<()> {
    let context = context()?;
    let (socket, peer) = (context.socket(Pair)?, context.socket(Pair)?);
    let endpoint = socket.bind(free("inproc"))?;
    let (mut sink, mut stream) = AsyncSocket::<_, E>::new(socket)?.split::<Multipart>();
    let reading = waiting::<E, _>(async move { (stream.next().await, stream) }).await;
    let sending = waiting::<E, _>(async move { (sink.send(Multipart::from("there")).await, sink) }).await;
    peer.connect(endpoint)?;
    let (sent, _sink) = soon::<E, _>(sending).await;
    sent?;
    assert_eq!(take(&peer)?, "there");
    // The sink waited for the runtime last, and is done.
    peer.send("and back")?;
    let (received, _stream) = soon::<E, _>(reading).await;
    assert_eq!(received.expect("the stream continues")?, Multipart::from("and back"));
    Ok(())
}

async fn a_stream_wakes_when_the_sink_consumes_its_signal<E: Executor>() -> Result<()> {
    let (socket, peer) = pair(&context()?, "inproc", (Pair, Pair))?;
    let (mut sink, mut stream) = AsyncSocket::<_, E>::new(socket)?.split::<Multipart>();
    let reading = waiting::<E, _>(async move { (stream.next().await, stream) }).await;
    peer.send("wake up")?;
    // In a current-thread runtime, the runtime does not poll in between: the descriptor is signalled, and the send
    // consumes the signal.
    sink.send(Multipart::from("taken away")).await?;
    let (received, _stream) = soon::<E, _>(reading).await;
    assert_eq!(received.expect("the stream continues")?, Multipart::from("wake up"));
    assert_eq!(take(&peer)?, "taken away");
    Ok(())
}

async fn messages_in_a_sink_are_sent_before_later_sends<E: Executor>() -> Result<()> {
    let (mut sink, mut source) = two::<E, _, _>(&context()?, "inproc", (Pair, Pair))?;
    source.feed(Multipart::from("first")).await?;
    source.send("second").await?;
    source.feed(Multipart::from("third")).await?;
    source.send_multipart("fourth").await?;
    let (mut source, _receiver) = source.into_split();
    source.feed(Multipart::from("fifth")).await?;
    source.send("sixth").await?;
    source.feed(Multipart::from("seventh")).await?;
    source.send_multipart("eighth").await?;
    for expected in ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"] {
        assert_eq!(soon::<E, _>(sink.recv()).await?, expected);
    }
    Ok(())
}

async fn an_unsendable_message_in_a_sink_blocks_no_other_send<E: Executor>() -> Result<()> {
    let mut client = AsyncSocket::<_, E>::new(context()?.socket(Req)?)?;
    client.get_ref().connect("inproc://nobody")?;
    client.send("first").await?;
    client.feed(Multipart::from("out of turn")).await?;
    let refused = client.send("another").await.unwrap_err();
    assert_eq!((refused.kind(), refused.message), (ErrorKind::WrongState, Message::from("another")));
    assert_eq!(client.take_unsent(), Some(Multipart::from("out of turn")));
    client.flush().await?;

    let context = context()?;
    let (mut router, mut peer) = two::<E, _, _>(&context, "inproc", (Router, Dealer))?;
    router.get_ref().set_mandatory(true)?;
    peer.send("hello").await?;
    let id = soon::<E, _>(router.recv_multipart()).await?[0].to_vec();
    router.feed(Multipart::from(["nobody", "in vain"])).await?;
    let refused = router.send_multipart([&id[..], b"first"]).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::HostUnreachable);
    // The sink's message no longer blocks other sends.
    router.send_multipart(refused.message).await?;
    assert_eq!(soon::<E, _>(peer.recv()).await?, "first");
    assert_eq!(router.take_unsent(), Some(Multipart::from(["nobody", "in vain"])));
    Ok(())
}

async fn a_stream_is_forwarded_to_a_sink_with_the_same_error_type<E: Executor>() -> Result<()> {
    let context = context()?;
    let (mut front, source) = two::<E, _, _>(&context, "inproc", (Pull, Push))?;
    let (mut back, mut peer) = two::<E, _, _>(&context, "inproc", (Router, Dealer))?;
    back.get_ref().set_mandatory(true)?;
    peer.send("hello").await?;
    let id = soon::<E, _>(back.recv_multipart()).await?[0].to_vec();
    source.get_ref().send_multipart([&id[..], b"through"])?;
    source.get_ref().send_multipart(["nobody", "in vain"])?;
    let ended: Result<()> = soon::<E, _>((&mut front).forward(&mut back)).await;
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::HostUnreachable);
    assert_eq!(back.take_unsent(), Some(Multipart::from(["nobody", "in vain"])));
    assert_eq!(soon::<E, _>(peer.recv()).await?, "through");
    Ok(())
}

async fn a_message_given_to_a_busy_sink_is_returned<E: Executor>() -> Result<()> {
    let (sink, mut source) = two::<E, _, _>(&context()?, "inproc", (Pull, Push))?;
    source.feed(Multipart::from("first")).await?;
    let error = source.start_send_unpin(Multipart::from("second")).unwrap_err();
    assert_eq!((error.kind(), source.take_unsent()), (ErrorKind::WouldBlock, Some(Multipart::from("second"))));
    source.flush().await?;
    assert_eq!(take(sink.get_ref())?, "first");
    assert_eq!(sink.get_ref().try_recv()?, None);
    Ok(())
}

async fn a_late_reply_does_not_answer_a_request_after_a_move<E: Executor>() -> Result<()> {
    let (server, client) = pair(&context()?, "inproc", (Router, Dealer))?;
    let mut client = AsyncSocket::<_, E>::new(client)?;
    assert!(client.request("first").now_or_never().is_none());
    server.send_multipart(server.recv_multipart()?)?;
    let mut client = AsyncSocket::<_, E>::new(client.into_inner())?;
    let second = waiting::<E, _>(async move { (client.request("second").await, client) }).await;
    server.send_multipart(server.recv_multipart()?)?;
    assert_eq!(soon::<E, _>(second).await.0?, Multipart::from("second"));
    Ok(())
}

/// A waker that, when dropped, uses a half of the socket, as the waker of a task that owns the half may do.
struct Returning<E: Executor>(Arc<Mutex<Option<SendHalf<Pair, E>>>>);

impl<E: Executor> Wake for Returning<E> {
    fn wake(self: Arc<Self>) {}
}

impl<E: Executor> Drop for Returning<E> {
    fn drop(&mut self) {
        let half = self.0.lock().expect("no thread panicked").take();
        half.expect("the waker is dropped once").with_socket(|_| ());
    }
}

async fn a_waker_may_use_the_halves_that_drop_it<E: Executor>() -> Result<()> {
    let context = context()?;
    let (sender, mut receiver) = AsyncSocket::<_, E>::new(context.socket(Pair)?)?.into_split();
    let half = Arc::new(Mutex::new(Some(sender)));
    let waker = Waker::from(Arc::new(Returning(Arc::clone(&half))));
    assert!(pin!(receiver.recv()).poll(&mut Context::from_waker(&waker)).is_pending());
    drop(waker);
    // The second receive replaces the waker and drops it.
    in_time(move || assert!(receiver.recv().now_or_never().is_none()));
    assert!(half.lock().expect("no thread panicked").is_none());
    Ok(())
}

/// Waits for a message after a forked child has dropped its copy of the socket.
async fn wait_across_a_fork<E: Executor>() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    let sink = Arc::new(Mutex::new(Some(AsyncSocket::<_, E>::new(sink)?)));
    let dropped = Arc::clone(&sink);
    let step = fork(move || {
        drop(dropped.lock().map(|mut sink| sink.take()));
        0
    });
    assert_eq!(step, 0);
    let mut sink = sink.lock().expect("no thread panicked").take().expect("the parent has the socket");
    let receiving = waiting::<E, _>(async move { (sink.recv().await, sink) }).await;
    source.send("the parent is unaffected")?;
    let (received, _sink) = soon::<E, _>(receiving).await;
    assert_eq!(received?, "the parent is unaffected");
    ok(())
}

#[test]
fn a_drop_in_a_forked_child_leaves_tokio_to_the_parent() {
    in_child(this_test!(), || {
        on_threads(wait_across_a_fork::<zmq::aio::tokio::Tokio>()).unwrap_or_else(|error| panic!("{error}"));
    });
}

#[test]
fn a_drop_in_a_forked_child_leaves_async_io_to_the_parent() {
    in_child(this_test!(), || {
        on_smol(wait_across_a_fork::<zmq::aio::async_io::AsyncIo>()).unwrap_or_else(|error| panic!("{error}"));
    });
}
