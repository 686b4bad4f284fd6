//! Every kind of socket: how it opens, and its exchange with peers over each transport.

use std::io::{Read, Write};
use std::net::TcpStream;

use zmq::abilities::Open;
use zmq::{
    Any, Context, Dealer, ErrorKind, Multipart, Pair, Pub, Pull, Push, Rep, Req, Result, Router, Socket, SocketType,
    Stream, Sub, XPub, XSub,
};

use crate::common::{PATIENCE, context, eventually, free, pair, set_raw, take, take_all};

const TRANSPORTS: [&str; 3] = ["inproc", "tcp", "ipc"];

fn open_as<O: Open + Copy>(context: &Context, kind: O, word: &str) -> Result<()> {
    let typed = context.socket(kind)?;
    let parsed = context.socket(word.parse::<SocketType>()?)?;
    assert_eq!(typed.socket_type().to_string(), word);
    assert_eq!(parsed.socket_type(), typed.socket_type());
    assert!(format!("{typed:?}").starts_with("Socket { type: "), "{typed:?}");
    let erased: Socket<Any> = typed.erase();
    let back = erased.downcast::<O::Kind>().unwrap_or_else(|other| panic!("{word} became {other:?}"));
    assert_eq!(back.socket_type(), kind.socket_type());
    Ok(())
}

#[test]
fn every_stable_kind_opens_by_its_type_and_by_its_name() -> Result<()> {
    let context = context()?;
    open_as(&context, Pair, "PAIR")?;
    open_as(&context, Pub, "PUB")?;
    open_as(&context, Sub, "SUB")?;
    open_as(&context, Req, "REQ")?;
    open_as(&context, Rep, "REP")?;
    open_as(&context, Dealer, "DEALER")?;
    open_as(&context, Router, "ROUTER")?;
    open_as(&context, Pull, "PULL")?;
    open_as(&context, Push, "PUSH")?;
    open_as(&context, XPub, "XPUB")?;
    open_as(&context, XSub, "XSUB")?;
    open_as(&context, Stream, "STREAM")
}

#[test]
fn every_type_converts_to_a_number_and_a_name_and_back() -> Result<()> {
    for (number, socket_type) in (0..).zip(SocketType::ALL) {
        assert_eq!(socket_type.to_raw(), number);
        assert_eq!(SocketType::from_raw(number), Some(*socket_type));
        assert_eq!(socket_type.as_str().to_lowercase().parse::<SocketType>()?, *socket_type);
    }
    assert_eq!(SocketType::ALL.len(), 21);
    assert_eq!(SocketType::from_raw(21), None);
    assert_eq!(SocketType::from_raw(-1), None);
    Ok(())
}

#[test]
fn an_unknown_type_is_refused_with_the_known_types() {
    let error = "ROUTERS".parse::<SocketType>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(
        error.to_string(),
        "cannot read the socket type \"ROUTERS\": no socket type has this name; there are PAIR, PUB, SUB, REQ, REP, \
         DEALER, ROUTER, PULL, PUSH, XPUB, XSUB, STREAM, SERVER, CLIENT, RADIO, DISH, GATHER, SCATTER, DGRAM, PEER, \
         CHANNEL"
    );
}

#[test]
fn a_downcast_to_another_kind_returns_the_socket() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    let source = source.erase().downcast::<Pull>().unwrap_err();
    source.send("unharmed")?;
    assert_eq!(take(&sink)?, "unharmed");
    assert!(source.downcast::<Any>().is_ok());
    Ok(())
}

#[test]
fn a_typed_socket_can_be_borrowed_as_an_untyped_one() -> Result<()> {
    fn bind(socket: &Socket) -> Result<String> {
        Ok(socket.bind("tcp://127.0.0.1:*")?.to_string())
    }

    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    source.as_any().connect(bind(sink.as_any())?)?;
    source.as_any().send("untyped")?;
    assert_eq!(take(sink.as_any())?, "untyped");
    source.send("typed")?;
    assert_eq!(take(&sink)?, "typed");
    // An untyped socket is returned unchanged.
    let untyped: Socket = sink.into();
    assert_eq!(untyped.as_any().as_ptr(), untyped.as_ptr());
    Ok(())
}

#[test]
fn abilities_that_a_kind_lacks_are_errors_of_the_untyped_reference() -> Result<()> {
    let context = context()?;
    let (pull, push) = (context.socket(Pull)?, context.socket(Push)?);
    let pull = pull.as_any();
    let errors = [
        pull.try_send("wrong way").unwrap_err().error,
        push.as_any().try_recv().unwrap_err(),
        pull.subscribe("").unwrap_err(),
        pull.set_mandatory(true).unwrap_err(),
        pull.set_routing_id("A").unwrap_err(),
        pull.connect_as("tcp://127.0.0.1:1", "A").unwrap_err(),
        pull.set_conflate(true).unwrap_err(),
        pull.set_welcome_message("hello").unwrap_err(),
        pull.recv_stream().unwrap_err(),
        push.as_any().send_stream("peer", "").unwrap_err().error,
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::NotSupported, "{error}");
    }
    Ok(())
}

