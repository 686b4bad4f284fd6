//! Sockets that several threads use at the same time.

use std::env;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use zmq::{Client, ErrorKind, Gather, Message, MonitorEvents, Result, Scatter, Server, Socket};

use crate::common::{PATIENCE, context, free, pair, take};

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

/// Runs `receive` on eight threads, which together receive `count` messages, and returns the numbers in order.
fn received_by_all(count: u64, receive: impl Fn() -> Message + Sync) -> Vec<u64> {
    let left = AtomicU64::new(count);
    let take_one = || left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok();
    let work = || {
        let mut numbers = Vec::new();
        while take_one() {
            numbers.push(named(&receive()).1);
        }
        numbers
    };
    let mut numbers: Vec<u64> = thread::scope(|threads| {
        let workers: Vec<_> = (0..THREADS).map(|_| threads.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect()
    });
    numbers.sort_unstable();
    numbers
}

#[test]
fn eight_threads_receive_from_one_socket_and_each_message_goes_to_one() -> Result<()> {
    let count = count();
    let context = context()?;
    for transport in ["inproc", "tcp"] {
        let (gather, scatter) = pair(&context, transport, (Gather, Scatter))?;
        let (server, client) = pair(&context, transport, (Server, Client))?;
        thread::scope(|threads| {
            threads.spawn(|| {
                for number in 0..count {
                    scatter.send_timeout(numbered(0, number), PATIENCE).expect("a send");
                    client.send_timeout(numbered(0, number), PATIENCE).expect("a send");
                }
            });
            let expected: Vec<_> = (0..count).collect();
            // The one with a deadline waits in another way.
            let gathered = threads.spawn(|| received_by_all(count, || gather.recv().expect("a message")));
            let served = received_by_all(count, || {
                server.recv_timeout(PATIENCE).expect("a receive").expect("a message in time")
            });
            assert!(served == expected && gathered.join().expect("no panic") == expected, "{transport}");
        });
    }
    Ok(())
}

#[test]
fn eight_threads_serve_the_requests_of_eight_threads_through_two_sockets() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let (server, client) = pair(&context()?, transport, (Server, Client))?;
        let count = count() / 4;
        let replies = AtomicU64::new(0);
        thread::scope(|threads| {
            for thread in 0..THREADS {
                let (server, client, replies) = (&server, &client, &replies);
                threads.spawn(move || {
                    for _ in 0..count {
                        let request = server.recv_timeout(PATIENCE).expect("a receive").expect("a request in time");
                        server.reply_to(&request, &request).expect("a reply");
                    }
                });
                threads.spawn(move || {
                    for number in 0..count {
                        client.send_timeout(numbered(thread, number), PATIENCE).expect("a send");
                        // The reply may be to a request of another thread.
                        let reply = client.recv_timeout(PATIENCE).expect("a receive").expect("a reply in time");
                        replies.fetch_add(named(&reply).1, Relaxed);
                    }
                });
            }
        });
        assert_eq!(replies.into_inner(), THREADS * count * (count - 1) / 2, "{transport}");
    }
    Ok(())
}

#[test]
fn a_shutdown_ends_every_call_that_waits() -> Result<()> {
    type Wait = fn(&Socket<Client>) -> zmq::Error;
    let waits: [Wait; 8] = [
        |socket| socket.recv().unwrap_err(),
        |socket| socket.recv_timeout(PATIENCE).unwrap_err(),
        |socket| socket.recv_timeout(None).unwrap_err(),
        |socket| socket.recv_into(&mut Message::new()).unwrap_err(),
        |socket| socket.send("no peer").unwrap_err().into(),
        |socket| socket.send_timeout("no peer", PATIENCE).unwrap_err().into(),
        |socket| socket.send_timeout("no peer", None).unwrap_err().into(),
        |socket| socket.recv_slice(&mut [0; 10]).unwrap_err(),
    ];
    for timeout in [None, Some(PATIENCE)] {
        let context = context()?;
        let socket = context.socket(Client)?;
        socket.set_recv_timeout(timeout)?.set_send_timeout(timeout)?;
        let (starting, started) = mpsc::channel();
        thread::scope(|threads| {
            let waiting: Vec<_> = waits
                .iter()
                .map(|wait| {
                    let (starting, socket) = (starting.clone(), &socket);
                    threads.spawn(move || {
                        starting.send(()).expect("a receiver");
                        wait(socket)
                    })
                })
                .collect();
            for _ in &waits {
                started.recv().expect("a thread");
            }
            // The threads wait, or are about to.
            let _ = socket.recv_timeout(Duration::from_millis(20)).expect("no message");
            context.shutdown();
            for (number, waiting) in waiting.into_iter().enumerate() {
                let error = waiting.join().expect("no panic");
                assert_eq!(error.kind(), ErrorKind::ContextTerminated, "{number}, {timeout:?}");
            }
        });
    }
    Ok(())
}

