//! The roles for asynchronous sockets, each on a thread with its own runtime.

use std::future::Future;
use std::ops::Range;
use std::time::{Duration, Instant};

use tokio::runtime;
use tokio::time::timeout;
use zmq::aio::tokio::AsyncSocket;
use zmq::{Message, Pull, Push, Rep, Req, Socket};

use crate::report::{Latencies, shown};
use crate::{Plan, Result, Sides, TIMEOUT};

pub(crate) const SIDES: Sides = Sides { receive, send, reply, request };

/// Receives all messages, and returns the time from the first to the last.
fn receive(socket: Socket<Pull>, plan: Plan) -> Result<Duration> {
    run(async {
        let mut socket = AsyncSocket::new(socket)?;
        plan.expect(&timeout(TIMEOUT, socket.recv()).await??)?;
        let start = Instant::now();
        for first in shown((1..plan.count).step_by(BATCH_SIZE), plan.count) {
            let receiving = async {
                for _ in batch(first, plan) {
                    plan.expect(&socket.recv().await?)?;
                }
                Result::Ok(())
            };
            timeout(TIMEOUT, receiving).await??;
        }
        Ok(start.elapsed())
    })
}

fn send(socket: Socket<Push>, plan: Plan) -> Result {
    run(async {
        let mut socket = AsyncSocket::new(socket)?;
        let content = Message::zeroed(plan.size)?;
        for first in (0..plan.count).step_by(BATCH_SIZE) {
            let sending = async {
                for _ in batch(first, plan) {
                    socket.send(&content).await?;
                }
                Result::Ok(())
            };
            timeout(TIMEOUT, sending).await??;
        }
        Ok(())
    })
}

fn reply(socket: Socket<Rep>, plan: Plan) -> Result {
    run(async {
        let mut socket = AsyncSocket::new(socket)?;
        for _ in 0..plan.count {
            let message = timeout(TIMEOUT, socket.recv()).await??;
            plan.expect(&message)?;
            timeout(TIMEOUT, socket.send(message)).await??;
        }
        Ok(())
    })
}

fn request(socket: Socket<Req>, plan: Plan) -> Result<Latencies> {
    run(async {
        let mut socket = AsyncSocket::new(socket)?;
        let mut message = Message::zeroed(plan.size)?;
        let mut latencies = Latencies::default();
        for number in shown(0..plan.count, plan.count) {
            let start = Instant::now();
            timeout(TIMEOUT, socket.send(message)).await??;
            message = timeout(TIMEOUT, socket.recv()).await??;
            if number > 0 {
                latencies.add_round_trip(start.elapsed());
            }
            plan.expect(&message)?;
        }
        Ok(latencies)
    })
}

/// Returns the numbers of the messages that share one timeout, because a timeout for each would dominate the
/// measurement.
fn batch(first: u64, plan: Plan) -> Range<u64> {
    first..plan.count.min(first + BATCH_SIZE as u64)
}

fn run<T>(side: impl Future<Output = Result<T>>) -> Result<T> {
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(side)
}

const BATCH_SIZE: usize = 100;