#[test]
fn an_untyped_reference_can_be_downcast_only_to_its_own_kind() -> Result<()> {
    let socket: Socket = context()?.socket(Push)?.into();
    assert!(socket.downcast_ref::<Pull>().is_none());
    assert!(socket.downcast_ref::<Any>().is_some());
    let typed: &Socket<Push> = socket.downcast_ref().expect("a PUSH socket");
    assert_eq!(typed.as_ptr(), socket.as_ptr());
    Ok(())
}

#[test]
fn a_kind_is_a_socket_type() {
    let types: [SocketType; 12] = [
        Pair.into(),
        Pub.into(),
        Sub.into(),
        Req.into(),
        Rep.into(),
        Dealer.into(),
        Router.into(),
        Pull.into(),
        Push.into(),
        XPub.into(),
        XSub.into(),
        Stream.into(),
    ];
    assert_eq!(types[..], SocketType::ALL[..12]);
}

#[test]
fn pairs_exchange_messages_in_both_directions() -> Result<()> {
    for transport in TRANSPORTS {
        let (one, other) = pair(&context()?, transport, (Pair, Pair))?;
        one.send("there")?;
        other.send("back")?;
        assert_eq!(take(&other)?, "there", "{transport}");
        assert_eq!(take(&one)?, "back", "{transport}");
    }
    Ok(())
}

#[test]
fn a_pull_socket_receives_pushed_messages_in_order() -> Result<()> {
    for transport in TRANSPORTS {
        let (sink, source) = pair(&context()?, transport, (Pull, Push))?;
        for number in 0..100 {
            source.send(number.to_string())?;
        }
        for number in 0..100 {
            assert_eq!(take(&sink)?, number.to_string(), "{transport}");
        }
    }
    Ok(())
}

#[test]
fn pushed_messages_are_distributed_round_robin() -> Result<()> {
    let context = context()?;
    let source = context.socket(Push)?;
    let endpoint = source.bind(free("inproc"))?;
    let sinks = [context.socket(Pull)?, context.socket(Pull)?];
    for sink in &sinks {
        sink.connect(&endpoint)?;
    }
    for text in ["a", "b", "c", "d"] {
        source.send(text)?;
    }
    assert_eq!([take(&sinks[0])?, take(&sinks[0])?], ["a", "c"]);
    assert_eq!([take(&sinks[1])?, take(&sinks[1])?], ["b", "d"]);
    Ok(())
}

#[test]
fn requests_and_replies_alternate() -> Result<()> {
    for transport in TRANSPORTS {
        let (server, client) = pair(&context()?, transport, (Rep, Req))?;
        for number in 0..3 {
            client.send(format!("question {number}"))?;
            assert_eq!(take(&server)?, format!("question {number}"), "{transport}");
            server.send_multipart(("answer", number.to_string()))?;
            assert_eq!(take_all(&client)?, Multipart::from(["answer".to_owned(), number.to_string()]));
        }
    }
    Ok(())
}

#[test]
fn a_subscriber_receives_messages_that_begin_with_its_prefix() -> Result<()> {
    for transport in TRANSPORTS {
        let context = context()?;
        let publisher = context.socket(Pub)?;
        let subscriber = context.socket(Sub)?;
        set_raw(&subscriber, zmq::sys::ZMQ_SUBSCRIBE, b"b");
        subscriber.connect(publisher.bind(free(transport))?)?;
        // A publisher drops messages until it knows of a subscription, and does not report its arrival.
        let mut first = None;
        eventually("the subscription arrives", || {
            publisher.send("a: not for it").and_then(|()| publisher.send("b: for it")).is_ok_and(|()| {
                first = subscriber.try_recv().unwrap_or_else(|error| panic!("{error}"));
                first.is_some()
            })
        });
        assert_eq!(first.as_deref(), Some(&b"b: for it"[..]), "{transport}");
    }
    Ok(())
}

#[test]
fn an_xpub_socket_receives_the_subscriptions_that_an_xsub_socket_sends() -> Result<()> {
    for transport in TRANSPORTS {
        let (publisher, subscriber) = pair(&context()?, transport, (XPub, XSub))?;
        subscriber.send(b"\x01topic\x00")?;
        assert_eq!(take(&publisher)?, b"\x01topic\x00", "{transport}");
        publisher.send_multipart([&b"other"[..], b"1"])?;
        publisher.send_multipart([&b"topic\x00x"[..], b"2"])?;
        assert_eq!(take_all(&subscriber)?, Multipart::from([&b"topic\x00x"[..], b"2"]), "{transport}");
        subscriber.send("up")?;
        assert_eq!(take(&publisher)?, "up", "{transport}");
        subscriber.send(b"\x00topic\x00")?;
        assert_eq!(take(&publisher)?, b"\x00topic\x00", "{transport}");
    }
    Ok(())
}

