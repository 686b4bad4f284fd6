//! Connections over `inproc`, with the bind and the connect in any order. Origin: test_inproc_connect.cpp.

use std::thread;

use zmq::{Context, Dealer, Pair, Pub, Pull, Push, Result, Router, Sub};

use crate::support::*;

#[test]
fn a_bind_succeeds_before_or_after_the_connect() -> Result<()> {
    for bind_first in [true, false] {
        let context = context()?;
        let (bound, connected) = (context.socket(Pair)?, context.socket(Pair)?);
        let endpoint = free("inproc");
        if bind_first {
            bound.bind(&endpoint)?;
        }
        connected.connect(&endpoint)?;
        connected.send("foobar")?;
        if !bind_first {
            bound.bind(&endpoint)?;
        }
        expect(&bound, "foobar");
    }
    Ok(())
}

#[test]
fn a_publisher_that_connects_first_drops_messages_until_the_subscriber_binds() -> Result<()> {
    let context = context()?;
    let (publisher, subscriber) = (context.socket(Pub)?, context.socket(Sub)?);
    let endpoint = free("inproc");
    publisher.connect(&endpoint)?;
    publisher.send("before")?;
    subscriber.subscribe("")?.bind(&endpoint)?;
    // A publisher processes subscriptions during calls on its socket.
    publisher.events()?;
    publisher.send("after")?;
    expect(&subscriber, "after");
    Ok(())
}

#[test]
fn connections_to_unbound_names_do_not_keep_the_context() -> Result<()> {
    let context = context()?;
    for _ in 0..20 {
        context.socket(Router)?.connect(free("inproc"))?;
    }
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    Ok(())
}

#[test]
fn many_connections_wait_for_one_bind() -> Result<()> {
    let context = context()?;
    let endpoint = free("inproc");
    let sources = connected(&context, Push, 10, &endpoint)?;
    for source in &sources {
        source.send("foobar")?;
    }
    let sink = context.socket(Pull)?;
    sink.bind(&endpoint)?;
    for _ in &sources {
        expect(&sink, "foobar");
    }
    expect_nothing(&sink);
    Ok(())
}

#[test]
fn many_threads_connect_send_and_close_while_another_binds() -> Result<()> {
    const THREADS: usize = 30;
    let context = Context::new()?;
    let endpoint = free("inproc");
    thread::scope(|threads| {
        for _ in 0..THREADS {
            threads.spawn(|| {
                let source = context.socket(Push).unwrap();
                source.connect(&endpoint).unwrap();
                source.send("foobar").unwrap();
            });
        }
        let sink = context.socket(Pull).unwrap();
        sink.bind(&endpoint).unwrap();
        for _ in 0..THREADS {
            expect(&sink, "foobar");
        }
    });
    Ok(())
}

#[test]
fn threads_bind_and_connect_at_the_same_time() -> Result<()> {
    let context = &Context::new()?;
    let endpoints: Vec<String> = (0..50).map(|_| free("inproc")).collect();
    thread::scope(|threads| {
        for endpoint in &endpoints {
            threads.spawn(move || {
                let socket = context.socket(Pair).unwrap();
                socket.connect(endpoint).unwrap();
                expect(&socket, "foobar");
            });
            threads.spawn(move || {
                let socket = context.socket(Pair).unwrap();
                socket.bind(endpoint).unwrap();
                socket.send("foobar").unwrap();
            });
        }
    });
    Ok(())
}

#[test]
fn the_routing_id_is_the_first_frame_even_if_the_dealer_connects_first() -> Result<()> {
    let context = context()?;
    let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
    let endpoint = free("inproc");
    dealer.connect(&endpoint)?;
    router.bind(&endpoint)?;
    dealer.send_multipart(["A", "B"])?;
    let [id, a, b] = take_all(&router)?.into_array().unwrap();
    assert!(!id.is_empty());
    assert_eq!((a.as_bytes(), b.as_bytes()), (&b"A"[..], &b"B"[..]));
    Ok(())
}

#[test]
fn an_unbound_name_can_be_bound_again() -> Result<()> {
    let context = context()?;
    let [before, after, connected] = [context.socket(Pair)?, context.socket(Pair)?, context.socket(Pair)?];
    let endpoint = free("inproc");
    before.bind(&endpoint)?;
    assert_eq!(after.bind(&endpoint).unwrap_err().kind(), zmq::ErrorKind::AddressInUse);
    before.unbind(&endpoint)?;
    after.bind(&endpoint)?;
    connected.connect(&endpoint)?;
    connected.send("foobar")?;
    expect(&after, "foobar");
    expect_nothing(&before);
    Ok(())
}

#[test]
fn a_context_with_a_pending_connection_shuts_down() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Pair)?;
    socket.connect(free("inproc"))?;
    context.shutdown();
    drop(socket);
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    Ok(())
}
