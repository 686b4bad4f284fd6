//! The cost of asynchronous sockets on tokio and async-io, between two tasks on one thread.
//!
//! `bare` does the same with libzmq's blocking functions, also on one thread. It is the lower bound for any
//! asynchronous socket.
#![allow(missing_docs, reason = "a macro of criterion generates a public function")]

mod common;

use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::time::{Duration, Instant};

use common::{BareMessage, Receiving, Sending, TRANSPORTS, bare_pair, criterion, pair};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use zmq::abilities::Open;
use zmq::aio::async_io::AsyncIo;
use zmq::aio::tokio::Tokio;
use zmq::aio::{AsyncSocket, Runtime};
use zmq::{Pair, Pull, Push, Rep, Req, sys};

const SIZES: [usize; 2] = [8, 1024];
/// The maximum number of messages that `recv_many` receives at once, and that `bare` sends before it receives them.
const BATCH: u64 = 100;

type Task<T> = Pin<Box<dyn Future<Output = T>>>;

/// A runtime that runs tasks on this thread.
trait Executor {
    type Runtime: Runtime;

    fn block_on<T>(&self, future: impl Future<Output = T>) -> T;

    fn spawn<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> Task<T>;
}

impl Executor for tokio::runtime::Runtime {
    type Runtime = Tokio;

    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.block_on(future)
    }

    fn spawn<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> Task<T> {
        let task = self.spawn(future);
        Box::pin(async { task.await.expect("the task does not panic") })
    }
}

impl Executor for smol::LocalExecutor<'static> {
    type Runtime = AsyncIo;

    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        smol::block_on(self.run(future))
    }

    fn spawn<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> Task<T> {
        Box::pin(self.spawn(future))
    }
}

fn asynchronous(criterion: &mut Criterion) {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("file descriptors");
    let async_io = smol::LocalExecutor::new();
    for (transport, endpoint) in TRANSPORTS {
        let mut group = criterion.benchmark_group(format!("asynchronous throughput over {transport}"));
        group.throughput(Throughput::Elements(1));
        for size in SIZES {
            let mut measure = |way: &str, stream: &dyn Fn(u64) -> Duration| {
                group.bench_function(BenchmarkId::new(way, size), |bencher| bencher.iter_custom(stream));
            };
            measure("tokio", &|count| stream(&tokio, endpoint, size, count));
            measure("tokio, halves", &|count| halves(&tokio, endpoint, size, count));
            measure("tokio, recv_many", &|count| many(&tokio, endpoint, size, count));
            measure("async-io", &|count| stream(&async_io, endpoint, size, count));
            measure("async-io, halves", &|count| halves(&async_io, endpoint, size, count));
            measure("async-io, recv_many", &|count| many(&async_io, endpoint, size, count));
            measure("bare", &|count| bare_stream(endpoint, size, count));
        }
        group.finish();

        let mut group = criterion.benchmark_group(format!("asynchronous round trip over {transport}"));
        for size in SIZES {
            let mut measure = |way: &str, round_trips: &dyn Fn(u64) -> Duration| {
                group.bench_function(BenchmarkId::new(way, size), |bencher| bencher.iter_custom(round_trips));
            };
            measure("tokio", &|count| round_trips(&tokio, endpoint, size, count));
            measure("async-io", &|count| round_trips(&async_io, endpoint, size, count));
            measure("bare", &|count| bare_round_trips(endpoint, size, count));
        }
        group.finish();
    }
}

type Ends<A, B, E> = (
    AsyncSocket<<A as Open>::Kind, <E as Executor>::Runtime>,
    AsyncSocket<<B as Open>::Kind, <E as Executor>::Runtime>,
);

fn ends<A: Open, B: Open, E: Executor>(_executor: &E, endpoint: &str, binds: A, connects: B) -> Ends<A, B, E> {
    let (bound, connected) = pair(endpoint, binds, connects);
    (AsyncSocket::new(bound).expect("a runtime exists"), AsyncSocket::new(connected).expect("a runtime exists"))
}

/// Returns the time to receive all messages while a task sends them. The task returns its socket, so that it stays
/// open.
async fn timed<T: Send + 'static>(
    executor: &impl Executor,
    sending: impl Future<Output = T> + Send + 'static,
    receiving: impl Future,
) -> Duration {
    let start = Instant::now();
    let sending = executor.spawn(sending);
    receiving.await;
    let took = start.elapsed();
    sending.await;
    took
}

