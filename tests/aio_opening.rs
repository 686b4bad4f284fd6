//! Asynchronous sockets: how they are made, and of which type they are.
#![cfg(all(unix, feature = "tokio", feature = "async-io"))]

mod common;
#[path = "common/runtimes.rs"]
mod runtimes;

use zmq::aio::AsyncSocket;
use zmq::{Any, Pull, Push, Result};

use common::context;
use runtimes::{Executor, on_every_runtime, soon, two};

on_every_runtime! {
    sockets_of_different_kinds_fit_one_collection;
}

async fn sockets_of_different_kinds_fit_one_collection<E: Executor>() -> Result<()> {
    let (sink, source) = two::<E, _, _>(&context()?, "tcp", (Pull, Push))?;
    let mut sockets: [AsyncSocket<Any, E>; 2] = [sink.erase(), source.erase()];
    sockets[1].send("to one of the two").await?;
    assert_eq!(soon::<E, _>(sockets[0].recv()).await?, "to one of the two");
    let [sink, source] = sockets.map(AsyncSocket::into_inner);
    assert!(sink.downcast::<Pull>().is_ok() && source.downcast::<Push>().is_ok());
    Ok(())
}
