//! The waits of several tasks for one socket of a thread-safe kind.
#![cfg(all(unix, feature = "draft"))]

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{join, try_join_all};
use zmq::aio::SharedSocket;
use zmq::{Channel, Client, ErrorKind, Gather, Multipart, Peer, Result, Scatter, Server};

use crate::common::fork::fork;
use crate::common::{PATIENCE, context, free, in_child, pair, take, this_test};
use crate::runtimes::{Executor, ok, on_every_runtime, on_threads, soon, step_aside, two};
use crate::shared::{TASKS, shared, tasks};

on_every_runtime! {
    two_messages_with_one_signal_wake_two_tasks;
    a_connect_wakes_a_task_that_waits_to_send;
    a_shutdown_wakes_all_waiting_tasks;
    waiting_tasks_are_not_polled_without_a_change;
    a_busy_socket_yields_to_other_futures;
    a_stream_yields_what_a_gather_receives;
    a_readable_socket_wakes_all_tasks_that_wait_for_it;
    a_socket_is_converted_and_used_again;
}

async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

/// Polls a future, expects it to be pending, and returns it with the number of its polls.
macro_rules! waiting {
    ($future:expr, $polls:expr) => {{
        let polls: Arc<AtomicU32> = Arc::clone(&$polls);
        let mut future = Box::pin(async move {
            let mut future = pin!($future);
            poll_fn(|cx| {
                polls.fetch_add(1, Ordering::Relaxed);
                future.as_mut().poll(cx)
            })
            .await
        });
        assert!(poll_once(future.as_mut()).await.is_pending());
        future
    }};
}

async fn two_messages_with_one_signal_wake_two_tasks<E: Executor>() -> Result<()> {
    let (gather, scatter) = pair(&context()?, "inproc", (Gather, Scatter))?;
    let gather = shared::<E, _>(gather)?;
    for round in 0..50 {
        let (first, second) = (Arc::clone(&gather), Arc::clone(&gather));
        let polls = Arc::default();
        let first = E::spawn(waiting!(async move { first.recv().await }, polls));
        let second = E::spawn(waiting!(async move { second.recv().await }, polls));
        // Only the first one is signalled, because libzmq has not read it when the second one follows.
        scatter.send("one")?;
        scatter.send("two")?;
        let (first, second) = soon::<E, _>(join(first, second)).await;
        let mut both = [first?, second?];
        both.sort_by(|one, other| one.as_bytes().cmp(other.as_bytes()));
        assert_eq!(both, ["one", "two"], "round {round}");
    }
    Ok(())
}

async fn a_connect_wakes_a_task_that_waits_to_send<E: Executor>() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let context = context()?;
        let (server, client) = (context.socket(Server)?, shared::<E, _>(context.socket(Client)?)?);
        let endpoint = server.bind(free(transport))?;
        let sender = Arc::clone(&client);
        let sending = E::spawn(waiting!(async move { sender.send("hello").await }, Arc::default()));
        client.get_ref().connect(endpoint)?;
        soon::<E, _>(sending).await?;
        assert_eq!(take(&server)?, "hello");
    }
    Ok(())
}

async fn a_shutdown_wakes_all_waiting_tasks<E: Executor>() -> Result<()> {
    let context = context()?;
    let peer = shared::<E, _>(context.socket(Peer)?)?;
    let channel = shared::<E, _>(context.socket(Channel)?)?;
    let receiving = tasks::<E, _, _>(|_| {
        let peer = Arc::clone(&peer);
        async move { Ok(peer.recv().await.unwrap_err().kind()) }
    });
    let sending = tasks::<E, _, _>(|_| {
        let channel = Arc::clone(&channel);
        async move {
            let refused = channel.send("no peer").await.unwrap_err();
            assert_eq!(refused.message, "no peer");
            Ok(refused.kind())
        }
    });
    step_aside(20).await;
    context.shutdown();
    let (received, sent) = soon::<E, _>(join(receiving, sending)).await;
    assert_eq!(received?, [ErrorKind::ContextTerminated; TASKS as usize]);
    assert_eq!(sent?, [ErrorKind::ContextTerminated; TASKS as usize]);
    Ok(())
}

