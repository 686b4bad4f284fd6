//! Authenticators whose policy is asynchronous, on every runtime.
#![cfg(unix)]

use std::sync::{Arc, Mutex};

use tokio::sync::oneshot;
use zmq::aio::{AsyncMonitor, AsyncSocket};
use zmq::auth::{Authenticator, Credentials, Request, Verdict};
use zmq::{Context, Endpoint, MonitorEventKind, MonitorEvents, Pull, Push, Result, Security, Socket};

use crate::common::context;
use crate::runtimes::{Executor, on_every_runtime, soon};

on_every_runtime! {
    requests_are_decided_concurrently;
    a_dropped_future_refuses_the_peer;
    a_panicking_future_refuses_the_peer;
}

fn server(context: &Context) -> Result<(Socket<Pull>, Endpoint)> {
    let server = context.socket(Pull)?;
    let endpoint = server.set_security(&Security::plain_server())?.bind("tcp://127.0.0.1:*")?;
    Ok((server, endpoint))
}

fn client(context: &Context, endpoint: &Endpoint, name: &str) -> Result<Socket<Push>> {
    let client = context.socket(Push)?;
    client.set_security(&Security::plain_client(name, "secret"))?.connect(endpoint)?;
    client.send(name)?;
    Ok(client)
}

fn name(request: &Request) -> String {
    match request.credentials() {
        Credentials::Plain { username, .. } => username.to_string(),
        other => panic!("{other:?}"),
    }
}

async fn requests_are_decided_concurrently<E: Executor>() -> Result<()> {
    let context = context()?;
    let (decide, decided) = oneshot::channel();
    let (asked, mut was_asked) = tokio::sync::mpsc::unbounded_channel();
    let decided = Arc::new(Mutex::new(Some(decided)));
    let _authenticator = Authenticator::with_async(&context, E::spawner(), move |request| {
        let (decided, asked) = (Arc::clone(&decided), asked.clone());
        async move {
            let name = name(&request);
            asked.send(name.clone()).expect("the test receives the name");
            let waits = if name == "slow" { decided.lock().expect("no thread panicked").take() } else { None };
            if let Some(decided) = waits {
                decided.await.expect("the test sends a decision");
            }
            Verdict::accept(name)
        }
    })?;
    let (server, endpoint) = server(&context)?;
    let mut server = AsyncSocket::<_, E>::new(server)?;
    let _slow = client(&context, &endpoint, "slow")?;
    assert_eq!(soon::<E, _>(was_asked.recv()).await.as_deref(), Some("slow"));
    // While the first request waits, the second peer is accepted.
    let _fast = client(&context, &endpoint, "fast")?;
    let message = soon::<E, _>(server.recv()).await?;
    assert_eq!((message.to_str()?, message.user_id()), ("fast", Some("fast")));
    decide.send(()).expect("the policy waits");
    let message = soon::<E, _>(server.recv()).await?;
    assert_eq!((message.to_str()?, message.user_id()), ("slow", Some("slow")));
    Ok(())
}

async fn a_dropped_future_refuses_the_peer<E: Executor>() -> Result<()> {
    let context = context()?;
    let _authenticator =
        Authenticator::with_async(&context, drop, |request| async move { Verdict::accept(name(&request)) })?;
    expect_refused::<E>(&context).await
}

async fn a_panicking_future_refuses_the_peer<E: Executor>() -> Result<()> {
    let context = context()?;
    let _authenticator = Authenticator::with_async(&context, E::spawner(), |_| async { panic!("on purpose") })?;
    expect_refused::<E>(&context).await
}

async fn expect_refused<E: Executor>(context: &Context) -> Result<()> {
    let (server, endpoint) = server(context)?;
    let events = MonitorEvents::HANDSHAKE_FAILED_AUTH | MonitorEvents::HANDSHAKE_SUCCEEDED;
    let mut monitor = AsyncMonitor::<E>::new(server.monitor(events)?)?;
    let _client = client(context, &endpoint, "nobody")?;
    assert_eq!(soon::<E, _>(monitor.recv()).await?.kind(), MonitorEventKind::HandshakeFailedAuth);
    Ok(())
}
