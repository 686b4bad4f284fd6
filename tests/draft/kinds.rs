//! Sockets of the kinds with single frames, by every way to send and to receive.

use std::thread;
use std::time::Duration;

use zmq::abilities::{Receives, Sends};
use zmq::{
    Channel, Client, Context, Dealer, ErrorKind, Gather, Kind, Message, Pair, Peer, Push, Result, Scatter, Server,
    Socket, SocketType,
};

use crate::common::{PATIENCE, context, eventually, free, pair, take};

const TRANSPORTS: [&str; 3] = ["inproc", "tcp", "ipc"];
const SHORT: Duration = Duration::from_millis(10);

/// Sends and receives by every method. `addressed` adds the routing ID of the receiver, if the sender needs one.
fn exchange<S: Sends, R: Receives>(
    sender: &Socket<S>,
    receiver: &Socket<R>,
    addressed: impl Fn(&str) -> Message,
) -> Result<()> {
    sender.send(addressed("send"))?;
    assert_eq!(receiver.recv()?, "send");
    sender.try_send(addressed("try_send"))?;
    let mut received = None;
    eventually("a message arrives", || {
        received = receiver.try_recv().expect("a receive");
        received.is_some()
    });
    assert_eq!(received, Some(Message::from("try_send")));
    assert_eq!(receiver.try_recv()?, None);
    for timeout in [Some(PATIENCE), None] {
        sender.send_timeout(addressed("send_timeout"), timeout)?;
        assert_eq!(receiver.recv_timeout(timeout)?, Some(Message::from("send_timeout")));
    }
    assert_eq!(receiver.recv_timeout(SHORT)?, None);

    sender.set_send_timeout(PATIENCE)?;
    receiver.set_recv_timeout(PATIENCE)?;
    let long = "long ".repeat(1000);
    sender.send(addressed(&long))?;
    assert_eq!(receiver.recv()?, long);
    receiver.set_recv_timeout(SHORT)?;
    assert_eq!(receiver.recv().unwrap_err().kind(), ErrorKind::TimedOut);
    receiver.set_recv_timeout(None)?;
    sender.set_send_timeout(None)?;

    sender.send(addressed(""))?;
    let mut message = Message::from("old content");
    receiver.recv_into(&mut message)?;
    assert_eq!(message, "");
    Ok(())
}

#[test]
fn client_and_server_exchange_messages() -> Result<()> {
    for transport in TRANSPORTS {
        let (server, client) = pair(&context()?, transport, (Server, Client))?;
        exchange(&client, &server, |text| Message::from(text))?;
        client.send("who are you?")?;
        let id = take(&server)?.routing_id().expect("an id");
        exchange(&server, &client, |text| Message::from(text).with_routing_id(id))?;
    }
    Ok(())
}

#[test]
fn peers_exchange_messages() -> Result<()> {
    for transport in TRANSPORTS {
        let context = context()?;
        let (one, other) = (context.socket(Peer)?, context.socket(Peer)?);
        let id = one.connect_peer(other.bind(free(transport))?)?;
        exchange(&one, &other, |text| Message::from(text).with_routing_id(id))?;
        one.send_to(id, "who are you?")?;
        let id = take(&other)?.routing_id().expect("an id");
        exchange(&other, &one, |text| Message::from(text).with_routing_id(id))?;
    }
    Ok(())
}

#[test]
fn channels_exchange_messages() -> Result<()> {
    for transport in TRANSPORTS {
        let (one, other) = pair(&context()?, transport, (Channel, Channel))?;
        exchange(&one, &other, |text| Message::from(text))?;
        exchange(&other, &one, |text| Message::from(text))?;
    }
    Ok(())
}

#[test]
fn scatter_sends_messages_to_gather() -> Result<()> {
    for transport in TRANSPORTS {
        let (gather, scatter) = pair(&context()?, transport, (Gather, Scatter))?;
        exchange(&scatter, &gather, |text| Message::from(text))?;
    }
    Ok(())
}

#[test]
fn scatter_deals_its_messages_out_to_all_gathers() -> Result<()> {
    let context = context()?;
    let scatter = context.socket(Scatter)?;
    let endpoint = scatter.bind(free("inproc"))?;
    let gathers = [context.socket(Gather)?, context.socket(Gather)?];
    for gather in &gathers {
        gather.connect(&endpoint)?;
    }
    for number in 0..10_u8 {
        scatter.send([number])?;
    }
    for (first, gather) in (0..).zip(&gathers) {
        let received: Vec<u8> = (0..5).map(|_| take(gather).expect("a message")[0]).collect();
        assert_eq!(received, [first, first + 2, first + 4, first + 6, first + 8]);
    }
    Ok(())
}

