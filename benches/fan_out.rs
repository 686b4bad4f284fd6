//! The cost of sending a message to many subscribers and of receiving it in each, on one thread.
//!
//! The publisher is an XPUB socket, which reports subscriptions, so that the benchmark knows when all of them have
//! arrived. It has no high-water mark, because a publisher learns late how much was received and would drop messages
//! needlessly.
#![allow(missing_docs, reason = "a macro of criterion generates a public function")]

mod common;

use std::hint::black_box;

use common::{BareContext, BareSocket, Receiving, Sending, TRANSPORTS, context, criterion};
use criterion::{Bencher, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use zmq::{Socket, Sub, XPub, sys};

const SUBSCRIBERS: [usize; 4] = [1, 2, 5, 10];
/// The number of messages sent at once. Over tcp, a batch takes little longer than a single message.
const BATCH: usize = 100;
const SIZE: usize = 64;

fn fan_out(criterion: &mut Criterion) {
    for (transport, endpoint) in TRANSPORTS {
        let mut group = criterion.benchmark_group(format!("fan out over {transport}"));
        for count in SUBSCRIBERS {
            group.throughput(Throughput::Elements((BATCH * count) as u64));
            let sockets = subscribed(endpoint, count);
            group.bench_function(BenchmarkId::new("zmq", count), |bencher| publish(bencher, &sockets));
            let sockets = bare_subscribed(endpoint, count);
            group.bench_function(BenchmarkId::new("bare", count), |bencher| publish(bencher, &sockets));
        }
        group.finish();
    }
}

fn publish<P: Sending, S: Receiving>(bencher: &mut Bencher, (publisher, subscribers): &(P, Vec<S>)) {
    let bytes = [7; SIZE];
    let mut message = S::Message::default();
    bencher.iter(|| {
        for _ in 0..BATCH {
            publisher.give(black_box(&bytes));
        }
        for subscriber in subscribers {
            for _ in 0..BATCH {
                subscriber.take(&mut message);
            }
        }
    });
}

fn subscribed(endpoint: &str, count: usize) -> (Socket<XPub>, Vec<Socket<Sub>>) {
    let context = context();
    let publisher = context.socket(XPub).expect("a socket");
    publisher.set_verbose(true).expect("a flag").set_send_hwm(0).expect("no limit");
    let endpoint = publisher.bind(endpoint).expect("a port is available");
    let subscriber = |_| {
        let subscriber = context.socket(Sub).expect("a socket");
        subscriber.subscribe("").expect("it is short");
        subscriber.connect(&endpoint).expect("it is bound");
        subscriber
    };
    let subscribers = (0..count).map(subscriber).collect();
    expect_subscriptions(&publisher, count);
    (publisher, subscribers)
}

fn bare_subscribed(endpoint: &str, count: usize) -> (BareSocket, Vec<BareSocket>) {
    let context = BareContext::new();
    let publisher = context.socket(sys::ZMQ_XPUB);
    publisher.set(sys::ZMQ_XPUB_VERBOSE, &1_i32.to_ne_bytes());
    publisher.set(sys::ZMQ_SNDHWM, &0_i32.to_ne_bytes());
    let endpoint = publisher.bind(endpoint);
    let subscriber = |_| {
        let subscriber = context.socket(sys::ZMQ_SUB);
        subscriber.set(sys::ZMQ_SUBSCRIBE, b"");
        subscriber.connect(&endpoint);
        subscriber
    };
    let subscribers = (0..count).map(subscriber).collect();
    expect_subscriptions(&publisher, count);
    (publisher, subscribers)
}

fn expect_subscriptions(publisher: &impl Receiving, count: usize) {
    for _ in 0..count {
        assert_eq!(publisher.take(&mut Default::default()), 1, "a subscription to all messages has one byte");
    }
}

criterion_group! {
    name = benches;
    config = criterion();
    targets = fan_out
}
criterion_main!(benches);
