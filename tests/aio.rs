//! Asynchronous sockets: no lost wake-up, no lost message, on every runtime.
#![cfg(all(unix, feature = "tokio", feature = "async-io", feature = "futures"))]
#![allow(clippy::type_complexity, reason = "an alias would hide which kinds a pair has")]

mod common;

use std::future::Future;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::thread;
use std::time::Duration;

use futures_util::future::{Either, join, select};
use futures_util::{SinkExt, StreamExt};
use zmq::aio::{AsyncSocket, Runtime};
use zmq::async_io::AsyncIo;
use zmq::tokio::Tokio;
use zmq::{
    Context, Dealer, ErrorKind, Events, Message, Multipart, Pair, PollItem, Pull, Push, Rep, Req, Result, Router,
};

use common::{PATIENCE, context, pair};

/// As many as make a lost wake-up likely, and fewer where the crate is built without optimisation.
const MANY: u32 = if cfg!(debug_assertions) { 20_000 } else { 500_000 };

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What the tests want of an executor.
trait Executor: Runtime {
    /// Runs a future beside this one, and returns what it returns.
    fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Boxed<T>;
    fn sleep(duration: Duration) -> Boxed<()>;
}

impl Executor for Tokio {
    fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Boxed<T> {
        let task = tokio::spawn(future);
        Box::pin(async { task.await.expect("the task does not panic") })
    }
    fn sleep(duration: Duration) -> Boxed<()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

impl Executor for AsyncIo {
    fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Boxed<T> {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        thread::spawn(|| drop(sender.send(async_io::block_on(future))));
        Box::pin(async { receiver.await.expect("the thread does not panic") })
    }
    fn sleep(duration: Duration) -> Boxed<()> {
        Box::pin(async move {
            async_io::Timer::after(duration).await;
        })
    }
}

/// Waits for a future, for `duration` at the most.
async fn within<E: Executor, T>(duration: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(Box::pin(future), E::sleep(duration)).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

/// Waits for what has to come.
async fn soon<E: Executor, T>(future: impl Future<Output = T>) -> T {
    within::<E, T>(2 * PATIENCE, future).await.expect("it does not hang")
}

/// Says of which type a result of this crate is.
fn ok<T>(value: T) -> Result<T> {
    Ok(value)
}

fn on_a_thread<F: Future<Output = Result<()>>>(future: F) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

fn on_threads<F: Future<Output = Result<()>>>(future: F) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// Runs each test on every runtime.
macro_rules! on_every_runtime {
    ($($name:ident;)*) => {
        mod tokio_on_a_thread {
            $(#[test] fn $name() -> zmq::Result<()> { super::on_a_thread(super::$name::<zmq::tokio::Tokio>()) })*
        }
        mod tokio_on_threads {
            $(#[test] fn $name() -> zmq::Result<()> { super::on_threads(super::$name::<zmq::tokio::Tokio>()) })*
        }
        mod on_async_io {
            $(#[test] fn $name() -> zmq::Result<()> { async_io::block_on(super::$name::<zmq::async_io::AsyncIo>()) })*
        }
    };
}

on_every_runtime! {
    a_request_is_answered;
    a_push_with_a_limit_of_one_reaches_a_slow_pull;
    halves_talk_in_both_directions_at_once;
    a_reader_wakes_when_the_other_half_hears_its_signal;
    a_router_answers_from_tasks_of_their_own;
    a_cancelled_receive_loses_and_tears_nothing;
    a_shutdown_wakes_every_waiter;
    a_send_without_a_peer_waits_and_queues_nothing;
    a_request_that_was_given_up_is_followed_by_another;
    synchronous_calls_in_between_lose_no_wake_up;
    streams_and_sinks_carry_whole_messages;
    many_messages_come_at_once;
    a_busy_socket_lets_others_have_their_turn;
    hundreds_of_sockets_share_a_runtime;
    a_refused_message_comes_back;
    a_wait_for_readiness_takes_nothing;
}

fn two<E: Executor, A: zmq::Open, B: zmq::Open>(
    context: &Context,
    transport: &str,
    kinds: (A, B),
) -> Result<(AsyncSocket<A::Kind, E>, AsyncSocket<B::Kind, E>)> {
    let (bound, connected) = pair(context, transport, kinds)?;
    Ok((AsyncSocket::new(bound)?, AsyncSocket::new(connected)?))
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

async fn a_push_with_a_limit_of_one_reaches_a_slow_pull<E: Executor>() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let context = context()?;
        let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
        sink.set_recv_hwm(1)?;
        source.set_send_hwm(1)?;
        source.connect(sink.bind(common::free(transport))?)?;
        let (mut sink, mut source) = (AsyncSocket::<_, E>::new(sink)?, AsyncSocket::<_, E>::new(source)?);
        let count = MANY / 4;
        let sending = E::spawn(async move {
            for number in 0..count {
                source.send(number.to_be_bytes()).await?;
            }
            // Until everything is received: the context does not linger.
            ok(source)
        });
        for number in 0..count {
            assert_eq!(soon::<E, _>(sink.recv()).await?, number.to_be_bytes());
            if number % 64 == 0 {
                E::sleep(Duration::from_micros(100)).await;
            }
        }
        soon::<E, _>(sending).await?;
    }
    Ok(())
}

async fn halves_talk_in_both_directions_at_once<E: Executor>() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let (one, other) = two::<E, _, _>(&context()?, transport, (Dealer, Dealer))?;
        let mut talking = Vec::new();
        for (mut sender, mut receiver) in [one.into_split(), other.into_split()] {
            talking.push(E::spawn(async move {
                for number in 0..MANY {
                    sender.send(number.to_be_bytes()).await?;
                }
                ok(())
            }));
            talking.push(E::spawn(async move {
                for number in 0..MANY {
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

/// Waits until something was signalled on the descriptor of a socket.
fn wait_signalled(fd: BorrowedFd<'_>) -> Result<()> {
    assert_eq!(zmq::poll(&mut [PollItem::fd(fd, Events::READABLE)], PATIENCE)?, 1);
    Ok(())
}

async fn a_reader_wakes_when_the_other_half_hears_its_signal<E: Executor>() -> Result<()> {
    let context = context()?;
    for _ in 0..20 {
        let (socket, peer) = pair(&context, "inproc", (Pair, Pair))?;
        let fd = socket.event_fd()?.try_clone_to_owned().expect("a descriptor");
        let (mut sender, mut receiver) = AsyncSocket::<_, E>::new(socket)?.into_split();
        let (waiting, mut has_waited) = tokio::sync::oneshot::channel();
        let reading = E::spawn(async move {
            let mut waiting = Some(waiting);
            let mut receive = Box::pin(receiver.recv());
            std::future::poll_fn(|cx| {
                let polled = receive.as_mut().poll(cx);
                if polled.is_pending() {
                    let _ = waiting.take().map(|waiting| waiting.send(()));
                }
                polled
            })
            .await
        });
        (&mut has_waited).await.expect("it waits first");
        peer.send("wake up")?;
        // On one thread the runtime is not asked in between: the signal is there, and the send takes it away. Elsewhere
        // the send and the reader race for it.
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

async fn a_router_answers_from_tasks_of_their_own<E: Executor>() -> Result<()> {
    let (router, mut dealer) = two::<E, _, _>(&context()?, "tcp", (Router, Dealer))?;
    let (sender, mut receiver) = router.into_split();
    let sender = std::sync::Arc::new(tokio::sync::Mutex::new(sender));
    const COUNT: u32 = 500;
    let serving = E::spawn(async move {
        let mut tasks = Vec::new();
        for _ in 0..COUNT {
            let request = receiver.recv_multipart().await?;
            let sender = std::sync::Arc::clone(&sender);
            tasks.push(E::spawn(async move { ok(sender.lock().await.send_multipart(request).await?) }));
        }
        for task in tasks {
            task.await?;
        }
        ok(receiver)
    });
    for number in 0..COUNT {
        dealer.send(number.to_be_bytes()).await?;
    }
    let mut answered = vec![false; COUNT as usize];
    for _ in 0..COUNT {
        let reply = soon::<E, _>(dealer.recv()).await?;
        let number = u32::from_be_bytes(reply.as_bytes().try_into().expect("four bytes"));
        assert!(!std::mem::replace(&mut answered[number as usize], true), "{number} came twice");
    }
    soon::<E, _>(serving).await?;
    Ok(())
}

async fn a_cancelled_receive_loses_and_tears_nothing<E: Executor>() -> Result<()> {
    let (mut sink, mut source) = two::<E, _, _>(&context()?, "tcp", (Pull, Push))?;
    let count = MANY / 10;
    let sending = E::spawn(async move {
        for number in 0..count {
            let frame = number.to_be_bytes();
            source.send_multipart([&frame[..], &frame, &frame]).await?;
            if number % 50 == 0 {
                E::sleep(Duration::from_micros(u64::from(number * 7919 % 300))).await;
            }
        }
        ok(source)
    });
    let mut cancelled = 0;
    for number in 0..count {
        let frame = number.to_be_bytes();
        let received = loop {
            let patience = Duration::from_micros(u64::from((number + cancelled) * 104_729 % 1000));
            match within::<E, _>(patience, sink.recv_multipart()).await {
                Some(received) => break received?,
                None => cancelled += 1,
            }
        };
        assert_eq!(received, Multipart::from([frame, frame, frame]), "after {cancelled} cancelled receives");
    }
    assert!(cancelled > 0, "nothing was cancelled");
    soon::<E, _>(sending).await?;
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

async fn a_send_without_a_peer_waits_and_queues_nothing<E: Executor>() -> Result<()> {
    let context = context()?;
    let mut source = AsyncSocket::<_, E>::new(context.socket(Push)?)?;
    for _ in 0..10 {
        assert!(within::<E, _>(Duration::from_millis(1), source.send("nobody")).await.is_none());
    }
    // What was given up was not sent.
    let sink = context.socket(Pull)?;
    source.get_ref().connect(sink.bind("inproc://late")?)?;
    soon::<E, _>(source.send("first")).await?;
    assert_eq!(sink.recv()?, "first");
    assert_eq!(sink.try_recv()?, None);
    Ok(())
}

async fn a_request_that_was_given_up_is_followed_by_another<E: Executor>() -> Result<()> {
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

async fn synchronous_calls_in_between_lose_no_wake_up<E: Executor>() -> Result<()> {
    let (socket, peer) = pair(&context()?, "inproc", (Pair, Pair))?;
    let mut socket = AsyncSocket::<_, E>::new(socket)?;
    for number in 0..200_u32 {
        assert!(within::<E, _>(Duration::ZERO, socket.recv()).await.is_none());
        peer.send(number.to_be_bytes())?;
        // Each of these takes the signal away.
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
        let message = soon::<E, _>(sink.next()).await.expect("the stream goes on")?;
        assert_eq!(message, Multipart::from([number.to_be_bytes(), [0; 4]]));
    }
    soon::<E, _>(sending).await?;
    context.shutdown();
    assert!(soon::<E, _>(sink.next()).await.is_none());
    Ok(())
}

async fn many_messages_come_at_once<E: Executor>() -> Result<()> {
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

async fn a_busy_socket_lets_others_have_their_turn<E: Executor>() -> Result<()> {
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
    // Both are polled in turn, in one task: without a budget the first would take everything before the second is asked
    // again.
    let receiving = async {
        loop {
            sink.recv().await?;
            received += 1;
        }
    };
    let mut asked = 0;
    let other = std::future::poll_fn(|cx| {
        asked += 1;
        cx.waker().wake_by_ref();
        if asked < 3 { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    });
    let first: Result<()> = match select(Box::pin(receiving), Box::pin(other)).await {
        Either::Left((ended, _)) => ended,
        Either::Right(_) => Ok(()),
    };
    first?;
    assert!((1..10_000).contains(&received), "{received} were received before anything else had its turn");
    Ok(())
}

async fn hundreds_of_sockets_share_a_runtime<E: Executor>() -> Result<()> {
    // Two sockets each, and the process may have few descriptors.
    const COUNT: usize = 200;
    let context = context()?;
    let mut pairs = (0..COUNT).map(|_| two::<E, _, _>(&context, "inproc", (Pull, Push))).collect::<Result<Vec<_>>>()?;
    let receiving = |pairs: &mut Vec<(AsyncSocket<Pull, E>, AsyncSocket<Push, E>)>| {
        pairs
            .drain(..)
            .map(|(mut sink, source)| (E::spawn(async move { sink.recv().await }), source))
            .collect::<Vec<_>>()
    };
    for (number, (received, mut source)) in receiving(&mut pairs).into_iter().enumerate() {
        source.send(format!("{number}")).await?;
        assert_eq!(soon::<E, _>(received).await?, format!("{number}"));
    }
    Ok(())
}

async fn a_refused_message_comes_back<E: Executor>() -> Result<()> {
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

#[test]
fn without_a_runtime_it_is_an_error() -> Result<()> {
    let context = context()?;
    let error = zmq::tokio::AsyncSocket::new(context.socket(Pull)?).unwrap_err();
    assert!(error.to_string().starts_with("cannot register with the runtime: the runtime cannot wait"), "{error}");
    assert!(context.open_sockets().is_empty());
    Ok(())
}

#[test]
fn with_a_runtime_without_io_it_is_an_error() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let context = context()?;
    let error = runtime.block_on(async { zmq::tokio::AsyncSocket::new(context.socket(Pull)?) }).unwrap_err();
    assert!(error.to_string().contains("enable_io"), "{error}");
    Ok(())
}

#[test]
fn a_runtime_that_is_gone_ends_a_wait_with_an_error() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    let mut sink = runtime.block_on(async { zmq::tokio::AsyncSocket::new(sink) })?;
    drop(runtime);
    let another = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let error = another.block_on(sink.recv()).unwrap_err();
    assert!(error.to_string().contains("the runtime cannot wait for the socket"), "{error}");
    // The socket itself is as it was.
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
        let mut sink = zmq::tokio::AsyncSocket::new(context.socket(Pull)?)?;
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
    let _: (fn(AsyncSocket<Dealer, Tokio>), fn(AsyncSocket<Dealer, AsyncIo>)) = (check, check);
}
