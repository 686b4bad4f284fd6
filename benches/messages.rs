//! The cost of a message for each type and length of bytes: `made` and dropped, `sent` over inproc and received on one
//! thread, and `sent away` to a thread that receives and drops it.
//!
//! `copied` and `handed over` use libzmq's raw functions, and always copy or never copy the bytes. `Message::COPY_MAX`
//! is the length at which their costs are equal.
#![allow(missing_docs, reason = "a macro of criterion generates a public function")]

mod common;

use std::hint::black_box;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use common::{BareMessage, BareSocket, Lent, Receiving, Sending, bare_pair, criterion, pair};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};
use zmq::{IntoMessage, Message, Pair, Socket, sys};

const SIZES: [usize; 6] = [8, 64, 256, 1024, 4096, 65536];
const ENDPOINT: &str = "inproc://benchmark";

fn slice(criterion: &mut Criterion) {
    each_size(criterion, "slice", |measured, bytes| {
        measured.zmq(|| bytes);
        measured.copied(|| bytes);
    });
}

fn vec(criterion: &mut Criterion) {
    each_size(criterion, "Vec", |measured, bytes| {
        measured.zmq(|| bytes.to_vec());
        measured.copied(|| bytes.to_vec());
        measured.handed_over(|| Lent::vec(bytes.to_vec()));
    });
}

fn boxed(criterion: &mut Criterion) {
    each_size(criterion, "Box", |measured, bytes| {
        measured.zmq(|| Box::<[u8]>::from(bytes));
        measured.copied(|| Box::<[u8]>::from(bytes));
        measured.handed_over(|| Lent::vec(bytes.to_vec()));
    });
}

fn arc(criterion: &mut Criterion) {
    each_size(criterion, "Arc", |measured, bytes| {
        let bytes = Arc::<[u8]>::from(bytes);
        measured.zmq(|| Arc::clone(&bytes));
        measured.copied(|| Arc::clone(&bytes));
        measured.handed_over(|| Lent::arc(Arc::clone(&bytes)));
    });
}

fn constant(criterion: &mut Criterion) {
    each_size(criterion, "'static", |measured, bytes| {
        let bytes: &'static [u8] = bytes.to_vec().leak();
        measured.zmq(|| Message::from_static(black_box(bytes)));
        measured.copied(|| bytes);
        measured.handed_over(|| Lent::constant(black_box(bytes)));
    });
}

fn owner(criterion: &mut Criterion) {
    each_size(criterion, "owner", |measured, bytes| {
        let bytes = Arc::<[u8]>::from(bytes);
        measured.zmq(|| Message::from_owner(Arc::clone(&bytes)));
        measured.copied(|| Arc::clone(&bytes));
        measured.handed_over(|| Lent::owner(Arc::clone(&bytes)));
    });
}

#[cfg(feature = "bytes")]
fn bytes(criterion: &mut Criterion) {
    each_size(criterion, "Bytes", |measured, content| {
        let bytes = bytes::Bytes::copy_from_slice(content);
        measured.zmq(|| bytes.clone());
        measured.copied(|| bytes.clone());
        measured.handed_over(|| Lent::owner(bytes.clone()));
    });
}

#[cfg(not(feature = "bytes"))]
fn bytes(_criterion: &mut Criterion) {}

/// Calls `measure` for each size and each benchmark: `made`, `sent` and `sent away`.
fn each_size(criterion: &mut Criterion, source: &str, measure: impl Fn(&mut Measured, &[u8])) {
    let (from, to) = pair(ENDPOINT, Pair, Pair);
    let (bare_from, bare_to) = bare_pair(ENDPOINT, sys::ZMQ_PAIR, sys::ZMQ_PAIR);
    let mut group = |what: &str, from: Option<Sockets<'_>>, to: Option<Sockets<'_>>| {
        let mut group = criterion.benchmark_group(format!("{source} {what}"));
        for size in SIZES {
            measure(&mut Measured { group: &mut group, size, from, to }, &vec![7; size]);
        }
        group.finish();
    };
    let sources = Some((&from, &bare_from));
    group("made", None, None);
    group("sent", sources, Some((&to, &bare_to)));
    let sinks = [drained(to), drained(bare_to)];
    group("sent away", sources, None);
    from.give(&[]);
    bare_from.give(&[]);
    for sink in sinks {
        sink.join().expect("the sink does not panic");
    }
}

/// Receives on another thread until an empty message arrives.
fn drained<S: Receiving>(sink: S) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut message = S::Message::default();
        while sink.take(&mut message) > 0 {}
    })
}

/// The measurement of one type of bytes of one length.
struct Measured<'a, 'c> {
    group: &'a mut BenchmarkGroup<'c, WallTime>,
    size: usize,
    /// The socket that sends the message, or `None` if the message is only created and dropped.
    from: Option<Sockets<'a>>,
    /// The socket that receives the message, or `None` if another thread receives it.
    to: Option<Sockets<'a>>,
}

type Sockets<'a> = (&'a Socket<Pair>, &'a BareSocket);

impl Measured<'_, '_> {
    fn zmq<M: IntoMessage>(&mut self, make: impl Fn() -> M) {
        let Some((from, _)) = self.from else {
            return self.round("zmq", || -> Message { make().into() });
        };
        let (to, mut message) = (self.to, Message::new());
        self.round("zmq", || {
            from.send(make()).expect("the context lives");
            to.map(|(to, _)| to.take(&mut message))
        });
    }

    fn copied<B: AsRef<[u8]>>(&mut self, make: impl Fn() -> B) {
        let Some((_, from)) = self.from else {
            return self.round("copied", || BareMessage::copied(make().as_ref()));
        };
        let (to, mut message) = (self.to, BareMessage::new());
        self.round("copied", || {
            from.give(make().as_ref());
            to.map(|(_, to)| to.take(&mut message))
        });
    }

    fn handed_over(&mut self, make: impl Fn() -> Lent) {
        let Some((_, from)) = self.from else {
            return self.round("handed over", || BareMessage::lent(make()));
        };
        let (to, mut message) = (self.to, BareMessage::new());
        self.round("handed over", || {
            from.send_message(BareMessage::lent(make()));
            to.map(|(_, to)| to.take(&mut message))
        });
    }

    fn round<T>(&mut self, way: &str, mut round: impl FnMut() -> T) {
        self.group.bench_function(BenchmarkId::new(way, self.size), |bencher| bencher.iter(&mut round));
    }
}

criterion_group! {
    name = benches;
    // Many small benchmarks need less time each.
    config = criterion().warm_up_time(Duration::from_millis(50)).measurement_time(Duration::from_millis(100));
    targets = slice, vec, boxed, arc, constant, owner, bytes
}
criterion_main!(benches);
