//! Asynchronous monitors whose events have addresses.

use zmq::aio::AsyncMonitor;
use zmq::{MonitorEventKind, MonitorEvents, Pull, Push, Result};

use crate::common::context;
use crate::runtimes::{Executor, cancel, on_every_runtime, soon};

on_every_runtime! {
    an_asynchronous_monitor_reports_addresses;
}

async fn an_asynchronous_monitor_reports_addresses<E: Executor>() -> Result<()> {
    let context = context()?;
    let sink = context.socket(Pull)?;
    // Events that only the crate needs wake the task, which continues to wait.
    let mut monitor = AsyncMonitor::<E>::new(sink.monitor_with_addresses(MonitorEvents::HANDSHAKE_SUCCEEDED)?)?;
    let endpoint = sink.bind("tcp://127.0.0.1:*")?;
    for _ in 0..3 {
        cancel(monitor.recv());
        let source = context.socket(Push)?;
        let at_source = source.monitor_with_addresses(MonitorEvents::CONNECTED)?;
        source.connect(&endpoint)?;
        let event = soon::<E, _>(monitor.wait_connected()).await?;
        assert_eq!((event.kind(), event.endpoint()), (MonitorEventKind::HandshakeSucceeded, endpoint.as_str()));
        assert_eq!(event.local_address(), Some(endpoint.as_str()));
        assert_eq!(event.remote_address(), at_source.recv()?.local_address());
    }
    Ok(())
}
