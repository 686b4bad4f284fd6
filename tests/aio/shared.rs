//! Sockets of thread-safe kinds that several tasks use at the same time.
#![cfg(all(unix, feature = "draft"))]

use std::env;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::{Either, join, join_all, select, try_join_all};
use zmq::aio::{AsyncSocket, SharedSocket};
use zmq::{Channel, Client, ErrorKind, Gather, Message, Multipart, Peer, Result, Scatter, Server, Socket};

use crate::common::fork::fork;
use crate::common::{PATIENCE, context, free, in_child, pair, take, this_test};
use crate::runtimes::{Executor, after_lost_races, ok, on_every_runtime, on_threads, soon, step_aside, two, within};

const TASKS: u32 = 8;

/// Returns the number of messages of each task under load: `ZMQ_SHARED_MESSAGES`. Default: 5000.
fn messages() -> u32 {
    env::var("ZMQ_SHARED_MESSAGES").map_or(5000, |count| count.parse().expect("a number"))
}

on_every_runtime! {
    tasks_send_through_one_client_and_no_message_is_lost;
    tasks_receive_from_one_server_and_each_message_arrives_once;
    tasks_receive_from_one_gather_what_a_thread_sends;
    senders_and_receivers_share_one_channel;
    senders_with_a_limit_of_one_share_one_scatter;
    cancelled_operations_lose_neither_a_message_nor_a_wake_up;
    two_messages_with_one_signal_wake_two_tasks;
    a_connect_wakes_a_task_that_waits_to_send;
    a_shutdown_wakes_all_waiting_tasks;
    waiting_tasks_are_not_polled_without_a_change;
    a_busy_socket_yields_to_other_futures;
    a_socket_of_one_task_waits_as_others_do;
    the_halves_of_a_channel_wait_on_tasks_of_their_own;
    a_stream_yields_what_a_gather_receives;
    a_readable_socket_wakes_all_tasks_that_wait_for_it;
    a_socket_is_converted_and_used_again;
}

fn shared<E: Executor, K: zmq::abilities::ThreadSafe>(socket: Socket<K>) -> Result<Arc<SharedSocket<K, E>>> {
    SharedSocket::new(socket).map(Arc::new)
}

/// Returns a message with the number of its task and its own.
fn numbered(task: u32, number: u32) -> [u8; 8] {
    (u64::from(task) << 32 | u64::from(number)).to_be_bytes()
}

/// The messages that have arrived, by task.
struct Arrivals(Vec<Vec<u8>>);

impl Arrivals {
    fn new(count: u32) -> Self {
        Self((0..TASKS).map(|_| vec![0; count as usize]).collect())
    }

    fn note(&mut self, message: &Message) {
        let both = u64::from_be_bytes(message.as_bytes().try_into().expect("two numbers"));
        self.0[(both >> 32) as usize][both as u32 as usize] += 1;
    }

    fn expect_each_once(&self) {
        for (task, numbers) in self.0.iter().enumerate() {
            let wrong = numbers.iter().filter(|count| **count != 1).count();
            assert_eq!(wrong, 0, "of task {task}, {wrong} messages of {} were lost or doubled", numbers.len());
        }
    }
}

/// Spawns a task for each number below [`TASKS`], and returns a future of their results.
fn tasks<E: Executor, T: Send + 'static, F: Future<Output = Result<T>> + Send + 'static>(
    mut task: impl FnMut(u32) -> F,
) -> impl Future<Output = Result<Vec<T>>> {
    try_join_all((0..TASKS).map(|number| E::spawn(task(number))).collect::<Vec<_>>())
}

async fn tasks_send_through_one_client_and_no_message_is_lost<E: Executor>() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let (server, client) = pair(&context()?, transport, (Server, Client))?;
        let (server, client) = (shared::<E, _>(server)?, shared::<E, _>(client)?);
        let count = messages();
        let start = Instant::now();
        let sending = tasks::<E, _, _>(|task| {
            let client = Arc::clone(&client);
            async move {
                for number in 0..count {
                    client.send(numbered(task, number)).await?;
                }
                ok(())
            }
        });
        let mut arrivals = Arrivals::new(count);
        soon::<E, Result<()>>(async {
            for _ in 0..TASKS * count {
                arrivals.note(&server.recv().await?);
            }
            sending.await.map(drop)
        })
        .await?;
        arrivals.expect_each_once();
        if count > 5000 {
            println!("{transport}: {TASKS} tasks with {count} messages each took {:?}", start.elapsed());
        }
    }
    Ok(())
}

