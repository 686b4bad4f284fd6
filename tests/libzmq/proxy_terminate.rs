//! The end of a proxy whose messages have no receiver. Origin: test_proxy_terminate.cpp.

use std::thread;

use zmq::{Context, Multipart, Proxy, Pub, Pull, Push, Result, Socket, Sub};

use crate::support::*;

/// Opens the sockets of a proxy whose back socket has no peer, and a publisher for the front socket.
fn sockets(context: &Context) -> Result<(Socket<Sub>, Socket<Push>, Socket<Pub>)> {
    let (front, back, publisher) = (context.socket(Sub)?, context.socket(Push)?, context.socket(Pub)?);
    publisher.bind(free("inproc"))?;
    back.bind(free("tcp"))?;
    front.subscribe("")?.connect(publisher.bind(free("inproc"))?)?;
    // The subscription has arrived, and reading the events makes the publisher process it.
    publisher.events()?;
    Ok((front, back, publisher))
}

#[test]
fn a_shutdown_ends_the_proxy() -> Result<()> {
    let context = context()?;
    let (front, back, publisher) = sockets(&context)?;
    let proxy = thread::spawn(move || zmq::proxy(&front, &back));
    for _ in 0..3 {
        publisher.send("for nobody")?;
    }
    context.shutdown();
    proxy.join().unwrap()
}

#[test]
fn a_shutdown_before_the_start_ends_the_proxy() -> Result<()> {
    let context = context()?;
    let (front, back, _publisher) = sockets(&context)?;
    context.shutdown();
    zmq::proxy(&front, &back)
}

#[test]
fn a_stop_ends_the_proxy_and_returns_its_unsent_messages() -> Result<()> {
    let context = context()?;
    let (front, back, publisher) = sockets(&context)?;
    let proxy = Proxy::builder(front, back).spawn()?;
    for number in 0..3_u8 {
        publisher.send([number])?;
    }
    let stopped = proxy.stop()?;
    // The proxy may or may not have taken the first message, but no message is lost and their order is kept.
    let mut messages = stopped.unsent;
    while messages.len() < 3 {
        messages.push(take_all(&stopped.front)?);
    }
    assert_eq!(messages, [0_u8, 1, 2].map(|number| Multipart::from([[number]])));

    let late = context.socket(Pull)?;
    late.connect(stopped.back.bind(free("inproc"))?)?;
    stopped.back.send("the socket still works")?;
    expect(&late, "the socket still works");
    Ok(())
}
