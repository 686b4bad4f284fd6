//! Routing IDs of messages.

use std::num::NonZeroU32;
use std::time::Duration;

use zmq::{Any, Client, Context, ErrorKind, Message, Peer, Push, Result, RoutingId, Server, Socket, SocketType};

use crate::common::{PATIENCE, context, eventually, free, pair, take};

fn id(number: u32) -> RoutingId {
    RoutingId::new(number).expect("a number other than 0")
}

#[test]
fn a_routing_id_is_a_number_other_than_zero() {
    assert_eq!(RoutingId::new(0), None);
    assert_eq!((id(7).get(), u32::from(id(7)), NonZeroU32::from(id(7)).get()), (7, 7, 7));
    assert_eq!(RoutingId::from(NonZeroU32::MIN), id(1));
    assert!(id(1) < id(2));
    assert_eq!((id(7).to_string(), format!("{:>3}", id(7))), ("7".to_owned(), "  7".to_owned()));
}

#[test]
fn a_routing_id_stays_with_its_message() {
    for len in [0, 5, 1000] {
        let mut message = Message::from(vec![b'x'; len]).with_routing_id(id(7));
        let mut shared = message.share();
        assert_eq!((message.clone().routing_id(), shared.routing_id()), (Some(id(7)), Some(id(7))));
        shared.make_mut();
        assert_eq!(shared.routing_id(), Some(id(7)), "{len}");
        shared.set_routing_id(id(8));
        assert_eq!((message.routing_id(), shared.routing_id()), (Some(id(7)), Some(id(8))));
        assert_eq!(Message::from(&message).routing_id(), None);
    }
    assert_eq!(Message::new().routing_id(), None);
}

#[test]
fn each_peer_has_a_number_of_its_own_and_gets_its_own_replies() -> Result<()> {
    for transport in ["inproc", "tcp", "ipc"] {
        let context = context()?;
        let server = context.socket(Server)?;
        let endpoint = server.bind(free(transport))?;
        let clients: Vec<_> = (0..10).map(|_| context.socket(Client)).collect::<Result<_>>()?;
        for (number, client) in (0_u8..).zip(&clients) {
            client.connect(&endpoint)?;
            client.send([number])?;
        }
        let mut requests: Vec<_> = clients.iter().map(|_| take(&server)).collect::<Result<_>>()?;
        requests.sort_by_key(Message::routing_id);
        assert!(requests.windows(2).all(|two| two[0].routing_id() < two[1].routing_id()), "{requests:?}");
        for request in requests.iter().rev() {
            server.reply_to(request, [request[0], b'!'])?;
            server.send_to_timeout(request.routing_id().expect("an id"), "and more", PATIENCE)?;
        }
        for (number, client) in (0_u8..).zip(&clients) {
            assert_eq!(take(client)?, [number, b'!']);
            assert_eq!(take(client)?, "and more");
        }
    }
    Ok(())
}

#[test]
fn a_message_without_a_routing_id_is_returned_and_the_error_names_the_remedy() -> Result<()> {
    let context = context()?;
    let (server, _client) = pair(&context, "inproc", (Server, Client))?;
    for refused in [server.send("to whom?"), server.try_send("to whom?"), server.send_timeout("to whom?", PATIENCE)] {
        let refused = refused.unwrap_err();
        assert_eq!((refused.kind(), refused.errno()), (ErrorKind::HostUnreachable, zmq::Errno::EHOSTUNREACH));
        assert_eq!(
            refused.to_string(),
            "cannot send on a SERVER socket: the message has no routing id; call send_to or reply_to (EHOSTUNREACH)"
        );
        assert_eq!((&refused.message[..], refused.message.routing_id()), (&b"to whom?"[..], None));
    }
    let refused = server.reply_to(&Message::from("not received"), "reply").unwrap_err();
    assert_eq!((refused.kind(), &refused.message[..]), (ErrorKind::HostUnreachable, &b"reply"[..]));
    assert!(refused.to_string().contains("the request has no routing id"), "{refused}");
    Ok(())
}

#[test]
fn a_message_to_an_unknown_peer_is_returned_with_its_routing_id() -> Result<()> {
    let context = context()?;
    let (server, client) = pair(&context, "tcp", (Server, Client))?;
    client.send("hello")?;
    let known = take(&server)?.routing_id().expect("an id");
    let unknown = id(known.get() ^ 1);
    for refused in [
        server.send_to(unknown, "lost"),
        server.try_send_to(unknown, "lost"),
        server.send_to_timeout(unknown, "lost", PATIENCE),
        server.send(Message::from("lost").with_routing_id(unknown)),
    ] {
        let refused = refused.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::HostUnreachable);
        assert_eq!(
            refused.to_string(),
            format!(
                "cannot send on a SERVER socket: no peer with the routing id {unknown} is connected (EHOSTUNREACH)"
            )
        );
        assert_eq!((&refused.message[..], refused.message.routing_id()), (&b"lost"[..], Some(unknown)));
    }
    // The message can be sent to another peer.
    let lost = server.try_send_to(unknown, "lost").unwrap_err().into_message();
    server.send_to(known, lost)?;
    assert_eq!(take(&client)?, "lost");
    Ok(())
}

