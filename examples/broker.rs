//! A broker passes requests from clients to workers; clients and workers need only the broker's address.
//!
//! The ROUTER socket prefixes each request with the routing ID of its client, and the DEALER socket distributes the
//! requests round-robin. The routing ID leads each reply back to its client. The example shows the loop between the two
//! sockets twice: ready-made, with a `Proxy`, and written by hand with a `Reactor`, for brokers that do more. Both
//! loops leave requests in the queue while no worker can accept one.
//!
//! Guide: chapter 2, "Shared Queue" <https://zguide.zeromq.org/docs/chapter2/>.
//!
//! To run all roles in one process: `cargo run --example broker`. To run them as processes, in any order, with two
//! endpoints of your choice:
//! ```text
//! cargo run --example broker -- broker FRONT BACK   (the loop by hand; ends after 30 replies)
//! cargo run --example broker -- worker BACK         (one or more; each runs until you stop it)
//! cargo run --example broker -- client FRONT NAME   (three, each of 10 requests; fails after 30 s without a reply)
//! ```
//! Prints, in one process, `client 1: 10 replies` for each client and `proxy: 30 requests, 30 replies`, and then the
//! same for the loop by hand.

use std::time::Duration;
use std::{env, error, result, thread};

use zmq::reactor::{SocketId, Turn};
use zmq::{Context, Dealer, Events, Proxy, Reactor, Rep, Req, Router, Socket};

type Result<T = ()> = result::Result<T, Box<dyn error::Error + Send + Sync>>;

/// The limit for each blocking call.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The time for which unsent messages outlive their socket.
const LINGER: Duration = Duration::from_secs(30);
const REQUEST_COUNT: u32 = 10;

fn main() -> Result {
    let context = Context::builder().linger(LINGER).build()?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            let (front, back) = bind(&context, "inproc://front", "inproc://back")?;
            let running = Proxy::builder(front, back).spawn()?;
            for context in [context.clone(), context.clone()] {
                thread::spawn(move || answer(&context, "inproc://back"));
            }
            ask_all(&context, "inproc://front")?;
            let stopped = running.stop()?;
            let passed = stopped.statistics.front;
            println!("proxy: {} requests, {} replies", passed.received.messages, passed.sent.messages);
            // A stopped proxy returns its sockets, still connected to the same peers.
            let running = thread::spawn(move || Broker::run((stopped.front, stopped.back)));
            ask_all(&context, "inproc://front")?;
            println!("by hand: {}", running.join().map_err(|_| "the broker panicked")??);
            // The workers are blocked in a receive. This ends the receive and waits until the workers have closed their
            // sockets.
            context.terminate(TIMEOUT)?;
        }
        ["broker", front, back] => println!("broker: {}", Broker::run(bind(&context, front, back)?)?),
        ["worker", back] => answer(&context, back)?,
        ["client", front, name] => println!("{}", ask(&context, front, name)?),
        _ => return Err("usage: broker [broker FRONT BACK | worker BACK | client FRONT NAME]".into()),
    }
    Ok(())
}

fn bind(context: &Context, front: &str, back: &str) -> Result<(Socket<Router>, Socket<Dealer>)> {
    let sockets = (context.socket(Router)?, context.socket(Dealer)?);
    sockets.0.bind(front)?;
    sockets.1.set_send_timeout(TIMEOUT)?.bind(back)?;
    Ok(sockets)
}

/// The loop by hand: a reactor owns the sockets and calls the methods of this struct.
struct Broker {
    front: SocketId<Router>,
    back: SocketId<Dealer>,
    requests: u32,
    replies: u32,
}

impl Broker {
    fn run((front, back): (Socket<Router>, Socket<Dealer>)) -> zmq::Result<String> {
        let mut reactor = Reactor::new()?;
        let front = reactor.add(front, Events::READABLE, Self::pass_request)?;
        let back = reactor.add(back, Events::READABLE, Self::pass_reply)?;
        let mut broker = Self { front, back, requests: 0, replies: 0 };
        reactor.run(&mut broker)?;
        Ok(format!("{} requests, {} replies", broker.requests, broker.replies))
    }

    fn pass_request(&mut self, front: &Socket<Router>, turn: &mut Turn<'_, Self>) -> zmq::Result<()> {
        let back = turn.socket(self.back)?;
        if back.events()?.is_writable() {
            self.requests += 1;
            return Ok(back.send_multipart(front.recv_multipart()?)?);
        }
        // No worker can accept a request yet. A send would block and delay the replies.
        self.wait_for(turn, Events::empty(), Events::READABLE | Events::WRITABLE)
    }

    fn wait_for(&self, turn: &mut Turn<'_, Self>, front: Events, back: Events) -> zmq::Result<()> {
        turn.set_interest(self.front, front)?;
        turn.set_interest(self.back, back)
    }

    fn pass_reply(&mut self, back: &Socket<Dealer>, turn: &mut Turn<'_, Self>) -> zmq::Result<()> {
        if turn.events().is_writable() {
            self.wait_for(turn, Events::READABLE, Events::READABLE)?;
        }
        if !turn.events().is_readable() {
            return Ok(());
        }
        self.replies += 1;
        if self.replies == 3 * REQUEST_COUNT {
            turn.stop();
        }
        Ok(turn.socket(self.front)?.send_multipart(back.recv_multipart()?)?)
    }
}

fn ask_all(context: &Context, front: &'static str) -> Result {
    let clients = ["1", "2", "3"].map(|name| (name, context.clone()));
    for client in clients.map(|(name, context)| thread::spawn(move || ask(&context, front, name))) {
        println!("{}", client.join().map_err(|_| "a client panicked")??);
    }
    Ok(())
}

fn answer(context: &Context, back: &str) -> Result {
    let socket = context.socket(Rep)?;
    socket.connect(back)?;
    loop {
        socket.send(socket.recv()?.to_str()?.replace("question", "answer"))?;
    }
}

fn ask(context: &Context, front: &str, name: &str) -> Result<String> {
    let socket = context.socket(Req)?;
    socket.set_recv_timeout(TIMEOUT)?.set_send_timeout(TIMEOUT)?.connect(front)?;
    let mut replies = 0;
    for number in 1..=REQUEST_COUNT {
        socket.send(format!("question {number} of {name}"))?;
        replies += u32::from(socket.recv()? == format!("answer {number} of {name}"));
    }
    Ok(format!("client {name}: {replies} replies"))
}
