//! What no program without `unsafe` may bring about: an abort, a hang, a panic, undefined behaviour.

mod common;

use common::{PATIENCE, context, eventually, free, in_child, in_time, process_commands, take};
use zmq::{
    Dealer, ErrorKind, Message, Pair, Pull, Push, Rep, Result, Router, SocketType, Stream, Sub, Subscription, XPub,
    XSub,
};

/// The owner of a message, whose drop is told.
struct Owner {
    bytes: Vec<u8>,
    dropped: Option<Box<dyn FnOnce() + Send>>,
}

impl Owner {
    fn message(dropped: impl FnOnce() + Send + 'static) -> Message {
        Message::from_owner(Self { bytes: vec![7; 100], dropped: Some(Box::new(dropped)) })
    }
}

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if let Some(dropped) = self.dropped.take() {
            dropped();
        }
    }
}

#[test]
fn a_router_does_not_leave_a_connection_that_waits_for_a_bind() {
    in_child("a_router_does_not_leave_a_connection_that_waits_for_a_bind", || {
        let context = context().unwrap();
        for socket_type in [SocketType::Router, SocketType::Rep] {
            let name = free("inproc");
            let waiting = context.socket(socket_type).unwrap();
            waiting.connect(&name).unwrap();
            for leave in [zmq::Socket::disconnect, zmq::Socket::unbind] {
                let error = leave(&waiting, &name).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::WrongState);
                process_commands(&waiting);
            }
            let bound = context.socket(Dealer).unwrap();
            bound.bind(&name).unwrap();
            waiting.disconnect(&name).unwrap();
        }
    });
}

#[test]
fn other_sockets_leave_a_connection_that_waits_for_a_bind() -> Result<()> {
    let context = context()?;
    let (source, sink) = (context.socket(Push)?, context.socket(Pull)?);
    let name = free("inproc");
    source.connect(&name)?;
    source.disconnect(&name)?;
    process_commands(&source);
    sink.bind(&name)?;
    source.connect(&name)?;
    source.send("again")?;
    assert_eq!(take(&sink)?, "again");
    Ok(())
}

#[test]
fn a_pair_socket_does_not_bind_a_name_for_which_routers_wait() {
    in_child("a_pair_socket_does_not_bind_a_name_for_which_routers_wait", || {
        let context = context().unwrap();
        let name = free("inproc");
        let (one, other) = (context.socket(Router).unwrap(), context.socket(Rep).unwrap());
        one.connect(&name).unwrap();
        other.connect(&name).unwrap();
        let pair = context.socket(Pair).unwrap();
        assert_eq!(pair.bind(&name).unwrap_err().kind(), ErrorKind::WrongState);
        // Sockets that go with a ROUTER do.
        context.socket(Dealer).unwrap().bind(&name).unwrap();
        // And a PAIR socket binds what PAIR sockets wait for, however many.
        let name = free("inproc");
        let waiting = [context.socket(Pair).unwrap(), context.socket(Pair).unwrap()];
        waiting.iter().for_each(|socket| drop(socket.connect(&name).unwrap()));
        pair.bind(&name).unwrap();
        waiting[0].send("hello").unwrap();
        assert_eq!(take(&pair).unwrap(), "hello");
    });
}

#[test]
fn a_subscriber_that_is_gone_before_a_publisher_with_a_welcome_binds_is_no_harm() {
    in_child("a_subscriber_that_is_gone_before_a_publisher_with_a_welcome_binds_is_no_harm", || {
        let context = context().unwrap();
        let name = free("inproc");
        let gone = context.socket(Sub).unwrap();
        gone.connect(&name).unwrap();
        gone.disconnect(&name).unwrap();
        process_commands(&gone);
        let publisher = context.socket(XPub).unwrap();
        publisher.set_welcome_message("hello").unwrap().bind(&name).unwrap();
        // Who comes later is still welcomed.
        let subscriber = context.socket(Sub).unwrap();
        subscriber.subscribe("").unwrap().connect(&name).unwrap();
        assert_eq!(publisher.recv_subscription().unwrap(), Subscription::Subscribe("".into()));
        assert_eq!(take(&subscriber).unwrap(), "hello");
    });
}

#[test]
fn a_socket_that_conflates_does_not_wait_for_a_bind() {
    in_child("a_socket_that_conflates_does_not_wait_for_a_bind", || {
        let context = context().unwrap();
        let name = free("inproc");
        let source = context.socket(Push).unwrap();
        source.set_conflate(true).unwrap();
        assert_eq!(source.connect(&name).unwrap_err().kind(), ErrorKind::WrongState);
        let closed = context.open_sockets().len();
        drop(source);
        eventually("the socket is closed", || context.open_sockets().len() < closed);
        let sink = context.socket(Pull).unwrap();
        sink.bind(&name).unwrap();
        let source = context.socket(Push).unwrap();
        source.set_conflate(true).unwrap().connect(&name).unwrap();
        source.send("newest").unwrap();
        assert_eq!(take(&sink).unwrap(), "newest");
    });
}

#[test]
fn a_stream_socket_has_no_connections_within_the_process() {
    in_child("a_stream_socket_has_no_connections_within_the_process", || {
        let context = context().unwrap();
        let (stream, source) = (context.socket(Stream).unwrap(), context.socket(Push).unwrap());
        let name = free("inproc");
        assert_eq!(stream.bind(&name).unwrap_err().kind(), ErrorKind::IncompatibleProtocol);
        source.bind(&name).unwrap();
        assert_eq!(stream.connect(&name).unwrap_err().kind(), ErrorKind::IncompatibleProtocol);
        assert_eq!(stream.connect_as(&name, "peer").unwrap_err().kind(), ErrorKind::IncompatibleProtocol);
    });
}

#[test]
fn a_websocket_is_not_asked_for_gssapi() {
    in_child("a_websocket_is_not_asked_for_gssapi", || {
        if !(zmq::has(zmq::Capability::Ws) && zmq::has(zmq::Capability::Gssapi)) {
            return;
        }
        let context = context().unwrap();
        let (source, sink) = (context.socket(Push).unwrap(), context.socket(Pull).unwrap());
        let endpoint = sink.bind("ws://127.0.0.1:*").unwrap();
        source.set_gssapi_principal("nobody").unwrap();
        assert_eq!(source.connect(&endpoint).unwrap_err().kind(), ErrorKind::IncompatibleProtocol);
    });
}

#[test]
fn a_long_message_of_an_xsub_socket_does_not_overflow_the_stack() {
    in_child("a_long_message_of_an_xsub_socket_does_not_overflow_the_stack", || {
        let context = context().unwrap();
        let (publisher, subscriber) = (context.socket(XPub).unwrap(), context.socket(XSub).unwrap());
        subscriber.connect(publisher.bind(free("inproc")).unwrap()).unwrap();
        let safe = zmq::version() >= zmq::Version { major: 4, minor: 3, patch: 5 };
        let long = vec![1; 1_000_000];
        let sent = subscriber.send(long.clone());
        assert_eq!(sent.is_ok(), safe);
        if let Err(refused) = sent {
            assert_eq!((refused.kind(), refused.message.len()), (ErrorKind::InvalidInput, 1_000_000));
        }
        assert_eq!(subscriber.send(&long[..]).is_ok(), safe);
        assert_eq!(subscriber.send_multipart([long]).is_ok(), safe);
        // What is no subscription may be of any length.
        subscriber.send(vec![2; 1_000_000]).unwrap();
        in_time(move || drop((publisher, subscriber)));
        context.terminate(PATIENCE).unwrap();
    });
}
