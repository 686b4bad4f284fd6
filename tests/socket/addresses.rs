//! Binds and connects of sockets: the returned endpoints, addresses in use, and disconnects.

use zmq::{Dealer, ErrorKind, Operation, Pub, Pull, Push, Rep, Result, Sub};

use crate::common::{context, dead_endpoint, eventually, free, pair, take};

#[test]
fn a_bind_returns_the_port_that_the_system_chose() -> Result<()> {
    let context = context()?;
    let sink = context.socket(Pull)?;
    let first = sink.bind("tcp://127.0.0.1:*")?;
    let second = sink.bind("tcp://127.0.0.1:0")?;
    assert_eq!((first.transport(), second.transport()), ("tcp", "tcp"));
    assert!(first.port().is_some_and(|port| port > 0) && second.port().is_some_and(|port| port > 0));
    assert_ne!(first, second);
    for endpoint in [first, second] {
        let source = context.socket(Push)?;
        assert_eq!(source.connect(&endpoint)?, endpoint);
        source.send(endpoint.as_str())?;
        assert_eq!(take(&sink)?, endpoint.as_str());
    }
    Ok(())
}

#[test]
fn a_bind_to_all_interfaces_returns_an_endpoint_that_can_be_unbound() -> Result<()> {
    let sink = context()?.socket(Pull)?;
    let endpoint = sink.bind("tcp://*:*")?;
    assert!(endpoint.as_str().starts_with("tcp://0.0.0.0:"), "{endpoint}");
    sink.unbind(&endpoint)
}

#[cfg(unix)]
#[test]
fn a_bind_returns_the_made_up_path() -> Result<()> {
    let context = context()?;
    let sink = context.socket(Pull)?;
    let endpoint = sink.bind("ipc://*")?;
    assert!(std::path::Path::new(endpoint.address()).exists(), "{endpoint}");
    let source = context.socket(Push)?;
    source.connect(&endpoint)?;
    source.send("through a file")?;
    assert_eq!(take(&sink)?, "through a file");
    Ok(())
}

#[test]
fn inproc_names_are_returned_unchanged() -> Result<()> {
    let socket = context()?.socket(Pull)?;
    let long = format!("inproc://{}", "x".repeat(1000));
    for name in ["inproc://a", "inproc://with spaces/and://more", "inproc://ünïcode", long.as_str()] {
        assert_eq!(socket.bind(name)?, name);
        socket.unbind(name)?;
    }
    Ok(())
}

#[test]
fn an_address_in_use_is_refused_and_named() -> Result<()> {
    let context = context()?;
    let (first, second) = (context.socket(Pull)?, context.socket(Pull)?);
    for transport in ["tcp", "inproc"] {
        let endpoint = first.bind(free(transport))?;
        let error = second.bind(&endpoint).unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::AddressInUse, Operation::Bind));
        assert_eq!(error.subject(), Some(endpoint.as_str()));
        let expected = format!("cannot bind \"{endpoint}\": the address is already in use (EADDRINUSE)");
        assert_eq!(error.to_string(), expected);
        // The refused socket can bind to another address.
        let elsewhere = second.bind(free(transport))?;
        assert_ne!(elsewhere, endpoint);
    }
    Ok(())
}

#[test]
fn an_address_is_free_after_an_unbind() -> Result<()> {
    let context = context()?;
    let (first, second) = (context.socket(Pull)?, context.socket(Pull)?);
    for transport in ["tcp", "inproc"] {
        let endpoint = first.bind(free(transport))?;
        first.unbind(&endpoint)?;
        // libzmq closes the listener in the background.
        eventually("the address is free", || second.bind(&endpoint).is_ok());
    }
    Ok(())
}

#[test]
fn an_inproc_name_is_free_after_the_drop_of_its_socket() -> Result<()> {
    let context = context()?;
    let first = context.socket(Pull)?;
    first.bind("inproc://reused")?;
    drop(first);
    let second = context.socket(Pull)?;
    // libzmq closes the socket in the background.
    eventually("the name is free", || second.bind("inproc://reused").is_ok());
    let source = context.socket(Push)?;
    source.connect("inproc://reused")?;
    source.send("to the second")?;
    assert_eq!(take(&second)?, "to the second");
    Ok(())
}

