//! The workloads with this crate. PAIR to PAIR on one thread is in benches/instructions.

mod tasks;

use std::process::ExitCode;
use std::time::Duration;

use bytes::Bytes;
use compare_harness::tasks::{one_thread, threads};
use compare_harness::{Result, Workload, fan_out, growth, latency, memory, read, run, throughput, timed};
use zmq::{Context, Dealer, Events, Message, Pair, Poller, Pub, Pull, Push, Rep, Req, Socket, Sub};

const TCP: &str = "tcp://127.0.0.1:*";
const INPROC: &str = "inproc://compare";

fn main() -> ExitCode {
    run(&format!("libzmq {}", zmq::version()), WORKLOADS)
}

const WORKLOADS: &[(&str, Workload)] = &[
    ("throughput-inproc", |size, count| push_pull(INPROC, size, count)),
    ("throughput-tcp", |size, count| push_pull(TCP, size, count)),
    ("latency-inproc", |size, count| request_reply(INPROC, size, count)),
    ("latency-tcp", |size, count| request_reply(TCP, size, count)),
    ("fan-out-1", |size, count| publish(1, size, count)),
    ("fan-out-10", |size, count| publish(10, size, count)),
    ("inproc-copied", |size, count| shared(size, count, |bytes| Message::from(&bytes[..]))),
    ("inproc-shared", |size, count| shared(size, count, |bytes| Message::from(bytes.clone()))),
    ("poller", poller),
    ("create-context", create_context),
    ("create-socket", create_socket),
    ("small-send", small_send),
    ("small-receive", small_receive),
    ("memory-context", memory_context),
    ("memory-socket", memory_socket),
    ("memory-growth", memory_growth),
    ("tasks-inproc", |size, count| tasks::push_pull(one_thread()?, INPROC, size, count)),
    ("tasks-inproc-round-trip", |size, count| tasks::request_reply(one_thread()?, INPROC, size, count)),
    ("tasks-tcp", |size, count| tasks::push_pull(one_thread()?, TCP, size, count)),
    ("tasks-tcp-threads", |size, count| tasks::push_pull(threads()?, TCP, size, count)),
    ("tasks-tcp-round-trip", |size, count| tasks::request_reply(one_thread()?, TCP, size, count)),
];

fn push_pull(endpoint: &str, size: usize, count: usize) -> Result<f64> {
    let context = Context::new()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    source.connect(sink.bind(endpoint)?)?;
    let (bytes, mut message) = (vec![0; size], Message::new());
    throughput(
        count,
        move || Ok(source.send(&bytes[..])?),
        || {
            sink.recv_into(&mut message)?;
            read(&message);
            Ok(())
        },
    )
}

fn request_reply(endpoint: &str, size: usize, count: usize) -> Result<f64> {
    let context = Context::new()?;
    let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
    client.connect(server.bind(endpoint)?)?;
    let bytes = vec![0; size];
    latency(
        count,
        || {
            client.send(&bytes[..])?;
            read(&client.recv()?);
            Ok(())
        },
        move || Ok(server.send(server.recv()?)?),
    )
}

fn publish(subscribers: usize, size: usize, count: usize) -> Result<f64> {
    let context = Context::new()?;
    let publisher = context.socket(Pub)?;
    let endpoint = publisher.set_send_hwm(0)?.bind(TCP)?;
    let subscriber = |_| {
        let socket = context.socket(Sub)?;
        socket.set_recv_hwm(0)?.subscribe("")?;
        socket.connect(&endpoint)?;
        let mut message = Message::new();
        Ok(move || {
            socket.recv_into(&mut message)?;
            Ok(read(&message))
        })
    };
    let subscribers = (0..subscribers).map(subscriber).collect::<Result<_>>()?;
    let bytes = vec![0; size];
    fan_out(count, |size| Ok(publisher.send(&bytes[..size])?), subscribers, size)
}

/// Opens two sockets without high-water marks.
fn pair() -> Result<(Socket<Pair>, Socket<Pair>)> {
    let context = Context::new()?;
    let (from, to) = (context.socket(Pair)?, context.socket(Pair)?);
    from.set_send_hwm(0)?;
    from.connect(to.set_recv_hwm(0)?.bind(INPROC)?)?;
    Ok((from, to))
}

fn shared(size: usize, count: usize, message: fn(&Bytes) -> Message) -> Result<f64> {
    let (from, to) = pair()?;
    let bytes = Bytes::from(vec![0; size]);
    let mut received = Message::new();
    timed(count, || {
        from.send(message(&bytes))?;
        to.recv_into(&mut received)?;
        read(&received);
        Ok(())
    })
}

/// Waits for `size` sockets, one of which has a message that stays queued.
fn poller(size: usize, count: usize) -> Result<f64> {
    let context = Context::builder().max_sockets(size + 1).build()?;
    let open = |number| -> Result<_> {
        let sink = context.socket(Pull)?;
        sink.bind(format!("{INPROC}-{number}"))?;
        Ok(sink)
    };
    let sinks = (0..size).map(open).collect::<Result<Vec<_>>>()?;
    let source = context.socket(Push)?;
    source.connect(format!("{INPROC}-{}", size / 2))?;
    source.send("message")?;
    let mut poller = Poller::new()?;
    for (number, sink) in sinks.iter().enumerate() {
        poller.add(sink, Events::READABLE, number)?;
    }
    // The first wait checks all sockets.
    poller.wait(Duration::ZERO)?;
    timed(count, || {
        assert_eq!(poller.wait(Duration::from_secs(10))?.len(), 1);
        Ok(())
    })
}

fn create_context(_: usize, count: usize) -> Result<f64> {
    timed(count, || {
        Context::new()?.socket(Dealer)?;
        Ok(())
    })
}

fn create_socket(_: usize, count: usize) -> Result<f64> {
    let context = Context::builder().max_sockets(count + 1).build()?;
    let mut sockets = vec![context.socket(Dealer)?];
    timed(count, || {
        sockets.push(context.socket(Dealer)?);
        Ok(())
    })
}

fn small_send(size: usize, count: usize) -> Result<f64> {
    let (from, _to) = pair()?;
    let bytes = vec![0; size];
    timed(count, || Ok(from.send(&bytes[..])?))
}

fn small_receive(size: usize, count: usize) -> Result<f64> {
    let (from, to) = pair()?;
    let bytes = vec![0; size];
    timed(count, || Ok(from.send(&bytes[..])?))?;
    let mut message = Message::new();
    timed(count, || Ok(to.recv_into(&mut message)?))
}

fn memory_context(_: usize, count: usize) -> Result<f64> {
    memory(count, || {
        let context = Context::new()?;
        Ok((context.socket(Dealer)?, context))
    })
}

/// Opens `size` sockets in a context whose threads are already running.
fn memory_socket(size: usize, _: usize) -> Result<f64> {
    let context = Context::builder().max_sockets(size + 1).build()?;
    let _first = context.socket(Dealer)?;
    memory(size, || Ok(context.socket(Dealer)?))
}

fn memory_growth(size: usize, count: usize) -> Result<f64> {
    let (from, to) = pair()?;
    let bytes = vec![0; size];
    growth(count, || {
        from.send(&bytes[..])?;
        read(&to.recv()?);
        Ok(())
    })
}
