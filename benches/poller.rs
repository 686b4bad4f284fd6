//! The cost of a wait for many sockets of which one is ready, with `Poller`, `poll` and the raw `zmq_poll`.
//!
//! `waiting`: a message is queued and stays queued. `arriving`: each round sends a message, waits for it and receives
//! it.
#![allow(missing_docs, reason = "a macro of criterion generates a public function")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use zmq::{Context, Events, PollItem, Poller, Pull, Push, Result, Socket, poll, sys};

const COUNTS: [usize; 4] = [1, 100, 1000, 2000];
const PATIENCE: Duration = Duration::from_secs(10);

/// Sockets, of which only one is connected to a source of messages.
struct Sockets {
    sinks: Vec<Socket<Pull>>,
    busy: usize,
    source: Socket<Push>,
}

impl Sockets {
    fn new(count: usize) -> Result<Self> {
        let context = Context::builder().max_sockets(count + 1).linger(Duration::ZERO).build()?;
        let source = context.socket(Push)?;
        let mut sinks = Vec::with_capacity(count);
        for number in 0..count {
            let sink = context.socket(Pull)?;
            sink.bind(format!("inproc://sink-{number}"))?;
            sinks.push(sink);
        }
        let busy = count / 2;
        source.connect(format!("inproc://sink-{busy}"))?;
        Ok(Self { sinks, busy, source })
    }

    fn send(&self) {
        self.source.send("message").expect("the queue is not full");
    }

    fn receive(&self) {
        self.sinks[self.busy].recv().expect("a message is queued");
    }

    fn poller(&self) -> Poller<'_, usize> {
        let mut poller = Poller::new().expect("a file descriptor is available");
        for (number, sink) in self.sinks.iter().enumerate() {
            poller.add(sink, Events::READABLE, number).expect("each socket is added once");
        }
        // The first wait checks all sockets.
        poller.wait(Duration::ZERO).expect("the context lives");
        poller
    }

    fn items(&self) -> Vec<PollItem<'_>> {
        self.sinks.iter().map(|sink| PollItem::new(sink, Events::READABLE)).collect()
    }

    fn raw_items(&self) -> Vec<sys::zmq_pollitem_t> {
        let item = |sink: &Socket<Pull>| sys::zmq_pollitem_t {
            socket: sink.as_ptr(),
            fd: 0,
            events: sys::ZMQ_POLLIN as _,
            revents: 0,
        };
        self.sinks.iter().map(item).collect()
    }
}

fn raw_poll(items: &mut [sys::zmq_pollitem_t]) -> i32 {
    // SAFETY: the sockets outlive the items, and only this thread uses them.
    unsafe { sys::zmq_poll(items.as_mut_ptr(), items.len() as i32, PATIENCE.as_millis() as _) }
}

/// Raises the limit of file descriptors to the maximum that the system allows.
fn raise_limit() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the structure outlives the call.
    unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: as above.
    unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) };
}

fn waiting(criterion: &mut Criterion) {
    raise_limit();
    let mut group = criterion.benchmark_group("waiting");
    for count in COUNTS {
        let sockets = Sockets::new(count).expect("the limit of file descriptors is above 2100");
        let mut poller = sockets.poller();
        let mut items = sockets.items();
        let mut raw_items = sockets.raw_items();
        sockets.send();
        group.bench_function(BenchmarkId::new("Poller", count), |bencher| {
            bencher.iter(|| assert_eq!(poller.wait(PATIENCE).expect("the context lives").len(), 1));
        });
        group.bench_function(BenchmarkId::new("poll", count), |bencher| {
            bencher.iter(|| assert_eq!(poll(black_box(&mut items), PATIENCE).expect("the context lives"), 1));
        });
        group.bench_function(BenchmarkId::new("zmq_poll", count), |bencher| {
            bencher.iter(|| assert_eq!(raw_poll(black_box(&mut raw_items)), 1));
        });
    }
    group.finish();
}

fn arriving(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("arriving");
    for count in COUNTS {
        let sockets = Sockets::new(count).expect("the limit of file descriptors is above 2100");
        let mut poller = sockets.poller();
        let mut items = sockets.items();
        let mut raw_items = sockets.raw_items();
        group.bench_function(BenchmarkId::new("no wait", count), |bencher| {
            bencher.iter(|| {
                sockets.send();
                sockets.receive();
            });
        });
        group.bench_function(BenchmarkId::new("Poller", count), |bencher| {
            bencher.iter(|| {
                sockets.send();
                assert_eq!(poller.wait(PATIENCE).expect("the context lives").len(), 1);
                sockets.receive();
            });
        });
        group.bench_function(BenchmarkId::new("poll", count), |bencher| {
            bencher.iter(|| {
                sockets.send();
                assert_eq!(poll(black_box(&mut items), PATIENCE).expect("the context lives"), 1);
                sockets.receive();
            });
        });
        group.bench_function(BenchmarkId::new("zmq_poll", count), |bencher| {
            bencher.iter(|| {
                sockets.send();
                assert_eq!(raw_poll(black_box(&mut raw_items)), 1);
                sockets.receive();
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2));
    targets = waiting, arriving
}
criterion_main!(benches);
