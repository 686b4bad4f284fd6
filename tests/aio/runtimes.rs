//! A common interface to the runtimes on which asynchronous sockets are tested.
#![cfg_attr(
    not(feature = "futures"),
    allow(dead_code, unused_imports, unused_macros, reason = "most tests need the feature")
)]

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use zmq::abilities::Open;
use zmq::aio::async_io::AsyncIo;
use zmq::aio::tokio::Tokio;
use zmq::aio::{AsyncSocket, Runtime};
use zmq::{Context, Result};

use crate::common::{PATIENCE, pair};

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The functions of an executor that the tests use.
pub(crate) trait Executor: Runtime {
    /// Spawns a future and returns a future of its output.
    fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Boxed<T>;

    /// Returns a function that spawns futures on the runtime from threads outside of it.
    fn spawner() -> Box<dyn FnMut(Boxed<()>) + Send>;

    /// Returns a future that completes after `duration`.
    fn timer(duration: Duration) -> Boxed<()>;
}

impl Executor for Tokio {
    fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Boxed<T> {
        let task = tokio::spawn(future);
        Box::pin(async { task.await.expect("the task does not panic") })
    }

    fn spawner() -> Box<dyn FnMut(Boxed<()>) + Send> {
        let runtime = tokio::runtime::Handle::current();
        Box::new(move |future| drop(runtime.spawn(future)))
    }

    fn timer(duration: Duration) -> Boxed<()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

impl Executor for AsyncIo {
    fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Boxed<T> {
        Box::pin(smol::spawn(future))
    }

    fn spawner() -> Box<dyn FnMut(Boxed<()>) + Send> {
        Box::new(|future| smol::spawn(future).detach())
    }

    fn timer(duration: Duration) -> Boxed<()> {
        Box::pin(async move {
            smol::Timer::after(duration).await;
        })
    }
}

/// Waits for a future for at most `duration`.
pub(crate) async fn within<E: Executor, T>(duration: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(Box::pin(future), E::timer(duration)).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

/// Waits for a future that must complete.
pub(crate) async fn soon<E: Executor, T>(future: impl Future<Output = T>) -> T {
    within::<E, T>(10 * PATIENCE, future).await.expect("the future completes in time")
}

/// Polls a future once, expects it to be pending, and drops it.
pub(crate) fn cancel<T: std::fmt::Debug>(future: impl Future<Output = T>) {
    let done = future.now_or_never();
    assert!(done.is_none(), "the future is not pending: {done:?}");
}

/// Yields to other tasks `times` times.
pub(crate) async fn step_aside(times: u32) {
    let mut left = times;
    poll_fn(|cx| match left.checked_sub(1) {
        Some(less) => {
            left = less;
            cx.waker().wake_by_ref();
            Poll::Pending
        }
        None => Poll::Ready(()),
    })
    .await;
}

/// Returns `Ok(value)` with the error type of this crate.
pub(crate) fn ok<T>(value: T) -> Result<T> {
    Ok(value)
}

pub(crate) fn on_a_thread<F: Future<Output = Result<()>>>(future: F) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

pub(crate) fn on_threads<F: Future<Output = Result<()>>>(future: F) -> Result<()> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().expect("a runtime").block_on(future)
}

pub(crate) fn on_smol<F: Future<Output = Result<()>>>(future: F) -> Result<()> {
    smol::block_on(future)
}

/// Runs each test on every runtime.
macro_rules! on_every_runtime {
    ($($(#[$attribute:meta])* $name:ident;)*) => {
        mod tokio_on_a_thread {
            $($(#[$attribute])* #[test] fn $name() -> zmq::Result<()> {
                crate::runtimes::on_a_thread(super::$name::<zmq::aio::tokio::Tokio>())
            })*
        }
        mod tokio_on_threads {
            $($(#[$attribute])* #[test] fn $name() -> zmq::Result<()> {
                crate::runtimes::on_threads(super::$name::<zmq::aio::tokio::Tokio>())
            })*
        }
        mod on_async_io {
            $($(#[$attribute])* #[test] fn $name() -> zmq::Result<()> {
                crate::runtimes::on_smol(super::$name::<zmq::aio::async_io::AsyncIo>())
            })*
        }
    };
}

/// Awaits the result of a call, cancelling the call repeatedly while it is pending.
///
/// Each attempt evaluates `$call` again.
macro_rules! after_lost_races {
    ($call:expr) => {{
        let mut steps = 0;
        loop {
            steps = (steps + 1) % 4;
            let call = std::pin::pin!($call);
            let other = std::pin::pin!(crate::runtimes::step_aside(steps));
            match futures_util::future::select(call, other).await {
                futures_util::future::Either::Left((done, _)) => break done?,
                futures_util::future::Either::Right(_) => {}
            }
        }
    }};
}

pub(crate) use after_lost_races;
pub(crate) use on_every_runtime;

/// Two asynchronous sockets, possibly of different kinds.
pub(crate) type Both<A, B, E> = (AsyncSocket<<A as Open>::Kind, E>, AsyncSocket<<B as Open>::Kind, E>);

/// Opens two sockets and connects the second one to the first.
pub(crate) fn two<E: Executor, A: Open, B: Open>(
    context: &Context,
    transport: &str,
    kinds: (A, B),
) -> Result<Both<A, B, E>> {
    let (bound, connected) = pair(context, transport, kinds)?;
    Ok((AsyncSocket::new(bound)?, AsyncSocket::new(connected)?))
}
