//! The cost of a message from PAIR to PAIR over inproc on one thread, for each way to receive it.
#![allow(missing_docs, reason = "a macro of criterion generates a public function")]

mod common;

use std::hint::black_box;

use common::{BareMessage, BareSocket, Receiving, Sending, bare_pair, criterion, pair};
use criterion::{Bencher, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use zmq::{Message, Multipart, Pair, Socket, sys};

const SIZES: [usize; 3] = [8, 64, 1024];
/// The number of queued messages when many are received at once.
const MANY: usize = 100;
const ENDPOINT: &str = "inproc://benchmark";

fn reused(criterion: &mut Criterion) {
    compare(criterion, "reused", 1, reuse::<Socket<Pair>>, reuse::<BareSocket>);
}

fn reuse<S: Sending + Receiving>(bencher: &mut Bencher, (from, to): &(S, S), bytes: &[u8]) {
    let mut message = S::Message::default();
    bencher.iter(|| {
        from.give(black_box(bytes));
        to.take(&mut message)
    });
}

fn new(criterion: &mut Criterion) {
    compare(criterion, "new", 1, renew::<Socket<Pair>>, renew::<BareSocket>);
}

fn renew<S: Sending + Receiving>(bencher: &mut Bencher, (from, to): &(S, S), bytes: &[u8]) {
    bencher.iter(|| {
        from.give(black_box(bytes));
        to.take(&mut S::Message::default())
    });
}

fn vec(criterion: &mut Criterion) {
    let zmq = |bencher: &mut Bencher, (from, to): &Pairs, bytes: &[u8]| {
        bencher.iter(|| {
            from.send(black_box(bytes)).expect("the queue is not full");
            to.recv().expect("a message is queued").into_vec()
        });
    };
    let bare = |bencher: &mut Bencher, (from, to): &BarePairs, bytes: &[u8]| {
        bencher.iter(|| {
            from.send(black_box(bytes), 0);
            let mut message = BareMessage::new();
            to.receive(&mut message, 0);
            message.bytes().to_vec()
        });
    };
    compare(criterion, "Vec", 1, zmq, bare);
}

fn recv_slice(criterion: &mut Criterion) {
    let mut buffer = [0; 1024];
    let zmq = |bencher: &mut Bencher, (from, to): &Pairs, bytes: &[u8]| {
        bencher.iter(|| {
            from.send(black_box(bytes)).expect("the queue is not full");
            to.recv_slice(black_box(&mut buffer)).expect("a message is queued").len
        });
    };
    let mut buffer = [0; 1024];
    let bare = |bencher: &mut Bencher, (from, to): &BarePairs, bytes: &[u8]| {
        bencher.iter(|| {
            from.send(black_box(bytes), 0);
            to.receive_into(black_box(&mut buffer))
        });
    };
    compare(criterion, "recv_slice", 1, zmq, bare);
}

fn multipart(criterion: &mut Criterion) {
    compare(criterion, "multipart of 1", 1, multiparts::<1>, bare_multiparts::<1>);
    compare(criterion, "multipart of 3", 1, multiparts::<3>, bare_multiparts::<3>);
}

fn multiparts<const FRAMES: usize>(bencher: &mut Bencher, (from, to): &Pairs, bytes: &[u8]) {
    bencher.iter(|| -> Multipart {
        from.send_multipart([black_box(bytes); FRAMES]).expect("the queue is not full");
        to.recv_multipart().expect("a message is queued")
    });
}

fn bare_multiparts<const FRAMES: usize>(bencher: &mut Bencher, (from, to): &BarePairs, bytes: &[u8]) {
    bencher.iter(|| {
        for _ in 1..FRAMES {
            from.send(black_box(bytes), sys::ZMQ_SNDMORE);
        }
        from.send(black_box(bytes), 0);
        let mut frames = Vec::new();
        loop {
            let mut frame = BareMessage::new();
            to.receive(&mut frame, 0);
            let more = frame.more();
            frames.push(frame);
            if !more {
                return frames;
            }
        }
    });
}

fn recv_many(criterion: &mut Criterion) {
    let mut messages: Vec<Message> = Vec::with_capacity(MANY);
    let zmq = |bencher: &mut Bencher, (from, to): &Pairs, bytes: &[u8]| {
        bencher.iter(|| {
            for _ in 0..MANY {
                from.send(black_box(bytes)).expect("the queue is not full");
            }
            messages.clear();
            assert_eq!(to.recv_many(&mut messages, MANY).expect("messages are queued"), MANY);
        });
    };
    let mut messages = Vec::with_capacity(MANY);
    let bare = |bencher: &mut Bencher, (from, to): &BarePairs, bytes: &[u8]| {
        bencher.iter(|| {
            for _ in 0..MANY {
                from.send(black_box(bytes), 0);
            }
            messages.clear();
            for _ in 0..MANY {
                let mut message = BareMessage::new();
                to.receive(&mut message, sys::ZMQ_DONTWAIT);
                messages.push(message);
            }
        });
    };
    compare(criterion, "recv_many", MANY, zmq, bare);
}

type Pairs = (Socket<Pair>, Socket<Pair>);
type BarePairs = (BareSocket, BareSocket);

/// Measures both variants for each size, with `messages` messages per round.
fn compare(
    criterion: &mut Criterion,
    name: &str,
    messages: usize,
    mut zmq: impl FnMut(&mut Bencher, &Pairs, &[u8]),
    mut bare: impl FnMut(&mut Bencher, &BarePairs, &[u8]),
) {
    let (pair, bare_pair) = (pair(ENDPOINT, Pair, Pair), bare_pair(ENDPOINT, sys::ZMQ_PAIR, sys::ZMQ_PAIR));
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(messages as u64));
    for size in SIZES {
        let bytes = vec![7; size];
        group.bench_function(BenchmarkId::new("zmq", size), |bencher| zmq(bencher, &pair, &bytes));
        group.bench_function(BenchmarkId::new("bare", size), |bencher| bare(bencher, &bare_pair, &bytes));
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = criterion();
    targets = reused, new, vec, recv_slice, multipart, recv_many
}
criterion_main!(benches);
