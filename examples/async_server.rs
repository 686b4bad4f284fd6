//! A server processes requests concurrently, in a task for each, and sends several replies to each request.
//!
//! DEALER clients send without waiting for replies. The server splits its ROUTER socket: one half receives and spawns a
//! task for each request, and the other sends the tasks' replies in the order in which they finish. The routing ID in
//! each message leads the reply back to its client.
//!
//! Guide: chapter 3, "The Asynchronous Client/Server Pattern" <https://zguide.zeromq.org/docs/chapter3/>.
//!
//! To run all roles in one process: `cargo run --example async_server --features tokio`. To run them as processes:
//! ```text
//! cargo run --example async_server --features tokio -- server ENDPOINT        (ends after 3 clients)
//! cargo run --example async_server --features tokio -- client ENDPOINT NAME   (three of them)
//! ```
//! Prints, in one process, `client A: 12 requests, 30 replies` for each client, and `server: 36 requests, 90 replies`.

use std::time::Duration;
use std::{env, error, result};

use tokio::sync::mpsc;
use tokio::task::{spawn_blocking, yield_now};
use tokio::time::timeout;
use zmq::aio::tokio::{AsyncSocket, ReceiveHalf, SendHalf};
use zmq::{Context, Dealer, Multipart, Router};

type Result<T = ()> = result::Result<T, Box<dyn error::Error + Send + Sync>>;

/// The limit for each blocking call.
const TIMEOUT: Duration = Duration::from_secs(15);
/// The time for which unsent messages outlive their socket.
const LINGER: Duration = Duration::from_secs(15);
const CLIENT_COUNT: u32 = 3;
const REQUEST_COUNT: u32 = 12;

#[tokio::main]
async fn main() -> Result {
    let context = Context::builder().linger(LINGER).build()?;
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
    // This blocks until all messages are sent, so it must not run on a thread of the runtime.
    spawn_blocking(move || context.terminate(TIMEOUT)).await??;
    Ok(())
}

fn bind(context: &Context, endpoint: &str) -> Result<(AsyncSocket<Router>, String)> {
    let socket = context.socket(Router)?;
    let endpoint = socket.bind(endpoint)?.to_string();
    Ok((AsyncSocket::new(socket)?, endpoint))
}

async fn serve(socket: AsyncSocket<Router>) -> Result<String> {
    let (sender, receiver) = socket.into_split();
    // At most 100 replies wait to be sent. When the channel is full, the tasks wait.
    let (replies, waiting) = mpsc::channel(100);
    let sending = tokio::spawn(send(sender, waiting));
    let requests = receive(receiver, replies).await?;
    Ok(format!("server: {requests} requests, {} replies", sending.await??))
}

async fn receive(mut socket: ReceiveHalf<Router>, replies: mpsc::Sender<Multipart>) -> Result<u32> {
    for _ in 0..CLIENT_COUNT * REQUEST_COUNT {
        let request = timeout(TIMEOUT, socket.recv_multipart()).await??;
        tokio::spawn(work(request, replies.clone()));
    }
    Ok(CLIENT_COUNT * REQUEST_COUNT)
}

/// Processes a request, and sends replies as it goes.
async fn work(request: Multipart, replies: mpsc::Sender<Multipart>) -> Result {
    let number: u32 = request.last().ok_or("a request must have a number")?.to_str()?.parse()?;
    for _ in 0..number % 4 + 1 {
        for _ in 0..REQUEST_COUNT - number {
            yield_now().await;
        }
        replies.send(request.clone()).await?;
    }
    Ok(())
}

/// Sends replies until all tasks have ended.
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
    for number in 0..REQUEST_COUNT {
        socket.send(number.to_string()).await?;
    }
    let expected = (0..REQUEST_COUNT).map(|number| number % 4 + 1).sum();
    for _ in 0u32..expected {
        timeout(TIMEOUT, socket.recv()).await??;
    }
    Ok(format!("client {name}: {REQUEST_COUNT} requests, {expected} replies"))
}