#[test]
fn a_router_identifies_its_peers_by_ids_of_any_bytes() -> Result<()> {
    let ids: [&[u8]; 7] = [b"plain", b"\xff\x00id\x00", &[7; 255], b"\x01", b"\x00", b"\x00\x01\x02\x03", &[0; 16]];
    for transport in TRANSPORTS {
        for id in ids {
            let context = context()?;
            let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
            dealer.set_routing_id(id)?.connect(router.bind(free(transport))?)?;
            dealer.send_multipart([&b""[..], b"\x00question\x00"])?;
            let request = take_all(&router)?;
            assert_eq!(request, Multipart::from([id, b"", b"\x00question\x00"]), "{transport}");
            router.send_multipart([id, b"answer", b""])?;
            assert_eq!(take_all(&dealer)?, Multipart::from([&b"answer"[..], b""]), "{transport}");
        }
    }
    Ok(())
}

#[test]
fn a_router_assigns_an_id_to_a_peer_without_one() -> Result<()> {
    for transport in TRANSPORTS {
        let (router, client) = pair(&context()?, transport, (Router, Req))?;
        client.send("question")?;
        let mut request = take_all(&router)?;
        let envelope = request.split_envelope().unwrap_or_default();
        assert_eq!((envelope.len(), envelope[0].len(), envelope[0][0]), (2, 5, 0), "{transport}");
        assert_eq!(request, Multipart::from("question"));
        router.send_multipart(Multipart::from("answer").wrap(envelope))?;
        assert_eq!(take(&client)?, "answer", "{transport}");
    }
    Ok(())
}

#[test]
fn a_stream_socket_exchanges_bytes_with_a_plain_tcp_peer() -> Result<()> {
    let context = context()?;
    let server = context.socket(Stream)?;
    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    let mut client = TcpStream::connect(endpoint.address()).unwrap_or_else(|error| panic!("{error}"));
    let Ok([id, greeting]) = take_all(&server)?.into_array() else { panic!("no notification") };
    assert_eq!((id.len(), greeting.len()), (5, 0));
    client.write_all(b"GET /\x00").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(take_all(&server)?, Multipart::from([&id[..], b"GET /\x00"]));
    server.send_multipart([&id[..], b"200 OK\x00"])?;
    client.set_read_timeout(Some(PATIENCE)).unwrap_or_else(|error| panic!("{error}"));
    let mut answer = [0; 7];
    client.read_exact(&mut answer).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(&answer, b"200 OK\x00");
    // An empty frame closes the connection.
    server.send_multipart([&id[..], b""])?;
    client.set_nonblocking(true).unwrap_or_else(|error| panic!("{error}"));
    eventually("the connection is closed", || {
        // libzmq ends a connection during calls on its socket.
        let notified = server.try_recv_multipart();
        assert!(notified.is_ok(), "{notified:?}");
        client.read(&mut answer).is_ok_and(|len| len == 0)
    });
    Ok(())
}

#[test]
fn a_socket_may_bind_and_connect_more_than_once() -> Result<()> {
    let context = context()?;
    let sink = context.socket(Pull)?;
    let endpoints = TRANSPORTS.into_iter().map(|transport| sink.bind(free(transport))).collect::<Result<Vec<_>>>()?;
    for endpoint in &endpoints {
        let source = context.socket(Push)?;
        source.connect(endpoint)?;
        source.send(endpoint.as_str())?;
        assert_eq!(take(&sink)?, endpoint.as_str());
    }
    Ok(())
}

#[test]
fn a_socket_is_bound_until_its_guard_is_dropped() -> Result<()> {
    let context = context()?;
    let (first, second) = (context.socket(Pull)?, context.socket(Pull)?);
    let guard = first.bound(free("inproc"))?;
    let endpoint = guard.endpoint().clone();
    assert_eq!(first.bound_endpoints(), std::slice::from_ref(&endpoint));
    assert_eq!(second.bound(&guard).unwrap_err().kind(), ErrorKind::AddressInUse);
    drop(guard);
    assert!(first.bound_endpoints().is_empty());
    // A detached guard leaves the endpoint bound. A guard of an endpoint that was unbound otherwise has nothing to end.
    assert_eq!(second.bound(&endpoint)?.detach(), endpoint);
    assert_eq!(second.bound_endpoints(), std::slice::from_ref(&endpoint));
    second.unbind(&endpoint)?;
    let guard = second.bound(&endpoint)?;
    second.unbind(&guard)?;
    assert_eq!(guard.unbind().unwrap_err().kind(), ErrorKind::NotFound);
    Ok(())
}

