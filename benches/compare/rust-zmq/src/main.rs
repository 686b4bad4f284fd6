//! The workloads with rust-zmq.

use std::hint::black_box;
use std::process::ExitCode;

use compare_harness::{Result, Workload, fan_out, fill_gaps, latency, memory, read, run, throughput, timed};
use zmq::{Context, DEALER, Message, PAIR, POLLIN, PUB, PULL, PUSH, REP, REQ, SUB, Socket, SocketType};

const TCP: &str = "tcp://127.0.0.1:*";
const INPROC: &str = "inproc://compare";

fn main() -> ExitCode {
    let (major, minor, patch) = zmq::version();
    run(&format!("libzmq {major}.{minor}.{patch}"), WORKLOADS)
}

const WORKLOADS: &[(&str, Workload)] = &[
    ("reused", |size, count| {
        let mut message = Message::new();
        pair(
            size,
            count,
            |from, bytes| from.send(bytes, 0),
            |to| {
                to.recv(&mut message, 0)?;
                Ok(read(&message))
            },
        )
    }),
    ("new", |size, count| pair(size, count, |from, bytes| from.send(bytes, 0), |to| Ok(read(&to.recv_msg(0)?)))),
    ("copied", |size, count| pair(size, count, |from, bytes| from.send(bytes, 0), |to| Ok(read(&to.recv_bytes(0)?)))),
    ("owned", |size, count| {
        let mut message = Message::new();
        pair(
            size,
            count,
            |from, bytes| from.send(black_box(bytes.to_vec()), 0),
            |to| {
                to.recv(&mut message, 0)?;
                Ok(read(&message))
            },
        )
    }),
    ("multipart", |size, count| {
        let receive = |to: &Socket| Ok(to.recv_multipart(0)?.iter().map(|frame| read(frame)).sum());
        pair(size, count, |from, bytes| from.send(bytes, 0), receive)
    }),
    ("throughput-inproc", |size, count| push_pull(INPROC, size, count)),
    ("throughput-tcp", |size, count| push_pull(TCP, size, count)),
    ("latency-inproc", |size, count| request_reply(INPROC, size, count)),
    ("latency-tcp", |size, count| request_reply(TCP, size, count)),
    ("fan-out-1", |size, count| publish(1, size, count)),
    ("fan-out-10", |size, count| publish(10, size, count)),
    ("poller", poller),
    ("create-context", |_, count| {
        timed(count, || {
            Context::new().socket(DEALER)?;
            Ok(())
        })
    }),
    ("memory-socket", |size, _| {
        let context = Context::new();
        let _first = context.socket(DEALER)?;
        memory(size, || Ok(context.socket(DEALER)?))
    }),
];

/// Binds the first socket, and connects the second.
fn connected(context: &Context, endpoint: &str, to: SocketType, from: SocketType) -> Result<(Socket, Socket)> {
    let (to, from) = (context.socket(to)?, context.socket(from)?);
    to.bind(endpoint)?;
    from.connect(&last_endpoint(&to)?)?;
    Ok((to, from))
}

fn last_endpoint(socket: &Socket) -> Result<String> {
    socket.get_last_endpoint()?.map_err(|_| "the endpoint is not UTF-8".into())
}

fn pair(
    size: usize,
    count: usize,
    send: impl Fn(&Socket, &[u8]) -> zmq::Result<()>,
    mut receive: impl FnMut(&Socket) -> zmq::Result<usize>,
) -> Result<f64> {
    let (to, from) = connected(&Context::new(), INPROC, PAIR, PAIR)?;
    let bytes = vec![0; size];
    fill_gaps(size);
    timed(count, || {
        send(&from, &bytes)?;
        assert_eq!(receive(&to)?, size);
        Ok(())
    })
}

fn push_pull(endpoint: &str, size: usize, count: usize) -> Result<f64> {
    let (sink, source) = connected(&Context::new(), endpoint, PULL, PUSH)?;
    let (bytes, mut message) = (vec![0; size], Message::new());
    throughput(
        count,
        move || Ok(source.send(&bytes, 0)?),
        || {
            sink.recv(&mut message, 0)?;
            read(&message);
            Ok(())
        },
    )
}

fn request_reply(endpoint: &str, size: usize, count: usize) -> Result<f64> {
    let (server, client) = connected(&Context::new(), endpoint, REP, REQ)?;
    let bytes = vec![0; size];
    latency(
        count,
        || {
            client.send(&bytes, 0)?;
            read(&client.recv_msg(0)?);
            Ok(())
        },
        move || Ok(server.send(server.recv_msg(0)?, 0)?),
    )
}

fn publish(subscribers: usize, size: usize, count: usize) -> Result<f64> {
    let context = Context::new();
    let publisher = context.socket(PUB)?;
    publisher.set_sndhwm(0)?;
    publisher.bind(TCP)?;
    let endpoint = last_endpoint(&publisher)?;
    let subscriber = |_| {
        let socket = context.socket(SUB)?;
        socket.set_rcvhwm(0)?;
        socket.set_subscribe(b"")?;
        socket.connect(&endpoint)?;
        let mut message = Message::new();
        Ok(move || {
            socket.recv(&mut message, 0)?;
            Ok(read(&message))
        })
    };
    let subscribers = (0..subscribers).map(subscriber).collect::<Result<_>>()?;
    let bytes = vec![0; size];
    fan_out(count, |size| Ok(publisher.send(&bytes[..size], 0)?), subscribers, size)
}

/// Waits for `size` sockets, one of which has a message that stays queued.
fn poller(size: usize, count: usize) -> Result<f64> {
    let context = Context::new();
    let open = |number| -> Result<_> {
        let sink = context.socket(PULL)?;
        sink.bind(&format!("{INPROC}-{number}"))?;
        Ok(sink)
    };
    let sinks = (0..size).map(open).collect::<Result<Vec<_>>>()?;
    let source = context.socket(PUSH)?;
    source.connect(&format!("{INPROC}-{}", size / 2))?;
    source.send("message", 0)?;
    let mut items: Vec<_> = sinks.iter().map(|sink| sink.as_poll_item(POLLIN)).collect();
    timed(count, || {
        assert_eq!(zmq::poll(&mut items, 10_000)?, 1);
        Ok(())
    })
}
