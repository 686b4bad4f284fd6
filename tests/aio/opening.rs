//! Asynchronous sockets: their creation and their types.
#![cfg(unix)]

use zmq::aio::AsyncSocket;
use zmq::{Any, Pull, Push, Result};

use crate::common::context;
use crate::runtimes::{Executor, on_every_runtime, soon, two};

on_every_runtime! {
    sockets_of_different_kinds_fit_one_collection;
    one_expression_opens_and_configures_a_socket_that_a_variable_holds;
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

async fn one_expression_opens_and_configures_a_socket_that_a_variable_holds<E: Executor>() -> Result<()> {
    let context = context()?;
    let mut sink = AsyncSocket::<_, E>::open(&context, Pull)?.configure(|socket| socket.set_recv_hwm(2))?;
    let mut source = AsyncSocket::<_, E>::open(&context, Push)?.configure(|socket| socket.set_send_hwm(1))?;
    assert_eq!((sink.get_ref().recv_hwm()?, source.get_ref().send_hwm()?), (2, 1));
    source.get_ref().connect(sink.get_ref().bind("tcp://127.0.0.1:*")?)?;
    source.send("configured").await?;
    assert_eq!(soon::<E, _>(sink.recv()).await?, "configured");
    Ok(())
}
