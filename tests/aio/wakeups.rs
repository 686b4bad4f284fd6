//! Asynchronous sockets under load: no lost wake-up, no lost message, on every runtime.
#![cfg(unix)]

use std::future::{Future, poll_fn};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context as TaskContext, Wake, Waker};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use zmq::abilities::{Open, Receives, Sends};
use zmq::aio::AsyncSocket;
use zmq::{Context, Dealer, ErrorKind, Events, Message, Multipart, Pair, PollItem, Pull, Push, Result, Router, Socket};

use crate::common::{PATIENCE, context, free, pair};
use crate::runtimes::{Executor, ok, on_every_runtime, soon, step_aside, two, within};

/// Returns a number of messages that makes a lost wake-up likely. The number is lower in unoptimised builds.
const fn many(count: u32) -> u32 {
    if cfg!(debug_assertions) { count / 50 } else { count }
}

on_every_runtime! {
    a_push_with_a_limit_of_one_reaches_a_slow_pull;
    halves_talk_in_both_directions_at_once;
    a_reader_wakes_when_the_other_half_consumes_its_signal;
    a_reader_wakes_while_a_send_waits;
    a_send_to_a_full_peer_does_not_wake_itself;
    a_router_answers_from_tasks_of_their_own;
    cancelled_receives_lose_no_message_and_break_none_apart;
    synchronous_calls_in_between_lose_no_wake_up;
    a_shutdown_wakes_every_waiter;
    a_busy_socket_yields_to_other_futures;
    a_send_to_a_full_peer_ends_when_the_peer_leaves;
}

async fn a_push_with_a_limit_of_one_reaches_a_slow_pull<E: Executor>() -> Result<()> {
    a_sender_with_a_limit_of_one_reaches_a_slow_receiver::<E, _, _>((Pull, Push), many(1_000_000)).await
}

/// Sends `count` messages through queues that hold one message at each end.
pub(crate) async fn a_sender_with_a_limit_of_one_reaches_a_slow_receiver<E: Executor, A: Open + Copy, B: Open + Copy>(
    (receiver, sender): (A, B),
    count: u32,
) -> Result<()>
where
    A::Kind: Receives,
    B::Kind: Sends,
{
    for transport in ["inproc", "tcp"] {
        let context = context()?;
        let (sink, source) = (context.socket(receiver)?, context.socket(sender)?);
        sink.set_recv_hwm(1)?;
        source.set_send_hwm(1)?;
        source.connect(sink.bind(crate::common::free(transport))?)?;
        let (mut sink, mut source) = (AsyncSocket::<_, E>::new(sink)?, AsyncSocket::<_, E>::new(source)?);
        let sending = E::spawn(async move {
            for number in 0..count {
                source.send(number.to_be_bytes()).await?;
            }
            // The socket stays open until everything is received, because the context does not linger.
            ok(source)
        });
        soon::<E, Result<()>>(async {
            for number in 0..count {
                assert_eq!(sink.recv().await?, number.to_be_bytes());
                step_aside(number % 4).await;
            }
            sending.await.map(drop)
        })
        .await?;
    }
    Ok(())
}

async fn halves_talk_in_both_directions_at_once<E: Executor>() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let (one, other) = two::<E, _, _>(&context()?, transport, (Dealer, Dealer))?;
        let mut talking = Vec::new();
        let count = many(500_000);
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
        for task in talking {
            soon::<E, _>(task).await?;
        }
    }
    Ok(())
}

/// Waits for a signal on the descriptor of a socket.
fn wait_signalled(fd: BorrowedFd<'_>) -> Result<()> {
    assert_eq!(zmq::poll(&mut [PollItem::fd(fd, Events::READABLE)], PATIENCE)?, 1);
    Ok(())
}

