//! A server that answers when it is done, not in turn: many replies to a request, from as many tasks, to many clients.
//!
//! DEALER clients send without waiting for replies. The server's ROUTER is split: one half receives and makes a task of each
//! request, the other sends what the tasks have to say, in whatever order that is. Each message carries its way back.
//!
//! Guide: chapter 3, "The Asynchronous Client/Server Pattern" <https://zguide.zeromq.org/docs/chapter3/>.
//! Alone it is all of them: `cargo run --example async_server --features tokio`. As processes:
//! ```text
//! cargo run --example async_server --features tokio -- server ENDPOINT        (ends after 3 clients; says where it is)
//! cargo run --example async_server --features tokio -- client ENDPOINT NAME   (three)
//! ```
//! Prints, alone, `client A: 12 requests, 30 replies` for each client, and `server: 36 requests, 90 replies`.

use std::time::Duration;
use std::{env, error, result};

use tokio::sync::mpsc;
use tokio::task::{spawn_blocking, yield_now};
use tokio::time::timeout;
use zmq::aio::tokio::{AsyncSocket, ReceiveHalf, SendHalf};
use zmq::{Context, Dealer, Multipart, Router};

type Result<T = ()> = result::Result<T, Box<dyn error::Error + Send + Sync>>;

/// How long anybody waits for the others.
const PATIENCE: Duration = Duration::from_secs(15);
const CLIENTS: u32 = 3;
const REQUESTS: u32 = 12;

#[tokio::main]
async fn main() -> Result {
    let context = Context::builder().linger(PATIENCE).build()?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            let (server, endpoint) = bind(&context, "tcp://127.0.0.1:*")?;
            let server = tokio::spawn(serve(server));
            let ask = |name| tokio::spawn(ask(context.clone(), endpoint.clone(), name));
            for client in ["A", "B", "C"].map(ask) {
                println!("{}", client.await??);
            }
            println!("{}", server.await??);
        }
        ["server", endpoint] => {
            let (server, endpoint) = bind(&context, endpoint)?;
            println!("server: at {endpoint}");
            println!("{}", serve(server).await?);
        }
        ["client", endpoint, name] => println!("{}", ask(context.clone(), endpoint.into(), name).await?),
        _ => return Err("usage: async_server [server ENDPOINT | client ENDPOINT NAME]".into()),
    }
    // It waits until everything is sent: that blocks, and is not for a thread of the runtime.
    spawn_blocking(move || context.terminate(PATIENCE)).await??;
    Ok(())
}

fn bind(context: &Context, endpoint: &str) -> Result<(AsyncSocket<Router>, String)> {
    let socket = context.socket(Router)?;
    let endpoint = socket.bind(endpoint)?.to_string();
    Ok((AsyncSocket::new(socket)?, endpoint))
}

async fn serve(socket: AsyncSocket<Router>) -> Result<String> {
    let (sender, receiver) = socket.into_split();
    // As many replies as may wait to be sent: then the tasks wait, and their requests with them.
    let (replies, waiting) = mpsc::channel(100);
    let sending = tokio::spawn(send(sender, waiting));
    let requests = receive(receiver, replies).await?;
    Ok(format!("server: {requests} requests, {} replies", sending.await??))
}

async fn receive(mut socket: ReceiveHalf<Router>, replies: mpsc::Sender<Multipart>) -> Result<u32> {
    for _ in 0..CLIENTS * REQUESTS {
        let request = timeout(PATIENCE, socket.recv_multipart()).await??;
        tokio::spawn(work(request, replies.clone()));
    }
    Ok(CLIENTS * REQUESTS)
}

/// Works on a request, with a reply now and then.
async fn work(request: Multipart, replies: mpsc::Sender<Multipart>) -> Result {
    let number: u32 = request.last().ok_or("a request has a number")?.to_str()?.parse()?;
    for _ in 0..number % 4 + 1 {
        for _ in 0..REQUESTS - number {
            yield_now().await;
        }
        replies.send(request.clone()).await?;
    }
    Ok(())
}

/// Sends replies for as long as somebody works on any.
async fn send(mut socket: SendHalf<Router>, mut waiting: mpsc::Receiver<Multipart>) -> Result<u32> {
    let mut count = 0;
    while let Some(reply) = waiting.recv().await {
        socket.send_multipart(reply).await?;
        count += 1;
    }
    Ok(count)
}

async fn ask(context: Context, endpoint: String, name: &str) -> Result<String> {
    let socket = context.socket(Dealer)?;
    socket.connect(endpoint)?;
    let mut socket = AsyncSocket::new(socket)?;
    for number in 0..REQUESTS {
        socket.send(number.to_string()).await?;
    }
    let expected = (0..REQUESTS).map(|number| number % 4 + 1).sum();
    for _ in 0u32..expected {
        timeout(PATIENCE, socket.recv()).await??;
    }
    Ok(format!("client {name}: {REQUESTS} requests, {expected} replies"))
}
