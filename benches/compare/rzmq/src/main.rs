//! The workloads with rzmq, which does not use libzmq: two tasks on one tokio runtime.

use std::mem;
use std::process::ExitCode;

use compare_harness::tasks::{Runtime, both, one_thread, threads, timed};
use compare_harness::{Result, Workload, read, run};
use rzmq::socket::options::LAST_ENDPOINT;
use rzmq::{Context, Msg, Socket, SocketType};

const TCP: &str = "tcp://127.0.0.1:0";
const INPROC: &str = "inproc://compare";

fn main() -> ExitCode {
    run("", WORKLOADS)
}

const WORKLOADS: &[(&str, Workload)] = &[
    ("tasks-inproc", |size, count| push_pull(one_thread()?, INPROC, size, count)),
    ("tasks-inproc-round-trip", |size, count| request_reply(INPROC, size, count)),
    ("tasks-tcp", |size, count| push_pull(one_thread()?, TCP, size, count)),
    ("tasks-tcp-threads", |size, count| push_pull(threads()?, TCP, size, count)),
    ("tasks-tcp-round-trip", |size, count| request_reply(TCP, size, count)),
];

/// Binds the first socket, and connects the second.
async fn connected(endpoint: &str, to: SocketType, from: SocketType) -> Result<(Socket, Socket)> {
    let context = Context::new()?;
    let (to, from) = (context.socket(to)?, context.socket(from)?);
    to.bind(endpoint).await?;
    let endpoint = String::from_utf8(to.get_option(LAST_ENDPOINT).await?)?;
    from.connect(&endpoint).await?;
    Ok((to, from))
}

async fn receive(socket: &Socket) -> Result<Msg> {
    let message = socket.recv().await?;
    read(message.data().unwrap_or_default());
    Ok(message)
}

fn push_pull(runtime: Runtime, endpoint: &'static str, size: usize, count: usize) -> Result<f64> {
    runtime.block_on(async {
        let (sink, source) = connected(endpoint, SocketType::Pull, SocketType::Push).await?;
        let sending = async move {
            let bytes = vec![0; size];
            for _ in 0..=count {
                source.send(Msg::from_vec(bytes.clone())).await?;
            }
            // Dropping the sender loses queued messages, so it stays open until all of them are received.
            mem::forget(source);
            Ok(())
        };
        let receiving = timed(count, async move || {
            receive(&sink).await?;
            Ok(())
        });
        both(sending, receiving).await
    })
}

fn request_reply(endpoint: &'static str, size: usize, count: usize) -> Result<f64> {
    one_thread()?.block_on(async {
        let (server, client) = connected(endpoint, SocketType::Rep, SocketType::Req).await?;
        let answering = async move {
            for _ in 0..=count {
                let request = receive(&server).await?;
                server.send(request).await?;
            }
            // As above.
            mem::forget(server);
            Ok(())
        };
        let bytes = vec![0; size];
        let asking = timed(count, async move || {
            client.send(Msg::from_vec(bytes.clone())).await?;
            receive(&client).await?;
            Ok(())
        });
        both(answering, asking).await
    })
}