async fn a_reader_wakes_when_the_other_half_consumes_its_signal<E: Executor>() -> Result<()> {
    let context = context()?;
    for transport in ["inproc", "tcp"].repeat(10) {
        let (socket, peer) = pair(&context, transport, (Pair, Pair))?;
        let fd = socket.event_fd()?.try_clone_to_owned().expect("a descriptor");
        let (mut sender, mut receiver) = AsyncSocket::<_, E>::new(socket)?.into_split();
        let (waiting, mut has_waited) = tokio::sync::oneshot::channel();
        let reading = E::spawn(async move {
            let mut waiting = Some(waiting);
            let mut receive = Box::pin(receiver.recv());
            poll_fn(|cx| {
                let polled = receive.as_mut().poll(cx);
                if polled.is_pending() {
                    let _ = waiting.take().map(|waiting| waiting.send(()));
                }
                polled
            })
            .await
        });
        (&mut has_waited).await.expect("the reader waits first");
        peer.send("wake up")?;
        // In a current-thread runtime, the runtime does not poll in between: the descriptor is signalled, and the send
        // consumes the signal. In other runtimes, the send and the reader race for the signal.
        let flavor = tokio::runtime::Handle::try_current().map(|handle| handle.runtime_flavor());
        if flavor.is_ok_and(|flavor| flavor == tokio::runtime::RuntimeFlavor::CurrentThread) {
            wait_signalled(fd.as_fd())?;
        }
        sender.send("taken away").await?;
        assert_eq!(soon::<E, _>(reading).await?, "wake up");
        assert_eq!(peer.recv()?, "taken away");
    }
    Ok(())
}

/// Opens a dealer with a full send queue, and spawns a thread that sends it `count` messages after delays of varying
/// length.
fn stuck_and_sent_to(context: &Context, count: u32) -> Result<(Socket<Dealer>, JoinHandle<Socket<Dealer>>)> {
    let (stuck, peer) = (context.socket(Dealer)?, context.socket(Dealer)?);
    stuck.set_send_hwm(1)?.set_recv_hwm(0)?;
    peer.set_send_hwm(0)?.set_recv_hwm(1)?;
    stuck.connect(peer.bind(free("inproc"))?)?;
    while stuck.try_send("fills it").is_ok() {}
    let sending = thread::spawn(move || {
        for number in 0..count {
            let until = Instant::now() + Duration::from_nanos(u64::from(number) * 7919 % 60_000);
            while Instant::now() < until {
                std::hint::spin_loop();
            }
            peer.send(number.to_be_bytes()).expect("the queue has room");
        }
        peer
    });
    Ok((stuck, sending))
}

async fn a_reader_wakes_while_a_send_waits<E: Executor>() -> Result<()> {
    const COUNT: u32 = 20_000;
    let halves = context()?;
    let (stuck, peer) = stuck_and_sent_to(&halves, COUNT)?;
    let (mut sender, mut receiver) = AsyncSocket::<_, E>::new(stuck)?.into_split();
    let waiting = E::spawn(async move { sender.send("waits").await.unwrap_err().kind() });
    within::<E, Result<()>>(PATIENCE, async {
        for number in 0..COUNT {
            assert_eq!(receiver.recv().await?, number.to_be_bytes());
        }
        Ok(())
    })
    .await
    .expect("the half wakes")?;
    let _peer = peer.join().expect("the thread sends all messages");
    halves.shutdown();
    assert_eq!(soon::<E, _>(waiting).await, ErrorKind::ContextTerminated);

    let polls = context()?;
    let (stuck, peer) = stuck_and_sent_to(&polls, COUNT)?;
    let socket = Arc::new(Mutex::new(AsyncSocket::<_, E>::new(stuck)?));
    let shared = Arc::clone(&socket);
    let mut message = Some(Message::from("waits"));
    let sent = poll_fn(move |cx| shared.lock().expect("no thread panicked").poll_send(cx, &mut message));
    let waiting = E::spawn(async move { sent.await.unwrap_err().kind() });
    within::<E, Result<()>>(PATIENCE, async {
        for number in 0..COUNT {
            let received = poll_fn(|cx| socket.lock().expect("no thread panicked").poll_recv(cx)).await?;
            assert_eq!(received, number.to_be_bytes());
        }
        Ok(())
    })
    .await
    .expect("the poll wakes")?;
    let _peer = peer.join().expect("the thread sends all messages");
    polls.shutdown();
    assert_eq!(soon::<E, _>(waiting).await, ErrorKind::ContextTerminated);
    Ok(())
}

