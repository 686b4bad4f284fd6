//! The workloads with async_zmq, whose reactor has its own thread: two tasks on one tokio runtime.

use std::process::ExitCode;
use std::vec::IntoIter;

use async_zmq::zmq::Socket;
use async_zmq::{Context, Message, Multipart, Push, Reply, Request, SinkExt, StreamExt};
use compare_harness::tasks::{Runtime, both, one_thread, threads, timed};
use compare_harness::{Result, Workload, read, run};
use futures_util::future::try_join;

type Frames = IntoIter<Message>;

const TCP: &str = "tcp://127.0.0.1:*";
const INPROC: &str = "inproc://compare";

fn main() -> ExitCode {
    let (major, minor, patch) = async_zmq::zmq::version();
    run(&format!("libzmq {major}.{minor}.{patch}"), WORKLOADS)
}

const WORKLOADS: &[(&str, Workload)] = &[
    ("tasks-inproc", |size, count| push_pull(one_thread()?, INPROC, size, count)),
    ("tasks-inproc-round-trip", |size, count| request_reply(INPROC, size, count)),
    ("tasks-tcp", |size, count| push_pull(one_thread()?, TCP, size, count)),
    ("tasks-tcp-threads", |size, count| push_pull(threads()?, TCP, size, count)),
    ("tasks-tcp-round-trip", |size, count| request_reply(TCP, size, count)),
];

fn last_endpoint(socket: &Socket) -> Result<String> {
    socket.get_last_endpoint()?.map_err(|_| "the endpoint is not UTF-8".into())
}

fn read_all(message: &Multipart) {
    for frame in message {
        read(frame);
    }
}

fn push_pull(runtime: Runtime, endpoint: &'static str, size: usize, count: usize) -> Result<f64> {
    runtime.block_on(async {
        let context = Context::new();
        let mut sink = async_zmq::pull(endpoint)?.with_context(&context).bind()?;
        let endpoint = last_endpoint(sink.as_raw_socket())?;
        let mut source: Push<Frames, Message> = async_zmq::push(&endpoint)?.with_context(&context).connect()?;
        let sending = async move {
            let bytes = vec![0; size];
            for _ in 0..=count {
                source.send(Message::from(&bytes[..]).into()).await?;
            }
            Ok(())
        };
        let receiving = timed(count, async move || {
            read_all(&sink.next().await.ok_or("the stream has ended")??);
            Ok(())
        });
        both(sending, receiving).await
    })
}

/// Runs two futures in one task, because they are not `Send` and cannot be spawned.
fn request_reply(endpoint: &'static str, size: usize, count: usize) -> Result<f64> {
    one_thread()?.block_on(async {
        let context = Context::new();
        let server: Reply<Frames, Message> = async_zmq::reply(endpoint)?.with_context(&context).bind()?;
        let endpoint = last_endpoint(server.as_raw_socket())?;
        let client: Request<Frames, Message> = async_zmq::request(&endpoint)?.with_context(&context).connect()?;
        let answering = async move {
            for _ in 0..=count {
                let request = server.recv().await?;
                server.send(request).await?;
            }
            Result::Ok(())
        };
        let bytes = vec![0; size];
        let asking = timed(count, async move || {
            client.send(Message::from(&bytes[..])).await?;
            read_all(&client.recv().await?);
            Ok(())
        });
        let ((), seconds) = try_join(answering, asking).await?;
        Ok(seconds)
    })
}
