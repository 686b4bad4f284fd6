//! The workloads with this crate on async-io: two futures on one thread.

use std::process::ExitCode;
use std::time::Instant;

use compare_harness::{Result, Workload, read, run};
use futures_lite::future::try_zip;
use zmq::aio::async_io::AsyncSocket;
use zmq::{Context, Pull, Push, Rep, Req};

const TCP: &str = "tcp://127.0.0.1:*";
const INPROC: &str = "inproc://compare";

fn main() -> ExitCode {
    run(&format!("libzmq {}", zmq::version()), WORKLOADS)
}

const WORKLOADS: &[(&str, Workload)] = &[
    ("tasks-inproc", |size, count| push_pull(INPROC, size, count)),
    ("tasks-inproc-round-trip", |size, count| request_reply(INPROC, size, count)),
    ("tasks-tcp", |size, count| push_pull(TCP, size, count)),
    ("tasks-tcp-round-trip", |size, count| request_reply(TCP, size, count)),
];

fn push_pull(endpoint: &str, size: usize, count: usize) -> Result<f64> {
    let context = Context::new()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    source.connect(sink.bind(endpoint)?)?;
    let (mut sink, mut source) = (AsyncSocket::new(sink)?, AsyncSocket::new(source)?);
    let bytes = vec![0; size];
    let sending = async {
        for _ in 0..=count {
            source.send(&bytes[..]).await?;
        }
        Result::Ok(())
    };
    let receiving = async {
        read(&sink.recv().await?);
        let start = Instant::now();
        for _ in 0..count {
            read(&sink.recv().await?);
        }
        Ok(start.elapsed().as_secs_f64())
    };
    let ((), seconds) = async_io::block_on(try_zip(sending, receiving))?;
    Ok(seconds)
}

fn request_reply(endpoint: &str, size: usize, count: usize) -> Result<f64> {
    let context = Context::new()?;
    let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
    client.connect(server.bind(endpoint)?)?;
    let (mut server, mut client) = (AsyncSocket::new(server)?, AsyncSocket::new(client)?);
    let bytes = vec![0; size];
    let answering = async {
        for _ in 0..=count {
            let request = server.recv().await?;
            server.send(request).await?;
        }
        Result::Ok(())
    };
    let asking = async {
        let mut start = Instant::now();
        for turn in 0..=count {
            client.send(&bytes[..]).await?;
            read(&client.recv().await?);
            // The first round trip waits for the connection.
            if turn == 0 {
                start = Instant::now();
            }
        }
        Ok(start.elapsed().as_secs_f64())
    };
    let ((), seconds) = async_io::block_on(try_zip(answering, asking))?;
    Ok(seconds)
}