/// A router with one full peer is writable because of its other peer. A send that waits for the full peer must not turn
/// this into a busy loop.
async fn a_send_to_a_full_peer_does_not_wake_itself<E: Executor>() -> Result<()> {
    struct Woken(AtomicU32);
    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    let context = context()?;
    let (router, full, other) = (context.socket(Router)?, context.socket(Dealer)?, context.socket(Dealer)?);
    router.set_mandatory(true)?.set_send_hwm(1)?;
    let endpoint = router.bind(free("inproc"))?;
    for (dealer, id) in [(&full, "full"), (&other, "other")] {
        dealer.set_recv_hwm(1)?.set_routing_id(id)?.connect(&endpoint)?;
        dealer.send("hello")?;
        assert_eq!(router.recv_multipart()?, Multipart::from([id, "hello"]));
    }
    while router.try_send_multipart(["full", "x"]).is_ok() {}
    let mut router = AsyncSocket::<_, E>::new(router)?;
    let woken = Arc::new(Woken(AtomicU32::new(0)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut message = Some(Multipart::from(["full", "more"]));
    assert!(router.poll_recv(&mut TaskContext::from_waker(Waker::noop())).is_pending());
    for _ in 0..3 {
        assert!(router.poll_send_multipart(&mut TaskContext::from_waker(&waker), &mut message).is_pending());
    }
    assert_eq!(woken.0.load(Ordering::Relaxed), 0);
    Ok(())
}

async fn a_router_answers_from_tasks_of_their_own<E: Executor>() -> Result<()> {
    let context = context()?;
    let count = many(100_000);
    for transport in ["inproc", "tcp"] {
        let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
        // A router drops messages for which it has no room.
        router.set_send_hwm(0)?.set_recv_hwm(0)?;
        dealer.set_send_hwm(0)?.set_recv_hwm(0)?;
        dealer.connect(router.bind(free(transport))?)?;
        let (sender, mut receiver) = AsyncSocket::<_, E>::new(router)?.into_split();
        let sender = Arc::new(tokio::sync::Mutex::new(sender));
        let serving = E::spawn(async move {
            let mut tasks = Vec::new();
            for _ in 0..count {
                let request = receiver.recv_multipart().await?;
                let sender = Arc::clone(&sender);
                tasks.push(E::spawn(async move { ok(sender.lock().await.send_multipart(request).await?) }));
            }
            for task in tasks {
                task.await?;
            }
            ok((sender, receiver))
        });
        let mut dealer = AsyncSocket::<_, E>::new(dealer)?;
        for number in 0..count {
            dealer.send(number.to_be_bytes()).await?;
        }
        let mut answered = vec![false; count as usize];
        soon::<E, Result<()>>(async {
            for _ in 0..count {
                let reply = dealer.recv().await?;
                let number = u32::from_be_bytes(reply.as_bytes().try_into().expect("four bytes"));
                assert!(!std::mem::replace(&mut answered[number as usize], true), "{number} came twice");
            }
            serving.await.map(drop)
        })
        .await?;
    }
    Ok(())
}

async fn cancelled_receives_lose_no_message_and_break_none_apart<E: Executor>() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let (mut sink, mut source) = two::<E, _, _>(&context()?, transport, (Pull, Push))?;
        let count = many(100_000);
        let sending = E::spawn(async move {
            for number in 0..count {
                let frame = number.to_be_bytes();
                source.send_multipart([&frame[..], &frame, &frame]).await?;
                step_aside(number * 7919 % 10).await;
            }
            ok(source)
        });
        let mut cancelled = 0;
        soon::<E, Result<()>>(async {
            for number in 0..count {
                let frame = number.to_be_bytes();
                let received = loop {
                    let patience = Duration::from_micros(u64::from((number + cancelled) * 104_729 % 1000));
                    let received = match cancelled % 2 {
                        0 => sink.recv_multipart().now_or_never(),
                        _ => within::<E, _>(patience, sink.recv_multipart()).await,
                    };
                    match received {
                        Some(received) => break received?,
                        None => cancelled += 1,
                    }
                };
                assert_eq!(received, Multipart::from([frame, frame, frame]), "after {cancelled} cancelled receives");
            }
            sending.await.map(drop)
        })
        .await?;
        assert!(cancelled > 0, "nothing was cancelled");
    }
    Ok(())
}

