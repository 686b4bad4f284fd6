//! DGRAM: datagrams to and from any program.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use zmq::{Context, Datagram, Dgram, Endpoint, ErrorKind, Message, Multipart, Result, Socket, SocketType};

use crate::common::{PATIENCE, context, eventually};
use crate::udp::{AGAIN, address, plain, received, resent};

/// Opens a socket that is bound, and has received a datagram to prove it.
fn bound(context: &Context) -> Result<(Socket<Dgram>, Endpoint)> {
    let socket = context.socket(Dgram)?;
    let endpoint = socket.bind("udp://127.0.0.1:*")?;
    let (peer, _) = plain();
    resent(|| drop(peer.send_to(b"bound", endpoint.address())), || socket.recv_datagram_timeout(AGAIN))?;
    // Others may be underway.
    while socket.recv_datagram_timeout(AGAIN)?.is_some() {}
    Ok((socket, endpoint))
}

fn take(socket: &Socket<Dgram>) -> Result<Datagram> {
    Ok(socket.recv_datagram_timeout(PATIENCE)?.expect("a datagram"))
}

#[test]
fn datagrams_go_to_an_address_and_back() -> Result<()> {
    let context = context()?;
    let ((one, here), (other, there)) = (bound(&context)?, bound(&context)?);
    one.send_datagram(address(&there), "question")?;
    let question = take(&other)?;
    assert_eq!((question.address, &*question.body), (address(&here), &b"question"[..]));
    other.send_datagram(question.address, "answer")?;
    assert_eq!(take(&one)?, Datagram { address: address(&there), body: "answer".into() });
    Ok(())
}

#[test]
fn datagrams_are_exchanged_with_any_program() -> Result<()> {
    let context = context()?;
    let (socket, endpoint) = bound(&context)?;
    let (peer, from) = plain();
    for body in [&b""[..], b"short", &[7; 8192]] {
        peer.send_to(body, endpoint.address()).unwrap();
        let datagram = take(&socket)?;
        assert_eq!((datagram.address, &*datagram.body), (from, body));
        socket.try_send_datagram(from, datagram.body)?;
        assert_eq!(received(&peer), body);
    }
    Ok(())
}

#[test]
fn the_variants_of_receiving_return_none_in_time() -> Result<()> {
    let socket = context()?.socket(Dgram)?;
    assert_eq!(socket.try_recv_datagram()?, None);
    socket.bind("udp://127.0.0.1:*")?;
    assert_eq!(socket.try_recv_datagram()?, None);
    assert_eq!(socket.recv_datagram_timeout(Duration::from_millis(1))?, None);
    socket.set_recv_timeout(Duration::from_millis(1))?;
    assert_eq!(socket.recv_datagram().unwrap_err().kind(), ErrorKind::TimedOut);
    Ok(())
}

#[test]
fn dgram_unbound_send_is_refused() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Dgram)?;
    let any = context.socket(SocketType::Dgram)?;
    let (_, to) = plain();
    let reason = "cannot send on a DGRAM socket: the socket is not bound; bind it to a udp endpoint first (EFSM)";
    let refused = [
        socket.send_datagram(to, "body").unwrap_err(),
        socket.try_send_datagram(to, "body").unwrap_err(),
        socket.send_datagram_timeout(to, "body", PATIENCE).unwrap_err(),
        any.send("body").unwrap_err(),
    ];
    for refused in refused {
        assert_eq!((refused.error.to_string().as_str(), refused.kind()), (reason, ErrorKind::WrongState));
        assert_eq!(refused.message, "body");
    }
    let frames = Multipart::from((to.to_string(), "body"));
    let refused = any.send_multipart(frames.clone()).unwrap_err();
    assert_eq!((refused.error.to_string().as_str(), refused.message), (reason, frames));
    assert_eq!(any.send_more(to.to_string()).unwrap_err().error.to_string(), reason);
    Ok(())
}

#[test]
fn dgram_unbound_send_is_refused_after_an_unbind() -> Result<()> {
    if !zmq::sys::build::PATCHED {
        return Ok(());
    }
    let context = context()?;
    let (socket, endpoint) = bound(&context)?;
    let (peer, to) = plain();
    socket.send_datagram(to, "bound")?;
    assert_eq!(received(&peer), b"bound");
    socket.unbind(&endpoint)?;
    assert_eq!(socket.send_datagram(to, "not bound").unwrap_err().kind(), ErrorKind::WrongState);
    // Calls on the socket let libzmq continue.
    eventually("the port is free", || {
        assert_eq!(socket.try_recv_datagram(), Ok(None));
        UdpSocket::bind(endpoint.address()).is_ok()
    });
    let error = socket.bind(&endpoint).unwrap_err();
    assert!(error.to_string().ends_with("binds to one endpoint only, and once; open another socket (EFSM)"), "{error}");
    Ok(())
}

#[test]
fn dgram_half_message_is_kept_until_its_body() -> Result<()> {
    let context = context()?;
    let (socket, _) = bound(&context)?;
    let (peer, to) = plain();
    socket.send_more(to.to_string())?;
    let refused = socket.send_more("a third frame").unwrap_err();
    assert_eq!(
        refused.error.to_string(),
        "cannot send on a DGRAM socket: a datagram is two frames, an address and a body (EINVAL)"
    );
    assert_eq!(socket.send(vec![7; 8193]).unwrap_err().kind(), ErrorKind::InvalidInput);
    socket.send("body")?;
    assert_eq!(received(&peer), b"body");
    // Whole messages work as well.
    socket.send_multipart((to.to_string(), "whole"))?;
    assert_eq!(received(&peer), b"whole");
    Ok(())
}

