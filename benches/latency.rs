//! The round-trip time between REQ and REP sockets on two threads, which is twice the latency that libzmq's tools
//! report.
#![allow(missing_docs, reason = "a macro of criterion generates a public function")]

mod common;

use std::hint::black_box;
use std::thread;

use common::{Receiving, Sending, TRANSPORTS, bare_pair, criterion, pair};
use criterion::{Bencher, BenchmarkId, Criterion, criterion_group, criterion_main};
use zmq::{Rep, Req, sys};

const SIZES: [usize; 3] = [8, 1024, 65536];

fn latency(criterion: &mut Criterion) {
    for (transport, endpoint) in TRANSPORTS {
        let mut group = criterion.benchmark_group(format!("round trip over {transport}"));
        for size in SIZES {
            group.bench_function(BenchmarkId::new("zmq", size), |bencher| {
                round_trips(bencher, pair(endpoint, Rep, Req), size);
            });
            group.bench_function(BenchmarkId::new("bare", size), |bencher| {
                round_trips(bencher, bare_pair(endpoint, sys::ZMQ_REP, sys::ZMQ_REQ), size);
            });
        }
        group.finish();
    }
}

fn round_trips<S, C>(bencher: &mut Bencher, (server, client): (S, C), size: usize)
where
    S: Sending + Receiving,
    C: Sending + Receiving,
{
    let reply = vec![7; size];
    let request = reply.clone();
    // An empty request ends the server.
    let serving = thread::spawn(move || {
        let mut message = S::Message::default();
        while server.take(&mut message) > 0 {
            server.give(black_box(&reply));
        }
    });
    let mut message = C::Message::default();
    bencher.iter(|| {
        client.give(black_box(&request));
        client.take(&mut message)
    });
    client.give(&[]);
    serving.join().expect("the server does not panic");
}

criterion_group! {
    name = benches;
    config = criterion();
    targets = latency
}
criterion_main!(benches);
