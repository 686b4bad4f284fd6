//! Runs a server and three clients as tokio tasks; cancelled receives and abandoned requests lose no messages.
//!
//! Every wait is a future, so `timeout` and `select!` work with it. The server deliberately ignores one request:
//! its client times out, abandons the request, and sends it again on the same socket. The second part cancels receives
//! and counts the messages that arrive.
//!
//! To run it: `cargo run --example async_tokio --features tokio`. Prints `client A: 10 replies` for each client, with
//! `1 sent twice` for client C, and then `cancelled 10 receives, received 1000/1000`.

use std::time::Duration;

use tokio::time::timeout;
use zmq::aio::tokio::AsyncSocket;
use zmq::{Context, Endpoint, Pull, Push, Req, Router};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The limit for each blocking call.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The time for which unsent messages outlive their socket.
const LINGER: Duration = Duration::from_secs(10);
const REQUEST_COUNT: u32 = 10;
const ROUNDS: u32 = 10;
const BATCH: u32 = 100;

#[tokio::main]
async fn main() -> Result {
    let context = Context::builder().linger(LINGER).build()?;
    let server = context.socket(Router)?;
    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    tokio::spawn(serve(AsyncSocket::new(server)?));

    let mut clients = Vec::new();
    for name in ["A", "B", "C"] {
        clients.push(tokio::spawn(ask(context.clone(), endpoint.clone(), name)));
    }
    for client in clients {
        println!("{}", client.await??);
    }
    race(&context).await?;
    // This also ends the server, and blocks until all messages are sent, so it must not run on a thread of the runtime.
    tokio::task::spawn_blocking(move || context.terminate(TIMEOUT)).await??;
    Ok(())
}

/// Replies to all requests except the first request number 5 of client C.
async fn serve(mut socket: AsyncSocket<Router>) -> Result {
    let mut silent = true;
    loop {
        let mut message = socket.recv_multipart().await?;
        let question = message.pop_back().unwrap_or_default();
        if question == "5 of C" && std::mem::take(&mut silent) {
            continue;
        }
        message.push_back([b"re: ", question.as_bytes()].concat());
        socket.send_multipart(message).await?;
    }
}

async fn ask(context: Context, endpoint: Endpoint, name: &str) -> Result<String> {
    let socket = context.socket(Req)?;
    socket.connect(endpoint)?;
    let mut socket = AsyncSocket::new(socket)?;
    let mut twice = 0;
    for number in 0..REQUEST_COUNT {
        let question = format!("{number} of {name}");
        let first = timeout(TIMEOUT / 50, socket.request(question.as_str())).await;
        let reply = match first {
            Ok(reply) => reply?,
            Err(_) => {
                twice += 1;
                timeout(TIMEOUT, socket.request(question.as_str())).await??
            }
        };
        if reply[0] != format!("re: {question}").as_str() {
            return Err("the reply belongs to another request".into());
        }
    }
    let asked = if twice > 0 { format!(", {twice} sent twice") } else { String::new() };
    Ok(format!("client {name}: {REQUEST_COUNT} replies{asked}"))
}

/// Cancels ten receives while no message is queued, and then receives all messages.
async fn race(context: &Context) -> Result {
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    source.connect(sink.bind("inproc://race")?)?;
    let (mut sink, mut source) = (AsyncSocket::new(sink)?, AsyncSocket::new(source)?);
    let (mut cancelled, mut received) = (0, 0);
    for _ in 0..ROUNDS {
        tokio::select! {
            _ = sink.recv() => return Err("received a message before one was sent".into()),
            () = tokio::task::yield_now() => cancelled += 1,
        }
        for number in 0..BATCH {
            source.send(number.to_be_bytes()).await?;
        }
        for number in 0..BATCH {
            let message = timeout(TIMEOUT, sink.recv()).await??;
            received += u32::from(message == number.to_be_bytes());
        }
    }
    println!("cancelled {cancelled} receives, received {received}/{}", ROUNDS * BATCH);
    Ok(())
}
