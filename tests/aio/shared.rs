//! Sockets of thread-safe kinds that several tasks use at the same time, under load.
#![cfg(all(unix, feature = "draft"))]

use std::env;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::{Either, join, join_all, select, try_join_all};
use zmq::abilities::{Sends, ThreadSafe};
use zmq::aio::{AsyncSocket, SharedSocket};
use zmq::{Channel, Client, ErrorKind, Gather, Message, Peer, Result, Scatter, Server, Socket};

use crate::common::{context, free, pair};
use crate::runtimes::{Executor, after_lost_races, ok, on_every_runtime, soon, step_aside, two, within};

pub(crate) const TASKS: u32 = 8;

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
    tasks_answer_through_one_server_and_no_reply_is_mixed_up;
    peers_send_to_each_other_from_many_tasks;
    cancelled_operations_lose_neither_a_message_nor_a_wake_up;
    a_socket_of_one_task_waits_as_others_do;
    the_halves_of_a_channel_wait_on_tasks_of_their_own;
}

pub(crate) fn shared<E: Executor, K: ThreadSafe>(socket: Socket<K>) -> Result<Arc<SharedSocket<K, E>>> {
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
pub(crate) fn tasks<E: Executor, T: Send + 'static, F: Future<Output = Result<T>> + Send + 'static>(
    mut task: impl FnMut(u32) -> F,
) -> impl Future<Output = Result<Vec<T>>> {
    try_join_all((0..TASKS).map(|number| E::spawn(task(number))).collect::<Vec<_>>())
}

/// Sends `count` numbered messages from each of [`TASKS`] tasks.
fn sending_from_tasks<E: Executor, K: ThreadSafe + Sends>(
    socket: &Arc<SharedSocket<K, E>>,
    count: u32,
) -> impl Future<Output = Result<Vec<()>>> {
    tasks::<E, _, _>(move |task| {
        let socket = Arc::clone(socket);
        async move {
            for number in 0..count {
                socket.send(numbered(task, number)).await?;
            }
            ok(())
        }
    })
}

async fn tasks_send_through_one_client_and_no_message_is_lost<E: Executor>() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let (server, client) = pair(&context()?, transport, (Server, Client))?;
        let (server, client) = (shared::<E, _>(server)?, shared::<E, _>(client)?);
        let count = messages();
        let start = Instant::now();
        let sending = sending_from_tasks(&client, count);
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
        let sending = sending_from_tasks(&scatter, count);
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

async fn tasks_answer_through_one_server_and_no_reply_is_mixed_up<E: Executor>() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let context = context()?;
        let server = context.socket(Server)?;
        let endpoint = server.bind(free(transport))?;
        let server = shared::<E, _>(server)?;
        let count = messages().min(2000);
        let answering = tasks::<E, _, _>(|_| {
            let server = Arc::clone(&server);
            async move {
                for _ in 0..count {
                    let question = server.recv().await?;
                    server.reply_to(&question, question.as_bytes()).await?;
                }
                ok(())
            }
        });
        let asking = tasks::<E, _, _>(|task| {
            let client = context.socket(Client).and_then(|client| client.connect(&endpoint).map(|_| client));
            async move {
                let mut client = AsyncSocket::<_, E>::new(client?)?;
                for number in 0..count {
                    client.send(numbered(task, number)).await?;
                    assert_eq!(client.recv().await?, numbered(task, number));
                }
                ok(())
            }
        });
        let (answered, asked) = soon::<E, _>(join(answering, asking)).await;
        answered?;
        asked?;
    }
    Ok(())
}

async fn peers_send_to_each_other_from_many_tasks<E: Executor>() -> Result<()> {
    let context = context()?;
    let (one, other) = (context.socket(Peer)?, context.socket(Peer)?);
    let there = one.connect_peer(other.bind(free("inproc"))?)?;
    let (one, other) = (shared::<E, _>(one)?, shared::<E, _>(other)?);
    one.send_to(there, "hello").await?;
    let back = soon::<E, _>(other.recv()).await?.routing_id().expect("a received message has one");
    let count = messages().min(5000);
    let mut waiting = Vec::new();
    for (from, to, id) in [(&one, &other, there), (&other, &one, back)] {
        let sending = tasks::<E, _, _>(move |task| {
            let from = Arc::clone(from);
            async move {
                for number in 0..count {
                    from.send_to(id, numbered(task, number)).await?;
                }
                ok(())
            }
        });
        let receiving = tasks::<E, _, _>(move |_| {
            let to = Arc::clone(to);
            async move {
                let mut received = Vec::new();
                for _ in 0..count {
                    received.push(to.recv().await?);
                }
                ok(received)
            }
        });
        waiting.push(join(sending, receiving));
    }
    for (sent, received) in soon::<E, _>(join_all(waiting)).await {
        sent?;
        let mut arrivals = Arrivals::new(count);
        received?.iter().flatten().for_each(|message| arrivals.note(message));
        arrivals.expect_each_once();
    }
    let refused = other.reply_to(&Message::from("never received"), "in vain").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::HostUnreachable);
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
                // Half of the tasks drop the future and start again. A message or a wake-up lost in a dropped future would
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

async fn a_socket_of_one_task_waits_as_others_do<E: Executor>() -> Result<()> {
    crate::wakeups::a_sender_with_a_limit_of_one_reaches_a_slow_receiver::<E, _, _>((Gather, Scatter), messages()).await
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
