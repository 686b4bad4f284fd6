//! The number of messages per second from a PUSH socket on one thread to a PULL socket on another.
#![allow(missing_docs, reason = "a macro of criterion generates a public function")]

mod common;

use std::hint::black_box;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use common::{Receiving, Sending, TRANSPORTS, bare_pair, criterion, pair};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use zmq::{Pull, Push, sys};

const SIZES: [usize; 5] = [8, 64, 1024, 8192, 65536];

fn throughput(criterion: &mut Criterion) {
    for (transport, endpoint) in TRANSPORTS {
        let mut group = criterion.benchmark_group(format!("throughput over {transport}"));
        group.throughput(Throughput::Elements(1));
        for size in SIZES {
            let mut zmq = Stream::new(pair(endpoint, Pull, Push), size);
            group.bench_function(BenchmarkId::new("zmq", size), |bencher| {
                bencher.iter_custom(|count| zmq.receive(count));
            });
            let mut bare = Stream::new(bare_pair(endpoint, sys::ZMQ_PULL, sys::ZMQ_PUSH), size);
            group.bench_function(BenchmarkId::new("bare", size), |bencher| {
                bencher.iter_custom(|count| bare.receive(count));
            });
        }
        group.finish();
    }
}

/// Measures messages of 1 KiB over `tcp` by the size of the batches that both ends read and write.
#[cfg(feature = "draft")]
fn throughput_by_batch_size(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("throughput over tcp by batch size");
    group.throughput(Throughput::Elements(1));
    for size in [8192, 65_536] {
        let context = common::context();
        let (sink, source) = (context.socket(Pull).expect("a socket"), context.socket(Push).expect("a socket"));
        for socket in [sink.as_any(), source.as_any()] {
            socket.set_in_batch_size(size).and_then(|socket| socket.set_out_batch_size(size)).expect("a valid size");
        }
        source.connect(sink.bind("tcp://127.0.0.1:*").expect("a port is available")).expect("it is bound");
        let mut stream = Stream::new((sink, source), 1024);
        group.bench_function(BenchmarkId::new("zmq", size), |bencher| {
            bencher.iter_custom(|count| stream.receive(count));
        });
    }
    group.finish();
}

#[cfg(not(feature = "draft"))]
fn throughput_by_batch_size(_: &mut Criterion) {}

/// A thread that sends the requested number of messages, and the socket that receives them.
struct Stream<S: Receiving> {
    sink: S,
    message: S::Message,
    orders: mpsc::Sender<u64>,
}

impl<S: Receiving> Stream<S> {
    fn new((sink, source): (S, impl Sending), size: usize) -> Self {
        let (orders, to_send) = mpsc::channel();
        thread::spawn(move || {
            let bytes = vec![7; size];
            for count in to_send {
                for _ in 0..count {
                    source.give(black_box(&bytes));
                }
            }
        });
        let mut stream = Self { sink, message: S::Message::default(), orders };
        // The connection exists once a message has arrived.
        stream.receive(1);
        stream
    }

    /// Returns the time that `count` messages take.
    fn receive(&mut self, count: u64) -> Duration {
        let start = Instant::now();
        self.orders.send(count).expect("the thread runs");
        for _ in 0..count {
            self.sink.take(&mut self.message);
        }
        start.elapsed()
    }
}

criterion_group! {
    name = benches;
    config = criterion();
    targets = throughput, throughput_by_batch_size
}
criterion_main!(benches);
