//! Peers whose routing ID the socket chooses.

use zmq::{Dealer, ErrorKind, Result, Router, SocketType, Stream};

use crate::common::{context, free, in_child, take, take_all, this_test};

#[test]
fn a_peer_has_the_routing_id_that_it_is_connected_as() -> Result<()> {
    let context = context()?;
    let router = context.socket(Router)?;
    let (one, other) = (context.socket(Dealer)?, context.socket(Dealer)?);
    router.connect_as(one.bind(free("tcp"))?, "one")?;
    router.connect_as(other.bind(free("inproc"))?, [255; 255])?;
    router.send_multipart(("one", "to one"))?;
    router.send_multipart((vec![255; 255], "to the other"))?;
    assert_eq!((take(&one)?, take(&other)?), ("to one".into(), "to the other".into()));
    one.send("back")?;
    assert_eq!(take_all(&router)?, ["one", "back"]);
    Ok(())
}

#[test]
fn hazard_connect_rid_unchecked_a_routing_id_is_checked() -> Result<()> {
    let router = context()?.socket(Router)?;
    for (id, text) in [
        (vec![], "as \"\": a routing ID has at least one byte".to_owned()),
        (
            vec![0, 1, 2, 3, 4],
            "as \"\\x00\\x01\\x02\\x03\\x04\": routing IDs of 5 bytes with a leading zero are reserved for libzmq"
                .to_owned(),
        ),
        (vec![b'x'; 256], format!("as \"{}\": it has 256 bytes, at most 255 are possible", "x".repeat(256))),
    ] {
        let error = router.connect_as("tcp://127.0.0.1:1", id).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.to_string(), format!("cannot connect \"tcp://127.0.0.1:1\": {text}"));
    }
    Ok(())
}

#[test]
fn a_peer_can_be_connected_as_a_routing_id_that_begins_with_zero() -> Result<()> {
    let context = context()?;
    for (number, id) in [&[0][..], &[0; 4], &[0, 1, 2, 3, 4, 5], &[0; 16]].into_iter().enumerate() {
        for endpoint in [format!("inproc://zero-{number}"), "tcp://127.0.0.1:*".to_owned()] {
            let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
            router.connect_as(dealer.bind(endpoint)?, id)?;
            router.send_multipart([id, b"there"])?;
            assert_eq!(take(&dealer)?, "there", "{id:?}");
            dealer.send("back")?;
            assert_eq!(take_all(&router)?, [id, b"back"], "{id:?}");
        }
    }
    Ok(())
}

#[test]
fn hazard_connect_rid_dup_a_routing_id_can_be_used_only_once() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let (router, stream) = (context.socket(Router).unwrap(), context.socket(Stream).unwrap());
        router.connect_as("tcp://127.0.0.1:1", "x").unwrap();
        stream.connect_as("tcp://127.0.0.1:1", "x").unwrap();
        let errors = [
            router.connect_as("tcp://127.0.0.1:2", "x").unwrap_err(),
            stream.connect_as("tcp://127.0.0.1:2", "x").unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::AddressInUse);
            let text = "as \"x\": the socket has or had a peer with this routing ID (EADDRINUSE)";
            assert_eq!(error.to_string(), format!("cannot connect \"tcp://127.0.0.1:2\": {text}"));
        }
        router.connect_as("tcp://127.0.0.1:2", "y").unwrap();
    });
}

#[test]
fn hazard_connect_rid_dup_a_routing_id_that_a_peer_may_have_chosen_is_refused() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let router = context.socket(Router).unwrap();
        let endpoint = router.bind(free("tcp")).unwrap();
        let dealer = context.socket(Dealer).unwrap();
        dealer.set_routing_id("x").unwrap().connect(&endpoint).unwrap();
        dealer.send("first").unwrap();
        dealer.send("second").unwrap();
        assert_eq!(take_all(&router).unwrap(), ["x", "first"]);
        let refused = || {
            let error = router.connect_as("tcp://127.0.0.1:1", "x").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WrongState);
            let text = "as \"x\": a peer may have chosen this routing ID itself, and libzmq would abort; call \
                        connect_as before any bind and plain connect (EFSM)";
            assert_eq!(error.to_string(), format!("cannot connect \"tcp://127.0.0.1:1\": {text}"));
        };
        refused();
        // A disconnected peer with an unreceived message still has the routing ID.
        drop(dealer);
        refused();
        assert_eq!(take_all(&router).unwrap(), ["x", "second"]);
        refused();
    });
}

