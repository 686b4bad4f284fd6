//! Sockets that several threads use at the same time.

use std::env;
use std::thread;

use zmq::{Client, Result, Server};

use crate::common::{PATIENCE, context, pair};

/// The number of threads that share a socket.
const THREADS: u64 = 8;

/// Returns the number of messages that each thread sends: `ZMQ_SHARED_MESSAGES`. Default: 20000.
fn count() -> u64 {
    env::var("ZMQ_SHARED_MESSAGES").map_or(20_000, |count| count.parse().expect("a number of messages"))
}

/// Returns a message that names its thread and its number.
fn numbered(thread: u64, number: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&thread.to_be_bytes());
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    bytes
}

/// Returns the thread and the number that a message names.
fn named(message: &[u8]) -> (u64, u64) {
    let number = |bytes: &[u8]| u64::from_be_bytes(bytes.try_into().expect("a number"));
    assert_eq!(message.len(), 16);
    (number(&message[..8]), number(&message[8..]))
}

#[test]
fn eight_threads_send_through_one_client_and_the_server_receives_every_message_in_order() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let (server, client) = pair(&context()?, transport, (Server, Client))?;
        let count = count();
        let start = std::time::Instant::now();
        thread::scope(|threads| {
            for thread in 0..THREADS {
                let client = &client;
                threads.spawn(move || {
                    for number in 0..count {
                        client.send_timeout(numbered(thread, number), PATIENCE).expect("a send");
                    }
                });
            }
            let mut next = [0; THREADS as usize];
            for _ in 0..THREADS * count {
                let message = server.recv_timeout(PATIENCE)?.expect("a message in time");
                let (thread, number) = named(&message);
                let expected = &mut next[usize::try_from(thread).expect("a thread")];
                assert_eq!(number, *expected, "{transport}: thread {thread}");
                *expected += 1;
            }
            assert_eq!(next, [count; THREADS as usize]);
            zmq::Result::Ok(())
        })?;
        assert_eq!(server.try_recv()?, None);
        println!("{transport}: {} messages in {:?}", THREADS * count, start.elapsed());
    }
    Ok(())
}