/// Sends until the queue is full, and returns the number of sent messages.
fn fill<S: Sends>(sender: &Socket<S>, addressed: &impl Fn(&str) -> Message) -> usize {
    let refused =
        (0..10_000).map(|sent| (sent, sender.try_send(addressed("fills")))).find(|(_, result)| result.is_err());
    let (sent, result) = refused.expect("a full queue");
    let refused = result.expect_err("an error");
    assert_eq!((refused.kind(), &refused.message[..]), (ErrorKind::WouldBlock, &b"fills"[..]));
    sent
}

/// Checks that a full queue blocks sends until there is room.
fn blocks_when_full<S: Sends, R: Receives>(
    sender: &Socket<S>,
    receiver: &Socket<R>,
    addressed: impl Fn(&str) -> Message,
) -> Result<()> {
    // Each end of an inproc connection adds its mark.
    assert_eq!(fill(sender, &addressed), 4);
    let refused = sender.send_timeout(addressed("waits"), SHORT).unwrap_err();
    assert_eq!((refused.kind(), &refused.message[..]), (ErrorKind::TimedOut, &b"waits"[..]));
    sender.set_send_timeout(SHORT)?;
    assert_eq!(sender.send(addressed("waits")).unwrap_err().kind(), ErrorKind::TimedOut);
    sender.set_send_timeout(None)?;
    for _ in 0..4 {
        assert_eq!(take(receiver)?, "fills");
    }
    sender.send_timeout(addressed("has room"), PATIENCE)?;
    assert_eq!(take(receiver)?, "has room");
    Ok(())
}

/// Opens two sockets with a high-water mark of 2, connected over inproc.
fn limited<A: zmq::abilities::Open, B: zmq::abilities::Open>(
    context: &Context,
    (bound, connected): (A, B),
) -> Result<(Socket<A::Kind>, Socket<B::Kind>)> {
    fn limit<K: Kind>(socket: &Socket<K>) -> Result<()> {
        socket.set_send_hwm(2)?.set_recv_hwm(2)?;
        Ok(())
    }
    let (bound, connected) = (context.socket(bound)?, context.socket(connected)?);
    limit(&bound)?;
    limit(&connected)?;
    connected.connect(bound.bind(free("inproc"))?)?;
    Ok((bound, connected))
}

#[test]
fn a_send_to_a_full_queue_waits_for_room() -> Result<()> {
    let context = context()?;
    let (server, client) = limited(&context, (Server, Client))?;
    blocks_when_full(&client, &server, |text| Message::from(text))?;
    client.send("who are you?")?;
    let id = take(&server)?.routing_id().expect("an id");
    blocks_when_full(&server, &client, |text| Message::from(text).with_routing_id(id))?;

    let (one, other) = limited(&context, (Channel, Channel))?;
    blocks_when_full(&one, &other, |text| Message::from(text))?;
    blocks_when_full(&other, &one, |text| Message::from(text))?;
    let (gather, scatter) = limited(&context, (Gather, Scatter))?;
    blocks_when_full(&scatter, &gather, |text| Message::from(text))
}

#[test]
fn a_full_peer_does_not_hold_up_messages_to_other_peers() -> Result<()> {
    let context = context()?;
    let (server, full) = limited(&context, (Server, Client))?;
    let free = context.socket(Client)?;
    free.connect(&server.bound_endpoints()[0])?;
    full.send("full")?;
    let full_id = take(&server)?.routing_id().expect("an id");
    free.send("free")?;
    let free_id = take(&server)?.routing_id().expect("an id");
    fill(&server, &|text| Message::from(text).with_routing_id(full_id));
    server.send_to(free_id, "not held up")?;
    assert_eq!(take(&free)?, "not held up");
    Ok(())
}

#[test]
fn a_peer_that_leaves_ends_the_send_that_waits_for_it() -> Result<()> {
    for leaves in ["closes", "disconnects"] {
        let (server, client) = limited(&context()?, (Server, Client))?;
        client.send("who are you?")?;
        let id = take(&server)?.routing_id().expect("an id");
        fill(&server, &|text| Message::from(text).with_routing_id(id));
        thread::scope(|threads| {
            let waiting = threads.spawn(|| server.send_to(id, "waits"));
            // The socket may leave before or during the wait.
            let kept = (leaves == "disconnects").then_some(client);
            if let Some(client) = &kept {
                client.disconnect(&server.bound_endpoints()[0])?;
            }
            let refused = waiting.join().expect("no panic").unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::HostUnreachable, "{leaves}");
            assert_eq!((&refused.message[..], refused.message.routing_id()), (&b"waits"[..], Some(id)));
            drop(kept);
            Ok::<_, zmq::Error>(())
        })?;
    }
    Ok(())
}

