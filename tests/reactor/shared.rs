//! Sockets of thread-safe kinds in reactors, owned and shared.
#![cfg(feature = "draft")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use zmq::{Client, Events, Gather, Reactor, Result, Scatter, Server, Socket};

use crate::common::{context, in_time, pair};

const READABLE: Events = Events::READABLE;

#[test]
fn a_reactor_owns_shared_sockets() -> Result<()> {
    let (server, client) = pair(&context()?, "tcp", (Server, Client))?;
    let mut reactor = Reactor::<Vec<String>>::new()?;
    reactor.add(server, READABLE, |received: &mut Vec<String>, server: &Socket<Server>, turn| {
        while let Some(message) = server.try_recv()? {
            received.push(message.to_str()?.to_owned());
        }
        if received.len() == 40 {
            turn.stop();
        }
        Ok(())
    })?;
    thread::scope(|scope| {
        for thread in 0..4 {
            let client = &client;
            scope.spawn(move || (0..10).try_for_each(|number| client.send(format!("{thread}.{number}"))));
        }
        let mut received = Vec::new();
        reactor.run(&mut received)?;
        received.sort();
        let mut expected: Vec<_> = (0..40).map(|number| format!("{}.{}", number / 10, number % 10)).collect();
        expected.sort();
        assert_eq!(received, expected);
        Ok(())
    })
}

#[test]
fn a_reactor_shares_a_socket_with_other_threads() -> Result<()> {
    let (gather, scatter) = pair(&context()?, "tcp", (Gather, Scatter))?;
    let gather = Arc::new(gather);
    let received = Arc::new(AtomicU32::new(0));
    let reactors: Vec<_> = (0..3)
        .map(|_| {
            let (gather, received) = (Arc::clone(&gather), Arc::clone(&received));
            thread::spawn(move || {
                let mut reactor = Reactor::<()>::new()?;
                reactor.add_timer(Duration::from_millis(5), {
                    let received = Arc::clone(&received);
                    move |(), turn| {
                        if received.load(Ordering::Relaxed) == 300 {
                            turn.stop();
                        }
                        Ok(())
                    }
                })?;
                reactor.add_shared(gather, READABLE, move |(), gather, _| {
                    if gather.try_recv()?.is_some() {
                        received.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok(())
                })?;
                reactor.run(&mut ()).map(drop)
            })
        })
        .collect();
    for _ in 0..300 {
        scatter.send("hello")?;
    }
    for reactor in reactors {
        in_time(|| reactor.join()).expect("no panic")?;
    }
    assert_eq!(received.load(Ordering::Relaxed), 300);
    // Every reactor has dropped its reference.
    assert!(Arc::into_inner(gather).is_some());
    Ok(())
}