/// Measures messages from one task to another, for any types of sockets.
macro_rules! one_way {
    ($executor:ident, $source:ident, $sink:ident, $size:ident, $count:ident) => {{
        $source.send("connected?").await.expect("the context lives");
        $sink.recv().await.expect("the context lives");
        let bytes = vec![7; $size];
        let sending = async move {
            for _ in 0..$count {
                $source.send(black_box(&bytes)).await.expect("the context lives");
            }
            $source
        };
        let receiving = async {
            for _ in 0..$count {
                black_box($sink.recv().await.expect("the context lives").as_bytes());
            }
        };
        timed($executor, sending, receiving).await
    }};
}

fn stream<E: Executor>(executor: &E, endpoint: &str, size: usize, count: u64) -> Duration {
    executor.block_on(async {
        let (mut sink, mut source) = ends(executor, endpoint, Pull, Push);
        one_way!(executor, source, sink, size, count)
    })
}

fn halves<E: Executor>(executor: &E, endpoint: &str, size: usize, count: u64) -> Duration {
    executor.block_on(async {
        let (sink, source) = ends(executor, endpoint, Pair, Pair);
        let ((mut source, _receiver), (_sender, mut sink)) = (source.into_split(), sink.into_split());
        one_way!(executor, source, sink, size, count)
    })
}

fn many<E: Executor>(executor: &E, endpoint: &str, size: usize, count: u64) -> Duration {
    executor.block_on(async {
        let (mut sink, mut source) = ends(executor, endpoint, Pull, Push);
        source.send("connected?").await.expect("the context lives");
        sink.recv().await.expect("the context lives");
        let bytes = vec![7; size];
        let sending = async move {
            for _ in 0..count {
                source.send(black_box(&bytes)).await.expect("the context lives");
            }
            source
        };
        let receiving = async {
            let mut messages = Vec::with_capacity(BATCH as usize);
            let mut received = 0;
            while received < count {
                messages.clear();
                received += sink.recv_many(&mut messages, BATCH as usize).await.expect("the context lives") as u64;
                messages.iter().for_each(|message| _ = black_box(message.as_bytes()));
            }
        };
        timed(executor, sending, receiving).await
    })
}

fn bare_stream(endpoint: &str, size: usize, count: u64) -> Duration {
    let (sink, source) = bare_pair(endpoint, sys::ZMQ_PULL, sys::ZMQ_PUSH);
    let (bytes, mut message) = (vec![7; size], BareMessage::new());
    source.give(&bytes);
    sink.take(&mut message);
    let start = Instant::now();
    let mut left = count;
    while left > 0 {
        let batch = left.min(BATCH);
        (0..batch).for_each(|_| source.give(black_box(&bytes)));
        (0..batch).for_each(|_| _ = sink.take(&mut message));
        left -= batch;
    }
    start.elapsed()
}

fn round_trips<E: Executor>(executor: &E, endpoint: &str, size: usize, count: u64) -> Duration {
    executor.block_on(async {
        let (mut server, mut client) = ends(executor, endpoint, Rep, Req);
        client.send("connected?").await.expect("the context lives");
        server.recv().await.expect("the context lives");
        server.send("connected").await.expect("the context lives");
        client.recv().await.expect("the context lives");
        let bytes = vec![7; size];
        let reply = bytes.clone();
        let serving = async move {
            for _ in 0..count {
                black_box(server.recv().await.expect("the context lives").as_bytes());
                server.send(black_box(&reply)).await.expect("the context lives");
            }
            server
        };
        let asking = async {
            for _ in 0..count {
                client.send(black_box(&bytes)).await.expect("the context lives");
                black_box(client.recv().await.expect("the context lives").as_bytes());
            }
        };
        timed(executor, serving, asking).await
    })
}

fn bare_round_trips(endpoint: &str, size: usize, count: u64) -> Duration {
    let (server, client) = bare_pair(endpoint, sys::ZMQ_REP, sys::ZMQ_REQ);
    let (bytes, mut message) = (vec![7; size], BareMessage::new());
    let mut round_trip = || {
        client.give(black_box(&bytes));
        server.take(&mut message);
        server.give(black_box(&bytes));
        client.take(&mut message)
    };
    // The connection exists once the first message has returned.
    round_trip();
    let start = Instant::now();
    (0..count).for_each(|_| _ = round_trip());
    start.elapsed()
}

criterion_group! {
    name = benches;
    config = criterion();
    targets = asynchronous
}
criterion_main!(benches);
