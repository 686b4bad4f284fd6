//! Asynchronous sockets exchange messages with `zmq.asyncio` of pyzmq, both sides awaiting.
#![cfg(unix)]

use futures_util::future::try_join;
use futures_util::{SinkExt, StreamExt};
use zmq::abilities::Open;
use zmq::aio::AsyncSocket;
use zmq::{Capability, Dealer, Error, Multipart, Rep, Req, Result};

use crate::common::pyzmq::{self, Peer};
use crate::common::{context, free};
use crate::runtimes::{Executor, on_every_runtime, soon};

const COUNT: usize = 2000;

on_every_runtime! {
    both_talk_at_once;
    both_talk_at_once_in_streams;
    requests_are_answered;
    requests_in_an_envelope_are_answered;
    requests_are_asked;
}

/// Returns the message with this number, equal to the one of aio_peer.py.
fn frames(number: usize) -> Multipart {
    let text = number.to_string();
    Multipart::from([text.clone(), String::new(), text.repeat(number % 1000)])
}

/// Runs `talk` with the peer in `role`, once over each transport.
async fn meet<E: Executor, K: Open + Copy>(
    role: &str,
    kind: K,
    talk: impl AsyncFn(AsyncSocket<K::Kind, E>) -> Result<()>,
) -> Result<()> {
    let Some(python) = pyzmq::python(role) else { return Ok(()) };
    for transport in ["tcp", "ipc"].into_iter().filter(|&name| name != "ipc" || zmq::has(Capability::Ipc)) {
        let context = context()?;
        let socket = context.socket(kind)?;
        let endpoint = socket.bind(free(transport))?;
        let arguments = [role.to_owned(), endpoint.to_string(), COUNT.to_string()];
        let peer = Peer::start(&python, "aio_peer.py", arguments);
        soon::<E, _>(talk(AsyncSocket::new(socket)?)).await?;
        peer.finish();
    }
    Ok(())
}

async fn both_talk_at_once<E: Executor>() -> Result<()> {
    meet::<E, _>("talk", Dealer, async |socket| {
        let (mut sender, mut receiver) = socket.into_split();
        let sending = async {
            for number in 0..COUNT {
                sender.send_multipart(frames(number)).await?;
            }
            Ok::<_, Error>(())
        };
        let receiving = async {
            for number in 0..COUNT {
                assert_eq!(receiver.recv_multipart().await?, frames(number));
            }
            Ok(())
        };
        try_join(sending, receiving).await?;
        linger(sender.reunite(receiver).expect("both halves belong to one socket"))
    })
    .await
}

async fn both_talk_at_once_in_streams<E: Executor>() -> Result<()> {
    meet::<E, _>("talk", Dealer, async |socket| {
        let (mut sender, receiver) = socket.into_split();
        let mut messages = futures_util::stream::iter((0..COUNT).map(|number| Ok(frames(number))));
        let sending = sender.send_all(&mut messages);
        let receiving = async {
            let mut received = receiver.take(COUNT).enumerate();
            while let Some((number, message)) = received.next().await {
                assert_eq!(message?, frames(number));
            }
            Ok(received.into_inner().into_inner())
        };
        let ((), receiver) = try_join(sending, receiving).await?;
        linger(sender.reunite(receiver).expect("both halves belong to one socket"))
    })
    .await
}

async fn requests_are_answered<E: Executor>() -> Result<()> {
    meet::<E, _>("serve", Req, async |mut socket| {
        for number in 0..COUNT {
            assert_eq!(socket.request(frames(number)).await?, frames(number + 1));
        }
        Ok(())
    })
    .await
}

async fn requests_in_an_envelope_are_answered<E: Executor>() -> Result<()> {
    meet::<E, _>("serve", Dealer, async |mut socket| {
        for number in 0..COUNT {
            assert_eq!(socket.request(frames(number)).await?, frames(number + 1));
        }
        Ok(())
    })
    .await
}

async fn requests_are_asked<E: Executor>() -> Result<()> {
    meet::<E, _>("ask", Rep, async |mut socket| {
        for number in 0..COUNT {
            assert_eq!(socket.recv_multipart().await?, frames(number));
            socket.send_multipart(frames(number + 1)).await?;
        }
        linger(socket)
    })
    .await
}

/// Sets the linger period so that sent messages outlive the socket, because the peer may not have received all of them.
fn linger<K: zmq::Kind, E: Executor>(socket: AsyncSocket<K, E>) -> Result<()> {
    socket.get_ref().set_linger(Some(crate::common::PATIENCE)).map(drop)
}
