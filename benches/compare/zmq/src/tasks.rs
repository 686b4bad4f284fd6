//! Two tasks on one tokio runtime.

use compare_harness::tasks::{Runtime, both, timed};
use compare_harness::{Result, read};
use zmq::aio::tokio::AsyncSocket;
use zmq::{Context, Pull, Push, Rep, Req};

pub(crate) fn push_pull(runtime: Runtime, endpoint: &str, size: usize, count: usize) -> Result<f64> {
    runtime.block_on(async {
        let context = Context::new()?;
        let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
        source.connect(sink.bind(endpoint)?)?;
        let (mut sink, mut source) = (AsyncSocket::new(sink)?, AsyncSocket::new(source)?);
        let sending = async move {
            let bytes = vec![0; size];
            for _ in 0..=count {
                source.send(&bytes[..]).await?;
            }
            Ok(())
        };
        let receiving = timed(count, async move || {
            read(&sink.recv().await?);
            Ok(())
        });
        both(sending, receiving).await
    })
}

pub(crate) fn request_reply(runtime: Runtime, endpoint: &str, size: usize, count: usize) -> Result<f64> {
    runtime.block_on(async {
        let context = Context::new()?;
        let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
        client.connect(server.bind(endpoint)?)?;
        let (mut server, mut client) = (AsyncSocket::new(server)?, AsyncSocket::new(client)?);
        let answering = async move {
            for _ in 0..=count {
                let request = server.recv().await?;
                server.send(request).await?;
            }
            Ok(())
        };
        let bytes = vec![0; size];
        let asking = timed(count, async move || {
            client.send(&bytes[..]).await?;
            read(&client.recv().await?);
            Ok(())
        });
        both(answering, asking).await
    })
}
