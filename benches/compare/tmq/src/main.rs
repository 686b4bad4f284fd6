//! The workloads with tmq: two tasks on one tokio runtime.

use std::process::ExitCode;

use compare_harness::tasks::{Runtime, both, one_thread, threads, timed};
use compare_harness::{Result, Workload, read, run};
use futures_util::{SinkExt, StreamExt};
use tmq::{AsZmqSocket, Context, Message};

const TCP: &str = "tcp://127.0.0.1:*";
const INPROC: &str = "inproc://compare";

fn main() -> ExitCode {
    let (major, minor, patch) = zmq::version();
    run(&format!("libzmq {major}.{minor}.{patch}"), WORKLOADS)
}

const WORKLOADS: &[(&str, Workload)] = &[
    ("tasks-inproc", |size, count| push_pull(one_thread()?, INPROC, size, count)),
    ("tasks-inproc-round-trip", |size, count| request_reply(INPROC, size, count)),
    ("tasks-tcp", |size, count| push_pull(one_thread()?, TCP, size, count)),
    ("tasks-tcp-threads", |size, count| push_pull(threads()?, TCP, size, count)),
    ("tasks-tcp-round-trip", |size, count| request_reply(TCP, size, count)),
];

fn last_endpoint(socket: &impl AsZmqSocket) -> Result<String> {
    socket.get_socket().get_last_endpoint()?.map_err(|_| "the endpoint is not UTF-8".into())
}

fn push_pull(runtime: Runtime, endpoint: &'static str, size: usize, count: usize) -> Result<f64> {
    runtime.block_on(async {
        let context = Context::new();
        let mut sink = tmq::pull(&context).bind(endpoint)?;
        let mut source = tmq::push(&context).connect(&last_endpoint(&sink)?)?;
        let sending = async move {
            let bytes = vec![0; size];
            for _ in 0..=count {
                source.send(vec![&bytes[..]]).await?;
            }
            Ok(())
        };
        let receiving = timed(count, async move || {
            let message = sink.next().await.ok_or("the stream has ended")??;
            message.iter().for_each(|frame| {
                read(frame);
            });
            Ok(())
        });
        both(sending, receiving).await
    })
}

fn request_reply(endpoint: &'static str, size: usize, count: usize) -> Result<f64> {
    one_thread()?.block_on(async {
        let context = Context::new();
        let mut server = tmq::reply(&context).bind(endpoint)?;
        let client = tmq::request(&context).connect(&last_endpoint(&server)?)?;
        let answering = async move {
            for _ in 0..=count {
                let (request, replying) = server.recv().await?;
                server = replying.send(request).await?;
            }
            Ok(())
        };
        let bytes = vec![0; size];
        // Each half of a round trip consumes the socket.
        let mut client = Some(client);
        let asking = timed(count, async move || {
            let asking = client.take().ok_or("the previous request failed")?;
            let (reply, asking) = asking.send(Message::from(&bytes[..]).into()).await?.recv().await?;
            reply.iter().for_each(|frame| {
                read(frame);
            });
            client = Some(asking);
            Ok(())
        });
        both(answering, asking).await
    })
}