#[test]
fn hazard_ts_socket_close_race_a_socket_closes_when_its_last_user_drops_it() -> Result<()> {
    let context = context()?;
    let (scatter, gather) = pair(&context, "tcp", (Scatter, Gather))?;
    let gather = Arc::new(gather);
    let receivers: Vec<_> = (0..THREADS)
        .map(|_| {
            let gather = Arc::clone(&gather);
            thread::spawn(move || gather.recv())
        })
        .collect();
    drop(gather);
    assert_eq!(context.open_sockets().len(), 2);
    for number in 0..THREADS {
        scatter.send(number.to_be_bytes())?;
    }
    let mut received: Vec<_> = Vec::new();
    for receiver in receivers {
        received.push(receiver.join().expect("no panic")?);
    }
    received.sort_unstable_by_key(|message| message.to_vec());
    assert!(received.iter().zip(0_u64..).all(|(message, number)| *message == number.to_be_bytes()), "{received:?}");
    assert_eq!(context.open_sockets().len(), 1);
    drop(scatter);
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    Ok(())
}

/// The owner of a message, which uses a socket when it is dropped.
struct Caller {
    socket: Arc<Socket<Scatter>>,
    results: mpsc::Sender<[ErrorKind; 4]>,
}

impl AsRef<[u8]> for Caller {
    fn as_ref(&self) -> &[u8] {
        &[7; 1000]
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        let results = [
            self.socket.try_send("from within").unwrap_err().kind(),
            self.socket.send_timeout("from within", PATIENCE).unwrap_err().kind(),
            self.socket.bind("inproc://from-within").unwrap_err().kind(),
            self.socket.set_send_timeout(None).map(drop).unwrap_err().kind(),
        ];
        self.results.send(results).expect("a receiver");
    }
}

#[test]
fn the_owner_of_a_message_cannot_use_a_shared_socket_while_it_is_dropped() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let (gather, scatter) = pair(&context()?, transport, (Gather, Scatter))?;
        let scatter = Arc::new(scatter);
        let (results, dropped) = mpsc::channel();
        scatter.send(Message::from_owner(Caller { socket: Arc::clone(&scatter), results }))?;
        assert_eq!(take(&gather)?, [7; 1000]);
        assert_eq!(dropped.recv_timeout(PATIENCE), Ok([ErrorKind::Reentered; 4]), "{transport}");
        scatter.send("not from within")?;
        assert_eq!(take(&gather)?, "not from within");
    }
    Ok(())
}

#[test]
fn threads_that_use_a_socket_in_every_way_at_once_do_not_disturb_each_other() -> Result<()> {
    let rounds = count() / 100;
    let context = context()?;
    let (server, client) = (context.socket(Server)?, context.socket(Client)?);
    let (endpoint, other_endpoint) = (server.bind(free("tcp"))?, server.bind(free("tcp"))?);
    client.connect(&endpoint)?;
    let (client, server, context) = (&client, &server, &context);
    let works: [Box<dyn Fn(u64) + Sync + '_>; 8] = [
        Box::new(|_| client.send_timeout("x", PATIENCE).expect("a send")),
        Box::new(|_| {
            let _ = client.recv_timeout(Duration::from_millis(1)).expect("a receive");
        }),
        Box::new(|number| {
            let name = format!("inproc://every-way-{number}");
            client.bind(&name).expect("a bind");
            client.unbind(&name).expect("an unbind");
        }),
        Box::new(|_| {
            let connected = client.connected(&other_endpoint).expect("a connection");
            client.send_timeout("x", PATIENCE).expect("a send");
            drop(connected);
        }),
        Box::new(|number| {
            let timeout = Duration::from_millis(number % 3 + 1);
            client.set_recv_timeout(timeout).expect("an option");
        }),
        Box::new(|_| {
            let monitor = client.monitor(MonitorEvents::all()).expect("a monitor");
            let _ = monitor.recv_timeout(Duration::from_millis(1));
        }),
        Box::new(|_| {
            let _ = client.events().expect("events");
            let _ = client.bound_endpoints();
        }),
        Box::new(|_| {
            let other = context.socket(Client).expect("a socket");
            other.connect(&endpoint).expect("a connection");
            other.send_timeout("x", PATIENCE).expect("a send");
        }),
    ];
    let stop = &AtomicBool::new(false);
    thread::scope(|threads| {
        let replies = threads.spawn(move || {
            while !stop.load(Relaxed) {
                if let Some(request) = server.recv_timeout(Duration::from_millis(1)).expect("a receive") {
                    let _ = server.send_to_timeout(request.routing_id().expect("an id"), "y", PATIENCE);
                }
            }
        });
        let workers: Vec<_> = works.iter().map(|work| threads.spawn(move || (0..rounds).for_each(work))).collect();
        for worker in workers {
            worker.join().expect("no panic");
        }
        stop.store(true, Relaxed);
        replies.join().expect("no panic");
    });
    drop(works);
    client.send_timeout("still usable", PATIENCE)?;
    Ok(())
}
