//! RADIO and DISH with the npm package `zeromq` at the other end, over tcp and ipc with each side binding, and over udp.

use std::time::Duration;

use zmq::{Context, Dish, Radio, Result, Socket};

use crate::common::pyzmq::Peer;
use crate::common::{PATIENCE, eventually, nodejs};
use crate::draft::{INTERVAL, PROBE, SIZES, UDP_SIZES, expect, free_udp_port, meet, start};
use crate::patterns::pattern;

#[test]
fn a_dish_of_zeromq_js_receives_its_group() -> Result<()> {
    meet("dish", Radio, |radio, peer| send_to_dish(radio, peer, SIZES))
}

#[test]
fn a_dish_receives_its_group_from_zeromq_js() -> Result<()> {
    meet("radio", Dish, |dish, peer| receive_from_radio(dish, peer, SIZES))
}

#[test]
fn a_dish_of_zeromq_js_receives_its_group_over_udp() -> Result<()> {
    let Some(directory) = nodejs::directory("dish over udp") else { return Ok(()) };
    let endpoint = format!("udp://127.0.0.1:{}", free_udp_port());
    let (mut peer, _) = start(&directory, "dish", "bind", &endpoint, UDP_SIZES);
    let radio = Context::new()?.socket(Radio)?;
    radio.connect(endpoint)?;
    send_to_dish(&radio, &mut peer, UDP_SIZES)?;
    peer.finish();
    Ok(())
}

#[test]
fn a_dish_receives_its_group_from_zeromq_js_over_udp() -> Result<()> {
    let Some(directory) = nodejs::directory("radio over udp") else { return Ok(()) };
    let dish = Context::new()?.socket(Dish)?;
    let endpoint = dish.set_recv_timeout(Some(PATIENCE))?.bind("udp://127.0.0.1:*")?;
    let (mut peer, _) = start(&directory, "radio", "connect", endpoint.as_str(), UDP_SIZES);
    receive_from_radio(&dish, &mut peer, UDP_SIZES)?;
    peer.finish();
    Ok(())
}

/// Sends messages to groups. The dish has joined one of them, and prints `heard` after its first message.
fn send_to_dish(radio: &Socket<Radio>, peer: &mut Peer, sizes: &[usize]) -> Result<()> {
    eventually("the dish receives a probe", || {
        radio.send_to_group(PROBE, "").unwrap();
        peer.line_within(INTERVAL).is_some_and(|line| line == "heard")
    });
    for (seed, &size) in (0..).zip(sizes) {
        radio.send_to_group("unwanted", pattern(seed, size))?;
        radio.send_to_group("wanted", pattern(seed, size))?;
    }
    Ok(())
}

/// Receives the messages of a group. The radio repeats its first message until its input ends.
fn receive_from_radio(dish: &Socket<Dish>, peer: &mut Peer, sizes: &[usize]) -> Result<()> {
    // A dish without a radio would keep its groups for the next one.
    dish.set_linger(Some(Duration::ZERO))?.join(PROBE)?.join("wanted")?;
    assert_eq!(dish.recv()?.group(), Some(PROBE));
    peer.end_input();
    for (seed, &size) in (0..).zip(sizes) {
        let message = loop {
            let message = dish.recv()?;
            if message.group() != Some(PROBE) {
                break message;
            }
        };
        assert_eq!(message.group(), Some("wanted"));
        expect(&message, seed, size);
    }
    Ok(())
}
