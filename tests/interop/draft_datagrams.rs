//! DGRAM with the npm package `zeromq` at the other end.

use zmq::{Context, Dgram, Result};

use crate::common::{PATIENCE, eventually, nodejs};
use crate::draft::{INTERVAL, PROBE, UDP_SIZES, expect, free_udp_port, start};
use crate::patterns::pattern;

#[test]
fn datagrams_of_zeromq_js_are_answered() -> Result<()> {
    let Some(directory) = nodejs::directory("ask") else { return Ok(()) };
    let socket = Context::new()?.socket(Dgram)?;
    let endpoint = socket.set_recv_timeout(Some(PATIENCE))?.bind("udp://127.0.0.1:*")?;
    let (peer, _) = start(&directory, "ask", "connect", endpoint.as_str(), UDP_SIZES);
    for (seed, &size) in (0..).zip(UDP_SIZES) {
        let request = loop {
            let datagram = socket.recv_datagram()?;
            if datagram.body != PROBE {
                break datagram;
            }
            socket.send_datagram(datagram.address, PROBE)?;
        };
        expect(&request.body, seed, size);
        socket.send_datagram(request.address, pattern(seed + 1, size))?;
    }
    peer.finish();
    Ok(())
}

#[test]
fn datagrams_are_answered_by_zeromq_js() -> Result<()> {
    let Some(directory) = nodejs::directory("answer") else { return Ok(()) };
    let socket = Context::new()?.socket(Dgram)?;
    socket.bind("udp://127.0.0.1:*")?;
    let address = ([127, 0, 0, 1], free_udp_port());
    let (peer, _) = start(&directory, "answer", "bind", &format!("udp://127.0.0.1:{}", address.1), UDP_SIZES);
    eventually("a reply arrives", || {
        socket.send_datagram(address, PROBE).unwrap();
        socket.recv_datagram_timeout(INTERVAL).unwrap().is_some()
    });
    for (seed, &size) in (0..).zip(UDP_SIZES) {
        socket.send_datagram(address, pattern(seed, size))?;
        let reply = loop {
            let datagram = socket.recv_datagram_timeout(PATIENCE)?.expect("a reply");
            if datagram.body != PROBE {
                break datagram;
            }
        };
        assert_eq!(reply.address, address.into());
        expect(&reply.body, seed + 1, size);
    }
    peer.finish();
    Ok(())
}
