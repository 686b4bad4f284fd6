//! Sockets that several threads use at the same time. Origin: test_thread_safe.cpp.

use std::thread;

use zmq::{Client, Result, Server, SocketType};

use crate::support::*;

/// The number of messages of each thread, before its last one.
const COUNT: usize = 15_000;

#[test]
fn two_threads_send_through_one_client() -> Result<()> {
    let (server, client) = pair(&context()?, "tcp", (Server, Client))?;
    let send = || -> Result<()> {
        for _ in 0..COUNT {
            client.send("0")?;
        }
        Ok(client.send("1")?)
    };
    thread::scope(|scope| {
        let threads = [scope.spawn(send), scope.spawn(send)];
        let (mut messages, mut ended) = (0, 0);
        while ended < threads.len() {
            match take(&server)?.to_str()? {
                "0" => messages += 1,
                text => {
                    assert_eq!(text, "1");
                    ended += 1;
                }
            }
        }
        assert_eq!((messages, server.try_recv()?), (2 * COUNT, None));
        threads.into_iter().try_for_each(|thread| thread.join().unwrap())
    })
}

#[test]
fn the_types_tell_whether_threads_can_share_a_socket() -> Result<()> {
    let context = context()?;
    for (socket_type, shared) in [(SocketType::Client, true), (SocketType::Server, true), (SocketType::Dealer, false)] {
        let socket = context.socket(socket_type)?;
        assert_eq!(socket.thread_safe()?, shared, "{socket_type}");
    }
    Ok(())
}
