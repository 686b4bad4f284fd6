//! Sockets as streams and sinks: a forwarder in one expression, and two halves of a socket on two tasks. On async-io.
//!
//! A stream yields whole messages, so that what works on streams works on sockets: `map`, `take`, `forward`. The runtime
//! here is async-io with smol's tasks; with the feature `tokio` instead, `zmq::aio::tokio::AsyncSocket` does the same.
//!
//! Run it with `cargo run --example async_streams --features async-io,futures`. Prints `forwarded 500`, and
//! `500 echoes, all in order`.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt, TryStreamExt};
use zmq::aio::async_io::{AsyncSocket, ReceiveHalf, SendHalf};
use zmq::{Context, Dealer, Error, Multipart, Open, Pull, Push, Result};

const COUNT: usize = 500;
/// How long the sockets try to send what is left when they are dropped.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> Result<()> {
    let context = Context::builder().linger(PATIENCE).build()?;
    smol::block_on(async {
        println!("forwarded {}", forward(&context).await?);
        println!("{} echoes, all in order", echo(&context).await?);
        Ok(())
    })
}

/// Passes messages on from one socket to another, each with a number in front.
async fn forward(context: &Context) -> Result<usize> {
    let (mut source, entrance) = pair(context, (Push, Pull), "tcp://127.0.0.1:*")?;
    let (exit, sink) = pair(context, (Push, Pull), "inproc://exit")?;
    let numbered = entrance.take(COUNT).enumerate().map(|(number, message)| {
        let mut message = message?;
        message.push_front(number.to_string());
        Ok(message)
    });
    let forwarding = smol::spawn(numbered.forward(exit.sink_map_err(Error::from)));

    for number in 0..COUNT {
        source.send(format!("line {number}")).await?;
    }
    forwarding.await?;
    let arrived: Vec<_> = sink.take(COUNT).try_collect().await?;
    let expected = (0..COUNT).map(|number| Multipart::from([number.to_string(), format!("line {number}")]));
    Ok(expected.zip(arrived).filter(|(expected, message)| expected == message).count())
}

/// Sends on one task what comes back on another, through one socket.
async fn echo(context: &Context) -> Result<usize> {
    let (near, far) = pair(context, (Dealer, Dealer), "inproc://echo")?;
    let (sender, receiver): (SendHalf<_>, ReceiveHalf<_>) = far.into_split();
    // A socket whose stream goes into its own sink is an echo.
    let echoing = smol::spawn(receiver.take(COUNT).forward(sender.sink_map_err(Error::from)));

    let (mut sender, receiver) = near.into_split();
    let sending = smol::spawn(async move {
        for number in 0..COUNT {
            sender.feed(Multipart::from(number.to_string())).await?;
        }
        sender.flush().await
    });
    let echoes: Vec<_> = receiver.take(COUNT).try_collect().await?;
    sending.await?;
    echoing.await?;
    Ok((0..COUNT).zip(echoes).take_while(|(number, echo)| echo[0] == number.to_string()).count())
}

/// Two sockets of kinds that may differ.
type Both<A, B> = (AsyncSocket<<A as Open>::Kind>, AsyncSocket<<B as Open>::Kind>);

/// Opens two sockets, of which the first connects to the second.
fn pair<A: Open, B: Open>(context: &Context, kinds: (A, B), endpoint: &str) -> Result<Both<A, B>> {
    let (connected, bound) = (context.socket(kinds.0)?, context.socket(kinds.1)?);
    connected.connect(bound.bind(endpoint)?)?;
    Ok((AsyncSocket::new(connected)?, AsyncSocket::new(bound)?))
}