async fn waiting_tasks_are_not_polled_without_a_change<E: Executor>() -> Result<()> {
    let (one, other) = pair(&context()?, "tcp", (Channel, Channel))?;
    let one = shared::<E, _>(one)?;
    // Work that belongs to the connection.
    other.send("first")?;
    assert_eq!(soon::<E, _>(one.recv()).await?, "first");
    one.send("second").await?;
    assert_eq!(take(&other)?, "second");
    let polls = Arc::<AtomicU32>::default();
    let mut receivers = Vec::new();
    for _ in 0..TASKS {
        let one = Arc::clone(&one);
        receivers.push(E::spawn(waiting!(async move { one.recv().await }, polls)));
    }
    E::timer(Duration::from_millis(100)).await;
    let settled = polls.load(Ordering::Relaxed);
    E::timer(Duration::from_millis(100)).await;
    assert_eq!(polls.load(Ordering::Relaxed), settled);
    assert!(settled <= 10 * TASKS, "{settled} polls");
    for number in 0..TASKS {
        other.send(number.to_be_bytes())?;
    }
    let received = soon::<E, _>(try_join_all(receivers)).await?;
    assert_eq!(received.len(), TASKS as usize);
    Ok(())
}

async fn a_busy_socket_yields_to_other_futures<E: Executor>() -> Result<()> {
    let (gather, scatter) = pair(&context()?, "inproc", (Gather, Scatter))?;
    let (gather, scatter) = (SharedSocket::<_, E>::new(gather)?, SharedSocket::<_, E>::new(scatter)?);
    let mut busy = pin!(async {
        loop {
            scatter.send("again").await?;
            gather.recv().await?;
        }
        #[expect(unreachable_code, reason = "it names the type of the error")]
        ok(())
    });
    // A future that never yielded would not return here.
    for _ in 0..10 {
        assert!(poll_once(busy.as_mut()).await.is_pending());
    }
    Ok(())
}

async fn a_stream_yields_what_a_gather_receives<E: Executor>() -> Result<()> {
    let (gather, scatter) = two::<E, _, _>(&context()?, "inproc", (Gather, Scatter))?;
    for number in 0..3 {
        scatter.get_ref().send(format!("{number}"))?;
    }
    let received: Vec<_> = soon::<E, _>(gather.take(3).collect()).await;
    let received: Vec<_> = received.into_iter().collect::<Result<_>>()?;
    assert_eq!(received, ["0", "1", "2"].map(Multipart::from));
    Ok(())
}

async fn a_readable_socket_wakes_all_tasks_that_wait_for_it<E: Executor>() -> Result<()> {
    let (gather, scatter) = pair(&context()?, "inproc", (Gather, Scatter))?;
    let gather = shared::<E, _>(gather)?;
    let waiting = tasks::<E, _, _>(|_| {
        let gather = Arc::clone(&gather);
        async move { gather.readable().await }
    });
    step_aside(20).await;
    scatter.send("hello")?;
    soon::<E, _>(waiting).await?;
    assert_eq!(take(gather.get_ref())?, "hello");
    Ok(())
}

async fn a_socket_is_converted_and_used_again<E: Executor>() -> Result<()> {
    let (gather, mut scatter) = two::<E, _, _>(&context()?, "inproc", (Gather, Scatter))?;
    let gather = gather.into_shared();
    assert!(poll_once(pin!(gather.recv())).await.is_pending());
    scatter.send("hello").await?;
    assert_eq!(soon::<E, _>(gather.recv()).await?, "hello");
    let gather = SharedSocket::<_, E>::new(gather.into_inner())?;
    scatter.send("again").await?;
    assert_eq!(soon::<E, _>(gather.recv()).await?, "again");
    Ok(())
}

#[test]
fn hazard_fork_a_child_leaves_the_signal_of_its_parent_alone() {
    in_child(this_test!(), || {
        let outcome = on_threads(async {
            let (gather, scatter) = pair(&context()?, "inproc", (Gather, Scatter))?;
            let gather = std::cell::Cell::new(Some(SharedSocket::<_, zmq::aio::tokio::Tokio>::new(gather)?));
            let kept = gather.take();
            scatter.send("hello")?;
            gather.set(kept);
            let failed = fork(|| {
                drop(gather.take());
                0
            });
            assert_eq!(failed, 0);
            let gather = gather.take().expect("the parent keeps the socket");
            let received = tokio::time::timeout(PATIENCE, gather.recv()).await.expect("the message arrives")?;
            assert_eq!(received, "hello");
            Ok(())
        });
        outcome.unwrap();
    });
}