#[test]
fn a_router_with_plain_connections_may_have_peers_with_chosen_routing_ids() -> Result<()> {
    let context = context()?;
    let router = context.socket(Router)?;
    router.connect_as("tcp://127.0.0.1:1", "x")?;
    router.connect(free("inproc"))?;
    assert_eq!(router.connect_as("tcp://127.0.0.1:1", "y").unwrap_err().kind(), ErrorKind::WrongState);
    // SAFETY: no peer of this program has this routing ID.
    unsafe { router.connect_as_unchecked("tcp://127.0.0.1:1", "y")? };
    Ok(())
}

#[test]
fn a_bound_router_can_connect_unchecked() -> Result<()> {
    let context = context()?;
    let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
    router.bind(free("inproc"))?;
    // SAFETY: the router has no other peer.
    unsafe { router.connect_as_unchecked(dealer.bind(free("inproc"))?, "dealer")? };
    router.send_multipart(["dealer", "hello"])?;
    assert_eq!(take(&dealer)?, "hello");
    Ok(())
}

#[cfg(feature = "draft")]
#[test]
fn hazard_connect_rid_dup_a_known_peer_keeps_its_routing_id_even_unchecked() -> Result<()> {
    let context = context()?;
    let (router, peer) = (context.socket(Router)?, context.socket(Dealer)?);
    peer.set_routing_id("taken")?.connect(router.bind("tcp://127.0.0.1:*")?)?;
    peer.send("hello")?;
    assert_eq!(take_all(&router)?, ["taken", "hello"]);
    // SAFETY: the router knows the only peer that has this routing ID, so the call does not reach libzmq.
    let error = unsafe { router.connect_as_unchecked("tcp://127.0.0.1:1", "taken") }.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddressInUse);
    let text = "cannot connect \"tcp://127.0.0.1:1\": as \"taken\": a peer of the socket has chosen this routing ID";
    assert_eq!(error.to_string(), format!("{text} (EADDRINUSE)"));
    router.send_multipart(["taken", "still here"])?;
    assert_eq!(take(&peer)?, "still here");
    Ok(())
}

#[test]
fn the_routing_id_of_a_failed_connection_is_given_to_no_other() -> Result<()> {
    let context = context()?;
    let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
    let endpoint = dealer.bind(free("inproc"))?;
    let error = router.connect_as("unknown://nowhere", "x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnsupportedProtocol);
    let error = router.connect(&endpoint).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongState);
    let text = "a connect_as failed, and libzmq would use its routing ID here; repeat connect_as first (EFSM)";
    assert_eq!(error.to_string(), format!("cannot connect \"{endpoint}\": {text}"));
    // The routing ID is still free.
    router.connect_as(&endpoint, "x")?;
    router.send_multipart(["x", "hello"])?;
    assert_eq!(take(&dealer)?, "hello");
    router.connect(free("inproc"))?;
    Ok(())
}

#[test]
fn connect_as_is_refused_while_immediate_is_on() -> Result<()> {
    let context = context()?;
    let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
    let endpoint = dealer.bind(free("tcp"))?;
    let error = router.set_immediate(true)?.connect_as(&endpoint, "x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongState);
    let text =
        "as \"x\": libzmq does not assign routing IDs while immediate is on; call set_immediate(false) first (EFSM)";
    assert_eq!(error.to_string(), format!("cannot connect \"{endpoint}\": {text}"));
    router.set_immediate(false)?.connect_as(&endpoint, "x")?;
    router.send_multipart(["x", "hello"])?;
    assert_eq!(take(&dealer)?, "hello");
    Ok(())
}

#[test]
fn only_router_and_stream_sockets_name_their_peers() -> Result<()> {
    for socket_type in [SocketType::Rep, SocketType::Dealer, SocketType::Push] {
        let error = context()?.socket(socket_type)?.connect_as("tcp://127.0.0.1:1", "x").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotSupported, "{error}");
    }
    Ok(())
}
