//! Uses sockets as streams and sinks: a forwarder in one expression, and an echo with a socket that is split in two.
//!
//! A socket's stream yields whole messages and supports all stream combinators, such as `map`, `take` and `forward`.
//! The runtime here is async-io with smol's tasks. With the feature `tokio`, `zmq::aio::tokio::AsyncSocket` works the
//! same.
//!
//! To run it: `cargo run --example async_streams --features async-io,futures`. Prints `forwarded 500` and
//! `500 echoes, all in order`.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt, TryStreamExt};
use zmq::abilities::Open;
use zmq::aio::async_io::{AsyncSocket, ReceiveHalf, SendHalf};
use zmq::{Context, Dealer, Error, Multipart, Pull, Push, Result};

const MESSAGE_COUNT: usize = 500;
/// The time for which unsent messages outlive their socket.
const LINGER: Duration = Duration::from_secs(10);

fn main() -> Result<()> {
    let context = Context::builder().linger(LINGER).build()?;
    smol::block_on(async {
        println!("forwarded {}", forward(&context).await?);
        println!("{} echoes, all in order", echo(&context).await?);
        Ok(())
    })
}

/// Forwards messages from one socket to another, and prefixes each with a number.
async fn forward(context: &Context) -> Result<usize> {
    let (mut source, entrance) = pair(context, (Push, Pull), "tcp://127.0.0.1:*")?;
    let (exit, sink) = pair(context, (Push, Pull), "inproc://exit")?;
    let numbered = entrance.take(MESSAGE_COUNT).enumerate().map(|(number, message)| {
        let mut message = message?;
        message.push_front(number.to_string());
        Ok(message)
    });
    let forwarding = smol::spawn(numbered.forward(exit.sink_map_err(Error::from)));

    for number in 0..MESSAGE_COUNT {
        source.send(format!("line {number}")).await?;
    }
    forwarding.await?;
    let arrived: Vec<_> = sink.take(MESSAGE_COUNT).try_collect().await?;
    let expected = (0..MESSAGE_COUNT).map(|number| Multipart::from([number.to_string(), format!("line {number}")]));
    Ok(expected.zip(arrived).filter(|(expected, message)| expected == message).count())
}

/// Sends messages in one task and receives their echoes in another, through one socket.
async fn echo(context: &Context) -> Result<usize> {
    let (near, far) = pair(context, (Dealer, Dealer), "inproc://echo")?;
    let (sender, receiver): (SendHalf<_>, ReceiveHalf<_>) = far.into_split();
    // Forwarding a socket's stream to its own sink makes an echo server.
    let echoing = smol::spawn(receiver.take(MESSAGE_COUNT).forward(sender.sink_map_err(Error::from)));

    let (mut sender, receiver) = near.into_split();
    let sending = smol::spawn(async move {
        for number in 0..MESSAGE_COUNT {
            sender.feed(Multipart::from(number.to_string())).await?;
        }
        sender.flush().await
    });
    let echoes: Vec<_> = receiver.take(MESSAGE_COUNT).try_collect().await?;
    sending.await?;
    echoing.await?;
    Ok((0..MESSAGE_COUNT).zip(echoes).take_while(|(number, echo)| echo[0] == number.to_string()).count())
}

/// Two asynchronous sockets.
type Both<A, B> = (AsyncSocket<<A as Open>::Kind>, AsyncSocket<<B as Open>::Kind>);

/// Opens two sockets, and connects the first to the second.
fn pair<A: Open, B: Open>(context: &Context, kinds: (A, B), endpoint: &str) -> Result<Both<A, B>> {
    let (connected, bound) = (context.socket(kinds.0)?, context.socket(kinds.1)?);
    connected.connect(bound.bind(endpoint)?)?;
    Ok((AsyncSocket::new(connected)?, AsyncSocket::new(bound)?))
}
