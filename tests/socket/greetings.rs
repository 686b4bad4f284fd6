//! The messages of the draft API at the beginning and the end of connections.

use std::time::Duration;

use zmq::socket::RouterNotify;
use zmq::{Client, Context, Dealer, Endpoint, Message, Result, Router, Server, Socket};

use crate::common::{context, eventually, free, in_child, pass_through_the_io_thread, take, take_all, this_test};
use crate::draft::is_new;

const BRIEFLY: Duration = Duration::from_millis(20);

fn dealer(context: &Context, id: &str, endpoint: &Endpoint) -> Result<Socket<Dealer>> {
    let dealer = context.socket(Dealer)?;
    dealer.set_routing_id(id)?.connect(endpoint)?;
    Ok(dealer)
}

#[test]
fn a_router_is_notified_of_the_requested_events() -> Result<()> {
    for requested in [RouterNotify::CONNECT, RouterNotify::DISCONNECT, RouterNotify::all(), RouterNotify::empty()] {
        let context = context()?;
        let router = context.socket(Router)?;
        let endpoint = router.set_router_notify(requested)?.bind(free("tcp"))?;
        let one = dealer(&context, "one", &endpoint)?;
        if requested.contains(RouterNotify::CONNECT) {
            assert_eq!(take_all(&router)?, ["one", ""]);
        }
        one.send("hello")?;
        assert_eq!(take_all(&router)?, ["one", "hello"]);
        drop(one);
        if requested.contains(RouterNotify::DISCONNECT) {
            assert_eq!(take_all(&router)?, ["one", ""]);
        }
        let two = dealer(&context, "two", &endpoint)?;
        two.send("bye")?;
        if requested.contains(RouterNotify::CONNECT) {
            assert_eq!(take_all(&router)?, ["two", ""]);
        }
        assert_eq!(take_all(&router)?, ["two", "bye"], "{requested:?}");
    }
    Ok(())
}

fn greets_each_new_peer(transport: &str) -> Result<()> {
    let context = context()?;
    let router = context.socket(Router)?;
    let endpoint = router.set_hello_message("hello")?.bind(free(transport))?;
    for id in ["one", "two"] {
        let dealer = dealer(&context, id, &endpoint)?;
        dealer.send("ready")?;
        assert_eq!(take_all(&router)?, [id, "ready"]);
        router.send_multipart([id, "later"])?;
        assert_eq!(take(&dealer)?, "hello");
        assert_eq!(take(&dealer)?, "later");
    }
    Ok(())
}

#[test]
fn a_router_greets_each_new_peer_over_tcp() -> Result<()> {
    greets_each_new_peer("tcp")
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault inproc-names is in this libzmq")]
fn a_router_greets_each_new_peer_over_inproc() -> Result<()> {
    greets_each_new_peer("inproc")
}

#[test]
fn a_server_greets_a_client_and_notices_its_end() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Server)?, context.socket(Client)?);
    server.set_hello_message("hello")?.set_disconnect_message("gone")?;
    client.set_hello_message("ready")?.connect(server.bind(free("tcp"))?)?;
    assert_eq!(take(&client)?, "hello");
    assert_eq!(take(&server)?, "ready");
    drop(client);
    assert_eq!(take(&server)?, "gone");
    Ok(())
}

#[test]
fn a_client_notices_the_end_of_its_server() -> Result<()> {
    if !is_new() {
        return Ok(());
    }
    let context = context()?;
    let (server, client) = (context.socket(Server)?, context.socket(Client)?);
    client.set_hiccup_message("lost")?.connect(server.bind(free("tcp"))?)?;
    client.send("hello")?;
    assert_eq!(take(&server)?, "hello");
    drop(server);
    assert_eq!(take(&client)?, "lost");
    Ok(())
}

#[test]
fn a_router_receives_a_greeting_with_the_routing_id() -> Result<()> {
    for transport in ["tcp", "inproc"] {
        let context = context()?;
        let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
        dealer.set_hello_message([0, 1, 255])?.set_routing_id("dealer")?.connect(router.bind(free(transport))?)?;
        let [id, greeting] = take_all(&router)?.into_array().unwrap();
        assert_eq!((id, greeting), (Message::from("dealer"), Message::from([0, 1, 255])));
    }
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault inproc-names is in this libzmq")]
fn hazard_hello_waiting_a_greeting_for_a_peer_that_waited_for_the_name_and_left_does_no_harm() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        for _ in 0..20 {
            let (router, endpoint) = (context.socket(Router).unwrap(), free("inproc"));
            let gone = context.socket(Dealer).unwrap();
            gone.set_linger(None).unwrap().connect(&endpoint).unwrap();
            gone.send("last words").unwrap();
            drop(gone);
            // Meanwhile, the peer is closed in the background.
            pass_through_the_io_thread(&context).unwrap();
            router.set_hello_message("hello").unwrap().set_disconnect_message("gone").unwrap();
            router.bind(&endpoint).unwrap();
            assert_eq!(take_all(&router).unwrap()[1], "last words");
        }
    });
}

#[test]
#[cfg_attr(zmq_patched, ignore = "this libzmq has the fix inproc-names")]
fn hazard_hello_waiting_a_socket_that_greets_cannot_bind_a_name_without_the_fix() -> Result<()> {
    let router = context()?.socket(Router)?;
    let refused = router.set_hello_message("hello")?.bind(free("inproc")).unwrap_err();
    assert!(refused.to_string().contains("bind it without one"), "{refused}");
    router.set_hello_message("")?.bind(free("inproc"))?;
    Ok(())
}

#[test]
fn a_disconnected_peer_leaves_a_message() -> Result<()> {
    for transport in ["tcp", "inproc"] {
        let context = context()?;
        let router = context.socket(Router)?;
        let endpoint = router.set_disconnect_message("gone")?.bind(free(transport))?;
        let one = dealer(&context, "one", &endpoint)?;
        one.send_multipart(["last", "words"])?;
        assert_eq!(take_all(&router)?, ["one", "last", "words"]);
        drop(one);
        assert_eq!(take_all(&router)?, ["one", "gone"]);
    }
    Ok(())
}

#[test]
fn a_lost_connection_leaves_a_message_and_is_restored() -> Result<()> {
    if !is_new() {
        return Ok(());
    }
    let context = context()?;
    let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
    dealer.set_hiccup_message("lost")?.set_routing_id("dealer")?.set_reconnect_interval(BRIEFLY)?;
    let endpoint = dealer.connect(router.bind(free("tcp"))?)?;
    dealer.send("hello")?;
    assert_eq!(take_all(&router)?, ["dealer", "hello"]);
    router.send_multipart(["dealer", "last words"])?;
    assert_eq!(take(&dealer)?, "last words");
    drop(router);
    assert_eq!(take(&dealer)?, "lost");
    let router = context.socket(Router)?;
    eventually("the endpoint is free", || router.bind(&endpoint).is_ok());
    dealer.send("again")?;
    assert_eq!(take_all(&router)?, ["dealer", "again"]);
    router.send_multipart(["dealer", "welcome back"])?;
    assert_eq!(take(&dealer)?, "welcome back");
    Ok(())
}
