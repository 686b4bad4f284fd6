//! A client asks, a server answers, in strict turns: REQ and REP sockets.
//!
//! Guide: chapter 1, "Ask and Ye Shall Receive" <https://zguide.zeromq.org/docs/chapter1/>.
//! Alone it is client and server, on two threads: `cargo run --example hello_world`. As two processes, in any order:
//! ```text
//! cargo run --example hello_world -- server tcp://127.0.0.1:5555
//! cargo run --example hello_world -- client tcp://127.0.0.1:5555
//! ```
//!
//! Prints where the server is, then one such round for each of five requests, then `done: 5 replies`:
//! ```text
//! client: Hello 0
//! server: got Hello 0
//! client: got World 0
//! ```

use std::error::Error;
use std::time::Duration;
use std::{env, thread};

use zmq::{Context, Rep, Req, Socket};

/// How long anybody waits for the other side.
const PATIENCE: Duration = Duration::from_secs(30);
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    // The drop of the context waits for replies that are still on their way, but not for ever.
    let context = Context::builder().linger(PATIENCE).build()?;

    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            let (server, endpoint) = bind(&context, "tcp://127.0.0.1:*")?;
            let serving = thread::spawn(move || serve(&server));
            ask(&context, &endpoint)?;
            serving.join().map_err(|_| "the server panicked")??;
        }
        ["server", endpoint] => serve(&bind(&context, endpoint)?.0)?,
        ["client", endpoint] => ask(&context, endpoint)?,
        _ => return Err("usage: hello_world [server ENDPOINT | client ENDPOINT]".into()),
    }
    Ok(())
}

fn bind(context: &Context, endpoint: &str) -> zmq::Result<(Socket<Rep>, String)> {
    let socket = context.socket(Rep)?;
    socket.set_recv_timeout(PATIENCE)?.set_send_timeout(PATIENCE)?;
    // What comes back has the port that the system chose for `*`.
    let endpoint = socket.bind(endpoint)?;
    println!("server: at {endpoint}");
    Ok((socket, endpoint.into()))
}

/// Answers each "Hello n" with "World n".
fn serve(socket: &Socket<Rep>) -> zmq::Result<()> {
    for _ in 0..ROUNDS {
        let request = socket.recv()?;
        let request = request.to_str()?;
        println!("server: got {request}");
        socket.send(request.replace("Hello", "World"))?;
    }
    Ok(())
}

/// Sends the requests, each after the reply to the one before: a REQ socket allows nothing else.
fn ask(context: &Context, endpoint: &str) -> zmq::Result<()> {
    let socket = context.socket(Req)?;
    socket.set_recv_timeout(PATIENCE)?.set_send_timeout(PATIENCE)?;
    // The server need not be there yet: the connection is made in the background.
    socket.connect(endpoint)?;

    for round in 0..ROUNDS {
        println!("client: Hello {round}");
        socket.send(format!("Hello {round}"))?;
        println!("client: got {}", socket.recv()?.to_str()?);
    }
    println!("done: {ROUNDS} replies");
    Ok(())
}
