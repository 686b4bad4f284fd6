//! A client sends requests and a server answers each in turn, with REQ and REP sockets.
//!
//! Guide: chapter 1, "Ask and Ye Shall Receive" <https://zguide.zeromq.org/docs/chapter1/>.
//!
//! To run client and server on two threads of one process: `cargo run --example hello_world`. To run them as two
//! processes, in any order:
//! ```text
//! cargo run --example hello_world -- server tcp://127.0.0.1:5555
//! cargo run --example hello_world -- client tcp://127.0.0.1:5555
//! ```
//!
//! Prints the server's endpoint, these lines for each of five requests, and then `done: 5 replies`:
//! ```text
//! client: Hello 0
//! server: got Hello 0
//! client: got World 0
//! ```

use std::error::Error;
use std::time::Duration;
use std::{env, thread};

use zmq::{Context, Rep, Req, Socket};

/// The limit for each blocking call.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The time for which unsent messages outlive their socket.
const LINGER: Duration = Duration::from_secs(30);
const REQUEST_COUNT: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    // A linger limits how long the drop of the context waits for replies that are not sent yet.
    let context = Context::builder().linger(LINGER).build()?;

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
    socket.set_recv_timeout(TIMEOUT)?.set_send_timeout(TIMEOUT)?;
    // The resolved endpoint contains the port that the system chose for `*`.
    let endpoint = socket.bind(endpoint)?;
    println!("server: at {endpoint}");
    Ok((socket, endpoint.into()))
}

/// Replies to each "Hello n" with "World n".
fn serve(socket: &Socket<Rep>) -> zmq::Result<()> {
    for _ in 0..REQUEST_COUNT {
        let request = socket.recv()?;
        let request = request.to_str()?;
        println!("server: got {request}");
        socket.send(request.replace("Hello", "World"))?;
    }
    Ok(())
}

/// Sends each request after the reply to the previous one, as a REQ socket requires.
fn ask(context: &Context, endpoint: &str) -> zmq::Result<()> {
    let socket = context.socket(Req)?;
    socket.set_recv_timeout(TIMEOUT)?.set_send_timeout(TIMEOUT)?;
    // The server may start later: libzmq connects in the background.
    socket.connect(endpoint)?;

    for round in 0..REQUEST_COUNT {
        println!("client: Hello {round}");
        socket.send(format!("Hello {round}"))?;
        println!("client: got {}", socket.recv()?.to_str()?);
    }
    println!("done: {REQUEST_COUNT} replies");
    Ok(())
}