#[test]
fn a_second_unbind_or_disconnect_fails() -> Result<()> {
    for transport in ["tcp", "inproc", "ipc"] {
        let context = context()?;
        let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
        let endpoint = sink.bind(free(transport))?;
        source.connect(&endpoint)?;
        source.disconnect(&endpoint)?;
        sink.unbind(&endpoint)?;
        for (operation, word, error) in [
            (Operation::Disconnect, "disconnect", source.disconnect(&endpoint).unwrap_err()),
            (Operation::Unbind, "unbind", sink.unbind(&endpoint).unwrap_err()),
        ] {
            assert_eq!((error.kind(), error.operation()), (ErrorKind::NotFound, operation), "{transport}");
            let expected = format!("cannot {word} \"{endpoint}\": no such endpoint or file (ENOENT)");
            assert_eq!(error.to_string(), expected);
        }
    }
    Ok(())
}

#[test]
fn a_wildcard_cannot_be_unbound() -> Result<()> {
    let socket = context()?.socket(Pull)?;
    let endpoint = socket.bind("tcp://127.0.0.1:*")?;
    assert_eq!(socket.unbind("tcp://127.0.0.1:*").unwrap_err().kind(), ErrorKind::NotFound);
    // The refused call has not unbound the socket.
    assert_eq!(socket.context().open_sockets()[0].to_string(), format!("PULL at {endpoint}"));
    socket.unbind(endpoint)
}

#[test]
fn a_refused_unbind_changes_nothing() -> Result<()> {
    let context = context()?;
    let (sink, source) = pair(&context, "tcp", (Pull, Push))?;
    assert_eq!(sink.unbind("tcp://127.0.0.1:1").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(source.disconnect("tcp://127.0.0.1:1").unwrap_err().kind(), ErrorKind::NotFound);
    source.send("still connected")?;
    assert_eq!(take(&sink)?, "still connected");
    Ok(())
}

#[test]
fn a_disconnected_socket_cannot_send() -> Result<()> {
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    let endpoint = sink.bind(free("inproc"))?;
    source.connect(&endpoint)?;
    source.send("before")?;
    assert_eq!(take(&sink)?, "before");
    source.disconnect(&endpoint)?;
    let refused = source.try_send("after").unwrap_err();
    assert_eq!((refused.kind(), refused.message.to_str()?), (ErrorKind::WouldBlock, "after"));
    Ok(())
}

#[test]
fn a_connect_may_precede_the_bind() -> Result<()> {
    let context = context()?;
    for transport in ["inproc", "tcp"] {
        let endpoint = if transport == "tcp" { dead_endpoint()?.to_string() } else { free(transport) };
        let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
        source.connect(&endpoint)?;
        source.send("early")?;
        sink.bind(&endpoint)?;
        assert_eq!(take(&sink)?, "early", "{transport}");
    }
    Ok(())
}

#[test]
fn a_second_connect_of_a_subscriber_to_an_endpoint_has_no_effect() -> Result<()> {
    let context = context()?;
    let (publisher, subscriber) = (context.socket(Pub)?, context.socket(Sub)?);
    let endpoint = publisher.bind("tcp://127.0.0.1:*")?;
    assert_eq!(subscriber.connect(&endpoint)?, endpoint);
    assert_eq!(subscriber.connect(&endpoint)?, endpoint);
    subscriber.disconnect(&endpoint)?;
    assert_eq!(subscriber.disconnect(&endpoint).unwrap_err().kind(), ErrorKind::NotFound);
    Ok(())
}

#[test]
fn a_repeated_connect_returns_its_own_endpoint_and_not_the_latest() -> Result<()> {
    let context = context()?;
    let (first, second, client) = (context.socket(Rep)?, context.socket(Rep)?, context.socket(Dealer)?);
    let (first, second) = (first.bind("tcp://127.0.0.1:*")?, second.bind("tcp://127.0.0.1:*")?);
    client.connect(&first)?;
    client.connect(&second)?;
    assert_eq!(client.connect(&first)?, first);
    Ok(())
}

#[test]
fn endpoints_can_be_given_as_text_string_or_endpoint() -> Result<()> {
    let context = context()?;
    let sink = context.socket(Pull)?;
    let endpoint = sink.bind(String::from("inproc://given"))?;
    for connected in [
        context.socket(Push)?.connect("inproc://given")?,
        context.socket(Push)?.connect(&endpoint)?,
        context.socket(Push)?.connect(endpoint.as_str())?,
    ] {
        assert_eq!(connected, endpoint);
    }
    Ok(())
}
