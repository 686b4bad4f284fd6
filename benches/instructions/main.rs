//! Sends messages from PAIR to PAIR over `inproc` on one thread: `instructions WAY SIZE COUNT`. `run.py` counts the
//! instructions of this program and of `pair.c`, which does the same in C.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, process};

use zmq::{Context, Message, Pair, Socket};

fn main() -> zmq::Result<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [way, size, count] = &arguments[..] else {
        // `cargo bench` runs this program without arguments.
        println!("to count instructions, run benches/instructions/run.py");
        return Ok(ExitCode::SUCCESS);
    };
    let number = |text: &String| text.parse::<usize>().unwrap_or_else(|_| usage());
    let (size, count) = (number(size), number(count));

    let received = match way.as_str() {
        #[cfg(feature = "tokio")]
        "async" => asynchronous(size, count)?,
        _ => {
            let context = Context::new()?;
            let (from, to) = (context.socket(Pair)?, context.socket(Pair)?);
            from.connect(to.bind("inproc://pair")?)?;
            transfer(way, &from, &to, size, count)?
        }
    };
    Ok(if received == size * count { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Sends `count` messages of `size` bytes, and returns the number of received bytes.
fn transfer(way: &str, from: &Socket<Pair>, to: &Socket<Pair>, size: usize, count: usize) -> zmq::Result<usize> {
    let bytes: &'static [u8] = vec![0; size].leak();
    fill_gaps(size);
    let mut message = Message::new();
    let mut received = 0;
    match way {
        "reused" => {
            received = reused(from, to, bytes, count)?;
        }
        // With timeouts that never expire.
        "reused-timeout" => {
            from.set_send_timeout(Duration::from_secs(60))?;
            to.set_recv_timeout(Duration::from_secs(60))?;
            received = reused(from, to, bytes, count)?;
        }
        "new" => {
            received = new(from, to, bytes, count)?;
        }
        "new-try" => {
            for _ in 0..count {
                from.try_send(bytes)?;
                received += to.try_recv()?.map_or(0, |message| read(&message));
            }
        }
        "copied" => {
            received = copied(from, to, bytes, count)?;
        }
        "constant" => {
            for _ in 0..count {
                from.send(Message::from_static(bytes))?;
                to.recv_into(&mut message)?;
                received += read(&message);
            }
        }
        "owned" => {
            for _ in 0..count {
                from.send(black_box(bytes.to_vec()))?;
                to.recv_into(&mut message)?;
                received += read(&message);
            }
        }
        "multipart" => {
            for _ in 0..count {
                from.send(bytes)?;
                received += to.recv_multipart()?.iter().map(|frame| read(frame)).sum::<usize>();
            }
        }
        _ => usage(),
    }
    Ok(received)
}

/// A separate function, like the loop of a real receiver, so that the other ways do not compete for its registers.
#[inline(never)]
fn reused(from: &Socket<Pair>, to: &Socket<Pair>, bytes: &[u8], count: usize) -> zmq::Result<usize> {
    let mut message = Message::new();
    let mut received = 0;
    for _ in 0..count {
        from.send(bytes)?;
        to.recv_into(&mut message)?;
        received += read(&message);
    }
    Ok(received)
}

#[inline(never)]
fn new(from: &Socket<Pair>, to: &Socket<Pair>, bytes: &[u8], count: usize) -> zmq::Result<usize> {
    let mut received = 0;
    for _ in 0..count {
        from.send(bytes)?;
        received += read(&to.recv()?);
    }
    Ok(received)
}

#[inline(never)]
fn copied(from: &Socket<Pair>, to: &Socket<Pair>, bytes: &[u8], count: usize) -> zmq::Result<usize> {
    let mut received = 0;
    for _ in 0..count {
        from.send(bytes)?;
        received += read(&to.recv()?.into_vec());
    }
    Ok(received)
}

/// Sends from a PUSH to a PULL socket, in two tasks of one runtime on one thread.
#[cfg(feature = "tokio")]
fn asynchronous(size: usize, count: usize) -> zmq::Result<usize> {
    use zmq::aio::tokio::AsyncSocket;
    use zmq::{Pull, Push};

    let bytes: &'static [u8] = vec![0; size].leak();
    fill_gaps(size);
    let context = Context::new()?;
    let (from, to) = (context.socket(Push)?, context.socket(Pull)?);
    from.connect(to.bind("inproc://pair")?)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (mut from, mut to) = (AsyncSocket::new(from)?, AsyncSocket::new(to)?);
        let sending: tokio::task::JoinHandle<zmq::Result<_>> = tokio::spawn(async move {
            for _ in 0..count {
                from.send(bytes).await?;
            }
            Ok(from)
        });
        let mut received = 0;
        for _ in 0..count {
            received += read(&to.recv().await?);
        }
        drop(sending.await.expect("the task does not panic")?);
        Ok(received)
    })
}

/// Reads the bytes, as every receiver does, and returns their number.
#[inline]
fn read(bytes: &[u8]) -> usize {
    black_box(bytes.as_ptr());
    bytes.len()
}

/// Fills the gaps in the heap that messages could fit in, so that earlier allocations do not affect the measurement.
/// Above 1032 bytes, the time of glibc's allocator depends on the free gaps.
fn fill_gaps(size: usize) {
    for _ in 0..1000 {
        black_box(Vec::<u8>::with_capacity(size + 48).leak());
    }
}

fn usage() -> ! {
    eprintln!("usage: instructions WAY SIZE COUNT");
    process::exit(2)
}
