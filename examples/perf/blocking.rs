//! The roles for blocking sockets.

use std::time::{Duration, Instant};

use zmq::{Message, Pull, Push, Rep, Req, Socket};

use crate::report::{Latencies, shown};
use crate::{Plan, Result, Sides};

pub(crate) const SIDES: Sides = Sides { receive, send, reply, request };

/// Receives all messages, and returns the time from the first to the last.
fn receive(socket: Socket<Pull>, plan: Plan) -> Result<Duration> {
    let mut message = socket.recv()?;
    plan.expect(&message)?;
    let start = Instant::now();
    for _ in shown(1..plan.count, plan.count) {
        socket.recv_into(&mut message)?;
        plan.expect(&message)?;
    }
    Ok(start.elapsed())
}

fn send(socket: Socket<Push>, plan: Plan) -> Result {
    let content = Message::zeroed(plan.size)?;
    for _ in 0..plan.count {
        socket.send(&content)?;
    }
    Ok(())
}

fn reply(socket: Socket<Rep>, plan: Plan) -> Result {
    for _ in 0..plan.count {
        let message = socket.recv()?;
        plan.expect(&message)?;
        socket.send(message)?;
    }
    Ok(())
}

fn request(socket: Socket<Req>, plan: Plan) -> Result<Latencies> {
    let mut message = Message::zeroed(plan.size)?;
    let mut latencies = Latencies::default();
    for number in shown(0..plan.count, plan.count) {
        let start = Instant::now();
        socket.send(message)?;
        message = socket.recv()?;
        if number > 0 {
            latencies.add_round_trip(start.elapsed());
        }
        plan.expect(&message)?;
    }
    Ok(latencies)
}
