//! The workloads with arzmq.

use std::process::ExitCode;

use arzmq::prelude::{
    Context, MultipartReceiver, PairSocket, PullSocket, PushSocket, Receiver, RecvFlags, ReplySocket, RequestSocket,
    SendFlags, Sender,
};
use compare_harness::tasks::{Runtime, both, one_thread, threads, timed as timed_task};
use compare_harness::{Result, Workload, fill_gaps, latency, read, run, throughput, timed};

const TCP: &str = "tcp://127.0.0.1:*";
const INPROC: &str = "inproc://compare";
const RECEIVE: RecvFlags = RecvFlags::empty();
const SEND: SendFlags = SendFlags::empty();

fn main() -> ExitCode {
    let (major, minor, patch) = arzmq::version();
    run(&format!("libzmq {major}.{minor}.{patch}"), WORKLOADS)
}

const WORKLOADS: &[(&str, Workload)] = &[
    ("new", |size, count| pair(size, count, |to| Ok(read(&to.recv_msg(RECEIVE)?.as_bytes())))),
    ("copied", |size, count| pair(size, count, |to| Ok(read(&to.recv_msg(RECEIVE)?.bytes())))),
    ("multipart", |size, count| {
        pair(size, count, |to| Ok(to.recv_multipart(RECEIVE)?.iter().map(|frame| read(&frame.as_bytes())).sum()))
    }),
    ("throughput-inproc", |size, count| push_pull(INPROC, size, count)),
    ("throughput-tcp", |size, count| push_pull(TCP, size, count)),
    ("latency-inproc", |size, count| request_reply(INPROC, size, count)),
    ("latency-tcp", |size, count| request_reply(TCP, size, count)),
    ("tasks-inproc", |size, count| push_pull_tasks(one_thread()?, INPROC, size, count)),
    ("tasks-inproc-round-trip", |size, count| request_reply_tasks(INPROC, size, count)),
    ("tasks-tcp", |size, count| push_pull_tasks(one_thread()?, TCP, size, count)),
    ("tasks-tcp-threads", |size, count| push_pull_tasks(threads()?, TCP, size, count)),
    ("tasks-tcp-round-trip", |size, count| request_reply_tasks(TCP, size, count)),
];

fn pair(size: usize, count: usize, receive: impl Fn(&PairSocket) -> Result<usize>) -> Result<f64> {
    let context = Context::new()?;
    let (to, from) = (PairSocket::from_context(&context)?, PairSocket::from_context(&context)?);
    to.bind(INPROC)?;
    from.connect(INPROC)?;
    let bytes = vec![0; size];
    fill_gaps(size);
    timed(count, || {
        from.send_msg(&bytes[..], SEND)?;
        assert_eq!(receive(&to)?, size);
        Ok(())
    })
}

fn pipeline(endpoint: &str) -> Result<(PullSocket, PushSocket)> {
    let context = Context::new()?;
    let (sink, source) = (PullSocket::from_context(&context)?, PushSocket::from_context(&context)?);
    sink.bind(endpoint)?;
    source.connect(sink.last_endpoint()?)?;
    Ok((sink, source))
}

fn service(endpoint: &str) -> Result<(ReplySocket, RequestSocket)> {
    let context = Context::new()?;
    let (server, client) = (ReplySocket::from_context(&context)?, RequestSocket::from_context(&context)?);
    server.bind(endpoint)?;
    client.connect(server.last_endpoint()?)?;
    Ok((server, client))
}

fn push_pull(endpoint: &str, size: usize, count: usize) -> Result<f64> {
    let (sink, source) = pipeline(endpoint)?;
    let bytes = vec![0; size];
    throughput(
        count,
        move || Ok(source.send_msg(&bytes[..], SEND)?),
        || {
            read(&sink.recv_msg(RECEIVE)?.as_bytes());
            Ok(())
        },
    )
}

fn request_reply(endpoint: &str, size: usize, count: usize) -> Result<f64> {
    let (server, client) = service(endpoint)?;
    let bytes = vec![0; size];
    latency(
        count,
        || {
            client.send_msg(&bytes[..], SEND)?;
            read(&client.recv_msg(RECEIVE)?.as_bytes());
            Ok(())
        },
        move || Ok(server.send_msg(server.recv_msg(RECEIVE)?, SEND)?),
    )
}

fn push_pull_tasks(runtime: Runtime, endpoint: &'static str, size: usize, count: usize) -> Result<f64> {
    runtime.block_on(async {
        let (sink, source) = pipeline(endpoint)?;
        let sending = async move {
            let bytes = vec![0; size];
            for _ in 0..=count {
                source.send_msg_wait(&bytes[..], SEND).await?;
            }
            Ok(())
        };
        let receiving = timed_task(count, async move || {
            read(&sink.recv_msg_wait().await?.as_bytes());
            Ok(())
        });
        both(sending, receiving).await
    })
}

fn request_reply_tasks(endpoint: &'static str, size: usize, count: usize) -> Result<f64> {
    one_thread()?.block_on(async {
        let (server, client) = service(endpoint)?;
        let answering = async move {
            for _ in 0..=count {
                let request = server.recv_msg_wait().await?;
                server.send_msg_wait(request, SEND).await?;
            }
            Ok(())
        };
        let bytes = vec![0; size];
        let asking = timed_task(count, async move || {
            client.send_msg_wait(&bytes[..], SEND).await?;
            read(&client.recv_msg_wait().await?.as_bytes());
            Ok(())
        });
        both(answering, asking).await
    })
}