#[test]
fn a_peer_that_has_left_is_unknown() -> Result<()> {
    for transport in ["inproc", "tcp", "ipc"] {
        let (server, client) = pair(&context()?, transport, (Server, Client))?;
        client.send("hello")?;
        let request = take(&server)?;
        drop(client);
        eventually("the peer leaves", || {
            let left = server.reply_to(&request, "too late").err().map(|refused| refused.kind());
            assert!(left.is_none_or(|kind| kind == ErrorKind::HostUnreachable), "{left:?}");
            left.is_some()
        });
    }
    Ok(())
}

#[test]
fn a_peer_is_known_before_it_is_bound_and_after_a_reconnection() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let context = context()?;
        let (one, other) = (context.socket(Peer)?, context.socket(Peer)?);
        let endpoint = match transport {
            "inproc" => free(transport).parse()?,
            _ => {
                let endpoint = other.bind(free(transport))?;
                other.unbind(&endpoint)?;
                endpoint
            }
        };
        let id = one.connect_peer(&endpoint)?;
        one.send_to(id, "queued")?;
        eventually("the name is free", || other.bind(&endpoint).is_ok());
        let message = take(&other)?;
        assert_eq!(message, "queued", "{transport}");
        other.reply_to(&message, "reply")?;
        assert_eq!(take(&one)?.routing_id(), Some(id), "{transport}");
        if transport == "tcp" {
            other.unbind(&endpoint)?;
            drop(other);
            let next = context.socket(Peer)?;
            eventually("the name is free", || next.bind(&endpoint).is_ok());
            // The first messages may go to the connection that ends.
            eventually("the next peer receives", || {
                one.send_to(id, "again").expect("the id is valid");
                next.recv_timeout(Duration::from_millis(10)).expect("a receive").is_some()
            });
        }
    }
    Ok(())
}

#[test]
fn connect_peer_checks_the_endpoint_and_the_options() -> Result<()> {
    let socket = context()?.socket(Peer)?;
    for endpoint in ["", "tcp://127.0.0.1:*", "tcp://127.0.0.1:99999", "inproc://\0"] {
        assert_eq!(socket.connect_peer(endpoint).unwrap_err().kind(), ErrorKind::InvalidEndpoint, "{endpoint:?}");
    }
    let immediate = socket.set_immediate(true)?.connect_peer("tcp://127.0.0.1:5555").unwrap_err();
    assert_eq!(immediate.kind(), ErrorKind::WrongState);
    assert!(immediate.to_string().contains("call set_immediate(false) first"), "{immediate}");
    socket.set_immediate(false)?;
    let one = socket.connect_peer("tcp://127.0.0.1:5555")?;
    let other = socket.connect_peer("tcp://127.0.0.1:5555")?;
    assert_ne!(one, other, "each connection is a peer");
    socket.disconnect("tcp://127.0.0.1:5555")?;
    eventually("the peers have left", || {
        [one, other].iter().all(|id| {
            socket.try_send_to(*id, "gone").is_err_and(|refused| refused.kind() == ErrorKind::HostUnreachable)
        })
    });
    Ok(())
}

#[test]
fn an_untyped_socket_addresses_peers_if_its_type_can() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(SocketType::Server)?, context.socket(Client)?);
    client.connect(server.bind(free("inproc"))?)?;
    client.send("hello")?;
    let request = take(&server)?;
    server.reply_to(&request, "welcome")?;
    assert_eq!(take(&client)?, "welcome");
    let push: Socket<Any> = context.socket(SocketType::Push)?;
    let refused = push.send_to(id(7), "hello").unwrap_err();
    assert_eq!((refused.kind(), refused.message.routing_id()), (ErrorKind::NotSupported, Some(id(7))));
    Ok(())
}

#[test]
fn sockets_of_other_kinds_pass_the_routing_id_on_over_inproc_only() -> Result<()> {
    fn passed(context: &Context, transport: &str) -> Result<Option<RoutingId>> {
        let (sink, source) = pair(context, transport, (zmq::Pull, Push))?;
        source.send(Message::from("x").with_routing_id(id(7)))?;
        Ok(take(&sink)?.routing_id())
    }
    let context = context()?;
    assert_eq!(passed(&context, "inproc")?, Some(id(7)));
    assert_eq!(passed(&context, "tcp")?, None);
    // A server sets the ID of the sender, no matter which one the message has.
    let (server, client) = pair(&context, "inproc", (Server, Client))?;
    client.send(Message::from("x"))?;
    let true_id = take(&server)?.routing_id();
    client.send(Message::from("x").with_routing_id(id(7)))?;
    assert_eq!(take(&server)?.routing_id(), true_id);
    Ok(())
}