async fn tasks_receive_from_one_server_and_each_message_arrives_once<E: Executor>() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let (server, client) = pair(&context()?, transport, (Server, Client))?;
        let (server, client) = (shared::<E, _>(server)?, shared::<E, _>(client)?);
        let count = messages().min(20_000);
        let left = Arc::new(AtomicU32::new(TASKS * count));
        let (done, end) = tokio::sync::watch::channel(false);
        let done = Arc::new(done);
        let receiving = tasks::<E, _, _>(|_| {
            let (server, left, done, mut end) =
                (Arc::clone(&server), Arc::clone(&left), Arc::clone(&done), end.clone());
            async move {
                let mut received = Vec::new();
                loop {
                    let receive = pin!(server.recv());
                    let ended = pin!(end.wait_for(|ended| *ended));
                    match select(receive, ended).await {
                        Either::Left((message, _)) => received.push(message?),
                        Either::Right(_) => return ok(received),
                    }
                    if left.fetch_sub(1, Ordering::Relaxed) == 1 {
                        let _ = done.send(true);
                    }
                }
            }
        });
        let received = soon::<E, Result<_>>(async {
            for number in 0..count {
                for task in 0..TASKS {
                    client.send(numbered(task, number)).await?;
                }
                step_aside(number % 3).await;
            }
            receiving.await
        })
        .await?;
        let mut arrivals = Arrivals::new(count);
        received.iter().flatten().for_each(|message| arrivals.note(message));
        arrivals.expect_each_once();
    }
    Ok(())
}

async fn tasks_receive_from_one_gather_what_a_thread_sends<E: Executor>() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let (gather, scatter) = pair(&context()?, transport, (Gather, Scatter))?;
        let gather = shared::<E, _>(gather)?;
        let count = messages().min(20_000);
        let receiving = tasks::<E, _, _>(|_| {
            let gather = Arc::clone(&gather);
            async move {
                let mut received = Vec::new();
                while received.len() < count as usize {
                    let room = count as usize - received.len();
                    gather.recv_many(&mut received, room.min(3)).await?;
                }
                ok(received)
            }
        });
        let sender = thread::spawn(move || {
            for number in 0..count {
                for task in 0..TASKS {
                    scatter.send(numbered(task, number))?;
                }
            }
            // The socket stays open until everything is received, because the context does not linger.
            ok(scatter)
        });
        let received = soon::<E, _>(receiving).await?;
        drop(sender.join().expect("no panic")?);
        let mut arrivals = Arrivals::new(count);
        received.iter().flatten().for_each(|message| arrivals.note(message));
        arrivals.expect_each_once();
    }
    Ok(())
}

async fn senders_and_receivers_share_one_channel<E: Executor>() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let (one, other) = pair(&context()?, transport, (Channel, Channel))?;
        let ends = [shared::<E, _>(one)?, shared::<E, _>(other)?];
        let count = messages().min(20_000);
        let both = (0..2).map(|end| {
            let (from, to) = (&ends[end], &ends[1 - end]);
            let sending = tasks::<E, _, _>(|task| {
                let from = Arc::clone(from);
                async move {
                    for number in 0..count {
                        from.send(numbered(task, number)).await?;
                        step_aside(number % 2).await;
                    }
                    ok(())
                }
            });
            let receiving = tasks::<E, _, _>(|_| {
                let to = Arc::clone(to);
                async move {
                    let mut received = Vec::new();
                    for _ in 0..count {
                        received.push(to.recv().await?);
                    }
                    ok(received)
                }
            });
            async {
                let (sent, received) = join(sending, receiving).await;
                sent?;
                let mut arrivals = Arrivals::new(count);
                received?.iter().flatten().for_each(|message| arrivals.note(message));
                arrivals.expect_each_once();
                ok(())
            }
        });
        soon::<E, _>(try_join_all(both)).await?;
    }
    Ok(())
}