#[test]
fn a_socket_is_connected_until_its_guard_is_dropped() -> Result<()> {
    let context = context()?;
    for transport in ["inproc", "tcp"] {
        let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
        let endpoint = sink.bind(free(transport))?;
        let guard = source.connected(&endpoint)?;
        assert_eq!(guard.endpoint(), &endpoint);
        source.send("connected")?;
        assert_eq!(take(&sink)?, "connected");
        drop(guard);
        assert!(source.try_send("x").is_err_and(|refused| refused.error.is_would_block()), "{transport}");
        let guard = source.connected(&endpoint)?;
        assert_eq!(guard.detach(), endpoint);
        source.send("detached")?;
        assert_eq!(take(&sink)?, "detached");
        let guard = source.connected(&endpoint)?;
        guard.disconnect()?;
        assert_eq!(source.disconnect(&endpoint).unwrap_err().kind(), ErrorKind::NotFound);
    }
    Ok(())
}

#[test]
fn an_untyped_socket_reports_the_direction_that_its_type_lacks() -> Result<()> {
    let context = context()?;
    for (socket_type, word) in [(SocketType::Pull, "PULL"), (SocketType::Sub, "SUB")] {
        let socket = context.socket(socket_type)?;
        let refused = socket.send("wrong way").unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotSupported);
        assert_eq!(
            refused.to_string(),
            format!("cannot send on a {word} socket: sockets of this type only receive (ENOTSUP)")
        );
        assert_eq!(refused.error.socket_type(), Some(socket_type));
        assert_eq!(refused.message, "wrong way");
        let refused = socket.send_multipart(["wrong", "way"]).unwrap_err();
        assert_eq!((refused.kind(), refused.message.len()), (ErrorKind::NotSupported, 2));
    }
    for (socket_type, word) in [(SocketType::Push, "PUSH"), (SocketType::Pub, "PUB")] {
        let socket = context.socket(socket_type)?;
        for error in [socket.recv().unwrap_err(), socket.try_recv().unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::NotSupported);
            assert_eq!(
                error.to_string(),
                format!("cannot receive on a {word} socket: sockets of this type only send (ENOTSUP)")
            );
        }
        assert_eq!(socket.recv_multipart_timeout(PATIENCE).unwrap_err().kind(), ErrorKind::NotSupported);
    }
    Ok(())
}

#[test]
fn an_untyped_socket_takes_no_ordinary_message_for_a_subscription() -> Result<()> {
    let (receiver, sender) = pair(&context()?, "inproc", (SocketType::Dealer, SocketType::Dealer))?;
    sender.send(b"\x01looks like a subscription")?;
    for error in [
        receiver.recv_subscription().unwrap_err(),
        receiver.try_recv_subscription().unwrap_err(),
        receiver.recv_subscription_timeout(PATIENCE).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotSupported);
        assert_eq!(
            error.to_string(),
            "cannot receive on a DEALER socket: only XPUB sockets receive subscriptions (ENOTSUP)"
        );
    }
    assert_eq!(take(&receiver)?, b"\x01looks like a subscription"[..]);
    Ok(())
}

#[test]
fn a_request_socket_names_the_required_next_step() -> Result<()> {
    let (server, client) = pair(&context()?, "inproc", (Rep, Req))?;
    assert_eq!(client.recv().unwrap_err().to_string(), "cannot receive on a REQ socket: send a request first (EFSM)");
    client.send("question")?;
    let refused = client.send("another").unwrap_err();
    assert_eq!(refused.to_string(), "cannot send on a REQ socket: receive the pending reply first (EFSM)");
    assert_eq!((refused.kind(), refused.message.to_str()?), (ErrorKind::WrongState, "another"));
    // The refused send has changed nothing.
    assert_eq!(take(&server)?, "question");
    server.send("answer")?;
    assert_eq!(take(&client)?, "answer");
    Ok(())
}

#[test]
fn a_reply_socket_names_the_required_next_step() -> Result<()> {
    let (server, client) = pair(&context()?, "inproc", (Rep, Req))?;
    let refused = server.send("unasked").unwrap_err();
    assert_eq!(refused.to_string(), "cannot send on a REP socket: receive a request first (EFSM)");
    assert_eq!((refused.kind(), refused.message.to_str()?), (ErrorKind::WrongState, "unasked"));
    client.send("question")?;
    assert_eq!(take(&server)?, "question");
    let error = server.try_recv().unwrap_err();
    assert_eq!(error.to_string(), "cannot receive on a REP socket: send the pending reply first (EFSM)");
    server.send("answer")?;
    assert_eq!(take(&client)?, "answer");
    Ok(())
}
