//! The workloads with zmq.rs, the crate `zeromq`, which does not use libzmq: two tasks on one tokio runtime.

use std::mem;
use std::process::ExitCode;

use bytes::Bytes;
use compare_harness::tasks::{Runtime, both, one_thread, threads, timed};
use compare_harness::{Result, Workload, read, run};
use zeromq::{PullSocket, PushSocket, RepSocket, ReqSocket, Socket, SocketRecv, SocketSend, ZmqMessage};

const TCP: &str = "tcp://127.0.0.1:0";

fn main() -> ExitCode {
    run("", WORKLOADS)
}

const WORKLOADS: &[(&str, Workload)] = &[
    ("tasks-tcp", |size, count| push_pull(one_thread()?, size, count)),
    ("tasks-tcp-threads", |size, count| push_pull(threads()?, size, count)),
    ("tasks-tcp-round-trip", request_reply),
];

/// Copies the content, as the other programs do, because messages of zeromq consist of `Bytes` only.
fn copied(bytes: &[u8]) -> ZmqMessage {
    Bytes::copy_from_slice(bytes).into()
}

fn read_all(message: &ZmqMessage) {
    for frame in message.iter() {
        read(frame);
    }
}

fn push_pull(runtime: Runtime, size: usize, count: usize) -> Result<f64> {
    runtime.block_on(async {
        let (mut sink, mut source) = (PullSocket::new(), PushSocket::new());
        let endpoint = sink.bind(TCP).await?;
        source.connect(&endpoint.to_string()).await?;
        let sending = async move {
            let bytes = vec![0; size];
            for _ in 0..=count {
                source.send(copied(&bytes)).await?;
            }
            // Dropping the sender loses queued messages, so it stays open until all of them are received.
            mem::forget(source);
            Ok(())
        };
        let receiving = timed(count, async move || {
            read_all(&sink.recv().await?);
            Ok(())
        });
        both(sending, receiving).await
    })
}

fn request_reply(size: usize, count: usize) -> Result<f64> {
    one_thread()?.block_on(async {
        let (mut server, mut client) = (RepSocket::new(), ReqSocket::new());
        let endpoint = server.bind(TCP).await?;
        client.connect(&endpoint.to_string()).await?;
        let answering = async move {
            for _ in 0..=count {
                let request = server.recv().await?;
                server.send(request).await?;
            }
            // As above.
            mem::forget(server);
            Ok(())
        };
        let bytes = vec![0; size];
        let asking = timed(count, async move || {
            client.send(copied(&bytes)).await?;
            read_all(&client.recv().await?);
            Ok(())
        });
        both(answering, asking).await
    })
}