#[test]
fn messages_that_are_no_datagrams_are_refused() -> Result<()> {
    let context = context()?;
    let (socket, _) = bound(&context)?;
    let (peer, to) = plain();
    assert_eq!(socket.send("alone").unwrap_err().kind(), ErrorKind::InvalidInput);
    for count in [1, 3, 4] {
        let frames = Multipart::from(vec!["127.0.0.1:5555"; count]);
        let refused = socket.send_multipart(frames.clone()).unwrap_err();
        assert_eq!((refused.kind(), refused.message), (ErrorKind::InvalidInput, frames));
    }
    // libzmq drops datagrams to addresses that it cannot read.
    socket.send_multipart(("no address", "dropped"))?;
    socket.send_datagram(to, "next")?;
    assert_eq!(received(&peer), b"next");
    Ok(())
}

#[test]
fn udp_big_send_of_a_datagram_is_refused() -> Result<()> {
    let context = context()?;
    let (socket, _) = bound(&context)?;
    let (peer, to) = plain();
    let refused = socket.send_datagram(to, vec![7; 8193]).unwrap_err();
    assert_eq!(
        refused.error.to_string(),
        "cannot send on a DGRAM socket: the body of a datagram has 8193 bytes, at most 8192 are possible (EMSGSIZE)"
    );
    assert_eq!(refused.message.len(), 8193);
    let any = socket.erase();
    let refused = any.send_multipart((to.to_string(), vec![7; 8193])).unwrap_err();
    assert_eq!((refused.kind(), refused.message.len()), (ErrorKind::InvalidInput, 2));
    any.send_datagram(to, vec![7; 8192])?;
    assert_eq!(received(&peer), [7; 8192]);
    Ok(())
}

#[test]
fn addresses_to_which_libzmq_sends_nothing_are_refused() -> Result<()> {
    let context = context()?;
    let (socket, _) = bound(&context)?;
    let wrong: [(SocketAddr, &str); 3] = [
        ("[::1]:5555".parse().unwrap(), "the address is of IPv6, and DGRAM sockets only support IPv4"),
        ("127.0.0.1:0".parse().unwrap(), "the port of the address is 0"),
        ("255.255.255.255:5555".parse().unwrap(), "DGRAM sockets cannot broadcast"),
    ];
    for (to, reason) in wrong {
        let refused = socket.send_datagram(to, "returned").unwrap_err();
        assert_eq!(refused.error.to_string(), format!("cannot send on a DGRAM socket: {reason}"));
        assert_eq!(refused.message, "returned");
    }
    Ok(())
}

#[test]
fn only_udp_can_be_bound_and_nothing_connected() -> Result<()> {
    let socket = context()?.socket(Dgram)?;
    for error in [
        socket.bind("tcp://127.0.0.1:*").unwrap_err(),
        socket.bind("inproc://dgram").unwrap_err(),
        socket.connect("tcp://127.0.0.1:5555").unwrap_err(),
        socket.connect("udp://127.0.0.1:5555").unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::IncompatibleProtocol, "{error}");
    }
    let error = socket.connect("udp://127.0.0.1:5555").unwrap_err();
    assert!(error.to_string().contains("DGRAM sockets bind, and each datagram names its receiver"), "{error}");
    Ok(())
}

#[test]
fn udp_dgram_ipv6_is_refused_and_ipv4_works_with_the_option() -> Result<()> {
    let context = Context::builder().linger(Duration::ZERO).ipv6(true).build()?;
    let socket = context.socket(Dgram)?;
    let error = socket.bind("udp://[::1]:*").unwrap_err();
    assert_eq!(error.to_string(), "cannot bind \"udp://[::1]:*\": DGRAM sockets only support IPv4");
    let endpoint = socket.bind("udp://*:*")?;
    assert!(socket.ipv6()?);
    let port = endpoint.port().unwrap();
    let (peer, from) = plain();
    let datagram =
        resent(|| drop(peer.send_to(b"hello", ("127.0.0.1", port))), || socket.recv_datagram_timeout(AGAIN))?;
    assert_eq!(datagram, Datagram { address: from, body: "hello".into() });
    Ok(())
}

#[test]
fn a_second_bind_is_refused() -> Result<()> {
    let socket = context()?.socket(Dgram)?;
    let (_peer, used) = plain();
    // A bind that fails does not count.
    assert_eq!(socket.bind(format!("udp://{used}")).unwrap_err().kind(), ErrorKind::AddressInUse);
    socket.bind("udp://127.0.0.1:*")?;
    assert_eq!(socket.bind("udp://127.0.0.1:*").unwrap_err().kind(), ErrorKind::WrongState);
    Ok(())
}

#[test]
fn untyped_sockets_of_other_types_have_no_datagrams() -> Result<()> {
    let socket = context()?.socket(SocketType::Pair)?;
    let (_, to) = plain();
    let reason = "only DGRAM sockets exchange datagrams (ENOTSUP)";
    let refused = socket.send_datagram(to, "returned").unwrap_err();
    assert!(refused.error.to_string().ends_with(reason), "{refused}");
    assert_eq!(refused.message, Message::from("returned"));
    assert!(socket.recv_datagram().unwrap_err().to_string().ends_with(reason));
    Ok(())
}
