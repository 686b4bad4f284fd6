//! Surprising behaviours of libzmq that the crate keeps and documents.

use std::net::TcpListener;
use std::time::Duration;

use zmq::{Dealer, Multipart, Push, Result, Router, Sub, Subscription, XPub};

use crate::common::wire::{self, Wire};
use crate::common::{PATIENCE, context, eventually, free, take_all};

#[test]
fn a_second_connect_to_the_same_endpoint_does_nothing() -> Result<()> {
    let context = context()?;
    let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
    let endpoint = router.bind(free("tcp"))?;
    dealer.connect(&endpoint)?;
    dealer.connect(&endpoint)?;
    // Two connections would alternate, and have two routing IDs.
    dealer.send("one")?;
    dealer.send("two")?;
    let (one, two) = (take_all(&router)?, take_all(&router)?);
    assert_eq!((&one[1], &two[1]), (&"one".into(), &"two".into()));
    assert_eq!(one[0], two[0]);
    Ok(())
}

#[test]
fn a_verboser_publisher_receives_only_the_last_unsubscription() -> Result<()> {
    let context = context()?;
    let publisher = context.socket(XPub)?;
    publisher.set_verboser(true)?;
    let subscriber = context.socket(Sub)?;
    subscriber.connect(publisher.bind(free("tcp"))?)?;
    for _ in 0..3 {
        subscriber.subscribe("A")?;
    }
    for _ in 0..3 {
        subscriber.unsubscribe("A")?;
    }
    subscriber.subscribe("end")?;
    let mut told = Vec::new();
    loop {
        match publisher.recv_subscription_timeout(PATIENCE)? {
            Some(Subscription::Subscribe(topic)) if topic.prefix() == b"end" => break,
            Some(subscription) => told.push(subscription),
            None => panic!("the publisher received only {told:?}"),
        }
    }
    let subscribed = Subscription::Subscribe("A".into());
    assert_eq!(told, [subscribed.clone(), subscribed.clone(), subscribed, Subscription::Unsubscribe("A".into())]);
    Ok(())
}

#[test]
fn a_second_peer_with_the_same_routing_id_is_refused() -> Result<()> {
    let context = context()?;
    let router = context.socket(Router)?;
    let endpoint = router.bind(free("tcp"))?;
    let first = context.socket(Dealer)?;
    first.set_routing_id("twin")?.connect(&endpoint)?;
    first.send("first")?;
    assert_eq!(take_all(&router)?, Multipart::from(["twin", "first"]));
    let second = context.socket(Dealer)?;
    second.set_routing_id("twin")?.connect(&endpoint)?;
    second.send("second")?;
    let other = context.socket(Dealer)?;
    other.set_routing_id("other")?.connect(&endpoint)?;
    other.send("third")?;
    assert_eq!(take_all(&router)?, Multipart::from(["other", "third"]));
    first.send("fourth")?;
    assert_eq!(take_all(&router)?, Multipart::from(["twin", "fourth"]));
    Ok(())
}

/// Accepts a connection and goes through the handshake as a PULL socket.
fn accept(listener: &TcpListener) -> Wire {
    let mut peer = Wire::new(listener.accept().unwrap().0);
    peer.send(&wire::greeting(0));
    assert_eq!(peer.receive(64)[0], 0xFF);
    peer.send(&wire::ready("PULL", None));
    assert!(peer.receive_frame().1.starts_with(b"\x05READY"));
    peer
}

#[test]
fn immediate_queue_is_lost_with_the_peer_and_waits_for_it_otherwise() -> Result<()> {
    for immediate in [true, false] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let source = context()?.socket(Push)?;
        source.set_immediate(immediate)?.set_reconnect_interval(Some(Duration::from_millis(1)))?;
        source.connect(format!("tcp://{}", listener.local_addr().unwrap()))?;
        let peer = accept(&listener);
        eventually("the peer has room", || source.events().is_ok_and(|events| events.is_writable()));
        // More than the buffers of the system hold.
        let content = vec![0; 1_000_000];
        for _ in 0..50 {
            source.send(&content)?;
        }
        drop(peer);
        let mut next = accept(&listener);
        if immediate {
            // Until the socket notices the loss, the message may go to the peer that left.
            eventually("the next peer receives a message", || source.try_send("new").is_ok() && next.has_more());
            assert_eq!(next.receive_frame(), (0, b"new".to_vec()));
        } else {
            assert_eq!(next.receive_frame(), (0, content));
        }
    }
    Ok(())
}