async fn senders_with_a_limit_of_one_share_one_scatter<E: Executor>() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let context = context()?;
        let (gather, scatter) = (context.socket(Gather)?, context.socket(Scatter)?);
        gather.set_recv_hwm(1)?;
        scatter.set_send_hwm(1)?;
        scatter.connect(gather.bind(free(transport))?)?;
        let (gather, scatter) = (shared::<E, _>(gather)?, shared::<E, _>(scatter)?);
        let count = messages().min(5000) / 5;
        let sending = tasks::<E, _, _>(|task| {
            let scatter = Arc::clone(&scatter);
            async move {
                for number in 0..count {
                    scatter.send(numbered(task, number)).await?;
                }
                ok(())
            }
        });
        let mut arrivals = Arrivals::new(count);
        soon::<E, Result<()>>(async {
            for number in 0..TASKS * count {
                arrivals.note(&gather.recv().await?);
                step_aside(number % 4).await;
            }
            sending.await.map(drop)
        })
        .await?;
        arrivals.expect_each_once();
    }
    Ok(())
}

async fn cancelled_operations_lose_neither_a_message_nor_a_wake_up<E: Executor>() -> Result<()> {
    let context = context()?;
    let (gather, scatter) = (context.socket(Gather)?, context.socket(Scatter)?);
    gather.set_recv_hwm(4)?;
    scatter.set_send_hwm(4)?;
    scatter.connect(gather.bind(free("inproc"))?)?;
    let (gather, scatter) = (shared::<E, _>(gather)?, shared::<E, _>(scatter)?);
    let count = messages().min(5000);
    let receiving = tasks::<E, _, _>(|task| {
        let gather = Arc::clone(&gather);
        async move {
            let mut received = Vec::new();
            while received.len() < count as usize {
                // Half of the tasks give up at once and start again. A message or a wake-up lost in a dropped future would
                // be missing at the end.
                received.push(if task % 2 == 0 { after_lost_races!(gather.recv()) } else { gather.recv().await? });
            }
            ok(received)
        }
    });
    let sending = tasks::<E, _, _>(|task| {
        let scatter = Arc::clone(&scatter);
        async move {
            for number in 0..count {
                if task % 2 == 0 {
                    after_lost_races!(scatter.writable());
                    within::<E, _>(Duration::from_micros(u64::from(number % 50)), scatter.writable()).await;
                }
                scatter.send(numbered(task, number)).await?;
            }
            ok(())
        }
    });
    let (sent, received) = soon::<E, _>(join(sending, receiving)).await;
    sent?;
    let mut arrivals = Arrivals::new(count);
    received?.iter().flatten().for_each(|message| arrivals.note(message));
    arrivals.expect_each_once();
    Ok(())
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
    let receivers: Vec<_> = join_all((0..TASKS).map(|_| async {
        let one = Arc::clone(&one);
        E::spawn(waiting!(async move { one.recv().await }, polls))
    }))
    .await;
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

async fn a_socket_of_one_task_waits_as_others_do<E: Executor>() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let context = context()?;
        let (gather, scatter) = (context.socket(Gather)?, context.socket(Scatter)?);
        gather.set_recv_hwm(1)?;
        scatter.set_send_hwm(1)?;
        scatter.connect(gather.bind(free(transport))?)?;
        let (mut gather, mut scatter) = (AsyncSocket::<_, E>::new(gather)?, AsyncSocket::<_, E>::new(scatter)?);
        let count = messages().min(5000);
        let sending = E::spawn(async move {
            for number in 0..count {
                scatter.send(number.to_be_bytes()).await?;
            }
            ok(scatter)
        });
        soon::<E, Result<()>>(async {
            for number in 0..count {
                assert_eq!(gather.recv().await?, number.to_be_bytes());
                step_aside(number % 4).await;
            }
            sending.await.map(drop)
        })
        .await?;
    }
    Ok(())
}

async fn the_halves_of_a_channel_wait_on_tasks_of_their_own<E: Executor>() -> Result<()> {
    let (one, other) = two::<E, _, _>(&context()?, "inproc", (Channel, Channel))?;
    let count = messages().min(5000);
    let mut talking = Vec::new();
    for (mut sender, mut receiver) in [one.into_split(), other.into_split()] {
        talking.push(E::spawn(async move {
            for number in 0..count {
                sender.send(number.to_be_bytes()).await?;
            }
            ok(())
        }));
        talking.push(E::spawn(async move {
            for number in 0..count {
                assert_eq!(receiver.recv().await?, number.to_be_bytes());
            }
            ok(())
        }));
    }
    soon::<E, _>(try_join_all(talking)).await.map(drop)
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
            let received = tokio::time::timeout(PATIENCE, gather.recv()).await.expect("the signal is there")?;
            assert_eq!(received, "hello");
            Ok(())
        });
        outcome.unwrap();
    });
}