async fn synchronous_calls_in_between_lose_no_wake_up<E: Executor>() -> Result<()> {
    let (socket, peer) = pair(&context()?, "inproc", (Pair, Pair))?;
    let mut socket = AsyncSocket::<_, E>::new(socket)?;
    for number in 0..200_u32 {
        assert!(within::<E, _>(Duration::ZERO, socket.recv()).await.is_none());
        peer.send(number.to_be_bytes())?;
        // Each of these calls consumes the signal.
        match number % 3 {
            0 => drop(socket.get_ref().events()?),
            1 => socket.get_ref().send("in between")?,
            _ => drop(socket.get_ref().linger()?),
        }
        assert_eq!(soon::<E, _>(socket.recv()).await?, number.to_be_bytes());
    }
    let socket = socket.into_inner();
    peer.send("back to waiting")?;
    assert_eq!(socket.recv()?, "back to waiting");
    Ok(())
}

async fn a_shutdown_wakes_every_waiter<E: Executor>() -> Result<()> {
    let context = context()?;
    let mut waiting = Vec::new();
    for _ in 0..10 {
        let mut sink = AsyncSocket::<_, E>::new(context.socket(Pull)?)?;
        waiting.push(E::spawn(async move { sink.recv().await.unwrap_err().kind() }));
        let mut source = AsyncSocket::<_, E>::new(context.socket(Push)?)?;
        waiting.push(E::spawn(async move { source.send("nobody").await.unwrap_err().kind() }));
        let (mut sender, mut receiver) = AsyncSocket::<_, E>::new(context.socket(Dealer)?)?.into_split();
        waiting.push(E::spawn(async move { receiver.recv().await.unwrap_err().kind() }));
        waiting.push(E::spawn(async move { sender.send("nobody").await.unwrap_err().kind() }));
    }
    let shutting = context.clone();
    thread::spawn(move || shutting.shutdown());
    for waiter in waiting {
        assert_eq!(soon::<E, _>(waiter).await, ErrorKind::ContextTerminated);
    }
    Ok(())
}

async fn a_busy_socket_yields_to_other_futures<E: Executor>() -> Result<()> {
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    sink.set_recv_hwm(0)?;
    source.set_send_hwm(0)?;
    source.connect(sink.bind("inproc://busy")?)?;
    for _ in 0..10_000 {
        source.send("more")?;
    }
    let mut sink = AsyncSocket::<_, E>::new(sink)?;
    let mut received = 0;
    // One task polls both in turn. Without a budget, the first future would receive all messages before the second is
    // polled again.
    let receiving = async {
        loop {
            sink.recv().await?;
            received += 1;
        }
    };
    let mut asked = 0;
    let other = poll_fn(|cx| {
        asked += 1;
        cx.waker().wake_by_ref();
        if asked < 3 { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    });
    let first: Result<()> = match select(Box::pin(receiving), Box::pin(other)).await {
        Either::Left((ended, _)) => ended,
        Either::Right(_) => Ok(()),
    };
    first?;
    assert!((1..10_000).contains(&received), "{received} messages were received before the other future was polled");
    Ok(())
}

async fn a_send_to_a_full_peer_ends_when_the_peer_leaves<E: Executor>() -> Result<()> {
    for halves in [false, true] {
        for _ in 0..20 {
            let context = context()?;
            let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
            router.set_mandatory(true)?.set_send_hwm(1)?;
            dealer.set_recv_hwm(1)?.set_routing_id("worker")?.connect(router.bind(free("inproc"))?)?;
            dealer.send("hello")?;
            assert_eq!(router.recv_multipart()?, Multipart::from(["worker", "hello"]));
            while router.try_send_multipart(["worker", "x"]).is_ok() {}
            let mut router = AsyncSocket::<_, E>::new(router)?;
            let sending = E::spawn(async move {
                if halves {
                    let (mut sender, receiver) = router.into_split();
                    let sent = sender.send_multipart(["worker", "more"]).await;
                    drop(receiver);
                    sent
                } else {
                    router.send_multipart(["worker", "more"]).await
                }
            });
            step_aside(1).await;
            drop(dealer);
            let refused = soon::<E, _>(sending).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::HostUnreachable);
            assert_eq!(refused.message, Multipart::from(["worker", "more"]));
        }
    }
    Ok(())
}