#[test]
fn a_send_of_a_channel_waits_for_the_next_peer() -> Result<()> {
    let context = context()?;
    let (one, first) = limited(&context, (Channel, Channel))?;
    fill(&one, &|text| Message::from(text));
    drop(first);
    thread::scope(|threads| {
        let waiting = threads.spawn(|| one.send("waits"));
        let second = context.socket(Channel)?;
        // A second peer is refused until the first has left.
        eventually("the next peer receives", || {
            let connected = second.connected(&one.bound_endpoints()[0]).expect("a connection");
            let received = second.recv_timeout(SHORT).expect("a receive");
            drop(connected);
            received == Some(Message::from("waits"))
        });
        waiting.join().expect("no panic")?;
        Ok(())
    })
}

#[test]
fn a_channel_refuses_a_second_peer() -> Result<()> {
    for transport in TRANSPORTS {
        let context = context()?;
        let (one, other) = pair(&context, transport, (Channel, Channel))?;
        one.send("first")?;
        assert_eq!(take(&other)?, "first");
        let second = context.socket(Channel)?;
        second.connect(&one.bound_endpoints()[0])?;
        let _ = second.send_timeout("from the second", SHORT);
        one.send("to the first")?;
        assert_eq!(take(&other)?, "to the first", "{transport}");
        other.send("from the first")?;
        assert_eq!(take(&one)?, "from the first", "{transport}");
        assert_eq!(one.recv_timeout(SHORT)?, None, "{transport}");
        assert_eq!(second.try_recv()?, None, "{transport}");
    }
    Ok(())
}

#[test]
fn a_channel_with_a_peer_may_connect_to_a_name_that_is_bound_later() -> Result<()> {
    let context = context()?;
    let (one, other) = pair(&context, "inproc", (Channel, Channel))?;
    let name = free("inproc");
    if let Err(error) = one.connect(&name) {
        // An installed libzmq keeps a freed connection in its list.
        assert_eq!(error.kind(), ErrorKind::WrongState);
    }
    let late = context.socket(Channel)?;
    late.bind(&name)?;
    one.send("to the first")?;
    assert_eq!(take(&other)?, "to the first");
    assert_eq!(late.try_recv()?, None);
    Ok(())
}

/// Over inproc, sockets of all kinds connect.
#[test]
fn multipart_messages_of_other_kinds_are_dropped() -> Result<()> {
    fn drops<K: Receives + Copy + zmq::abilities::Open<Kind = K>>(kind: K) -> Result<()> {
        let (receiver, sender) = pair(&context()?, "inproc", (kind, Push))?;
        sender.send_multipart(["dropped", "with all", "frames"])?;
        sender.send_multipart(["dropped", "as well"])?;
        sender.send("received")?;
        sender.send_multipart(["dropped", "at the end"])?;
        assert_eq!(take(&receiver)?, "received", "{:?}", receiver.socket_type());
        assert_eq!(receiver.recv_timeout(SHORT)?, None);
        Ok(())
    }
    drops(Server)?;
    drops(Peer)?;
    drops(Gather)?;
    drops(Channel)?;
    let (dealer, client) = pair(&context()?, "inproc", (Dealer, Client))?;
    dealer.send_multipart(["dropped", "frames"])?;
    dealer.send("received")?;
    assert_eq!(take(&client)?, "received");
    let (one, channel) = pair(&context()?, "inproc", (Pair, Channel))?;
    one.send_multipart(["dropped", "frames"])?;
    one.send("received")?;
    assert_eq!(take(&channel)?, "received");
    Ok(())
}

#[test]
fn no_draft_kind_is_an_authenticator() -> Result<()> {
    let context = context()?;
    for &socket_type in SocketType::ALL.iter().filter(|socket_type| socket_type.is_draft()) {
        let error = context.socket(socket_type)?.bind("inproc://zeromq.zap.01").unwrap_err();
        let reason = match socket_type {
            SocketType::Server => "a SERVER drops their requests".to_owned(),
            other => format!("libzmq aborts with a {other}"),
        };
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().ends_with(&reason), "{error}");
    }
    Ok(())
}

#[test]
fn a_shared_socket_is_used_as_any_socket_and_converted_back() -> Result<()> {
    let (server, client) = pair(&context()?, "inproc", (Server, Client))?;
    client.as_any().send("from any")?;
    assert_eq!(take(&server)?, "from any");
    assert_eq!(client.as_any().downcast_ref::<Client>().map(Socket::socket_type), Some(SocketType::Client));
    assert!(client.as_any().downcast_ref::<Server>().is_none());
    let client: Socket<Client> = client.erase().downcast().expect("a client");
    thread::scope(|threads| threads.spawn(|| client.send("shared again")).join()).expect("no panic")?;
    assert_eq!(take(&server)?, "shared again");
    Ok(())
}
