//! A server and three clients as tasks of tokio; a receive that loses a race loses no message, nor does a request given up.
//!
//! Whatever waits is a future, so that `timeout` and `select!` work on it. The server keeps silent once, on purpose: the
//! client gives up and asks again, with the same socket. Then receives are cancelled, and what comes is counted.
//!
//! Run it with `cargo run --example async_tokio --features tokio`. Prints `client A: 10 replies`, and one that was asked
//! twice, then `cancelled 10 receives, received 1000/1000`.

use std::time::Duration;

use tokio::time::timeout;
use zmq::aio::tokio::AsyncSocket;
use zmq::{Context, Endpoint, Pull, Push, Req, Router};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How long anybody waits for the others.
const PATIENCE: Duration = Duration::from_secs(10);
const REQUESTS: u32 = 10;
const ROUNDS: u32 = 10;
const BATCH: u32 = 100;

#[tokio::main]
async fn main() -> Result {
    let context = Context::builder().linger(PATIENCE).build()?;
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
    // It ends the server too, and waits until everything is sent: that blocks, and is not for a thread of the runtime.
    tokio::task::spawn_blocking(move || context.terminate(PATIENCE)).await??;
    Ok(())
}

/// Answers everybody, but for the first time that C asks for number 5.
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
    for number in 0..REQUESTS {
        let question = format!("{number} of {name}");
        let first = timeout(PATIENCE / 50, socket.request(question.as_str())).await;
        let reply = match first {
            Ok(reply) => reply?,
            Err(_) => {
                twice += 1;
                timeout(PATIENCE, socket.request(question.as_str())).await??
            }
        };
        if reply[0] != format!("re: {question}").as_str() {
            return Err("that is the reply to another question".into());
        }
    }
    let asked = if twice > 0 { format!(", {twice} asked twice") } else { String::new() };
    Ok(format!("client {name}: {REQUESTS} replies{asked}"))
}

/// Lets a receive that has nothing to receive lose a race, ten times, and receives everything all the same.
async fn race(context: &Context) -> Result {
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    source.connect(sink.bind("inproc://race")?)?;
    let (mut sink, mut source) = (AsyncSocket::new(sink)?, AsyncSocket::new(source)?);
    let (mut cancelled, mut received) = (0, 0);
    for _ in 0..ROUNDS {
        tokio::select! {
            _ = sink.recv() => return Err("nothing was sent yet".into()),
            () = tokio::task::yield_now() => cancelled += 1,
        }
        for number in 0..BATCH {
            source.send(number.to_be_bytes()).await?;
        }
        for number in 0..BATCH {
            let message = timeout(PATIENCE, sink.recv()).await??;
            received += u32::from(message == number.to_be_bytes());
        }
    }
    println!("cancelled {cancelled} receives, received {received}/{}", ROUNDS * BATCH);
    Ok(())
}
