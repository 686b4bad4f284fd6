//! Unbinding and disconnecting. Origin: test_term_endpoint.cpp.

use zmq::{ErrorKind, Pull, Push, Result};

use crate::support::*;

over! {
    ipc: an_unbind_ends_the_connections a_disconnect_ends_the_connection a_wildcard_is_unbound_by_its_resolved_endpoint;
    tcp: an_unbind_ends_the_connections a_disconnect_ends_the_connection a_wildcard_is_unbound_by_its_resolved_endpoint;
}

fn an_unbind_ends_the_connections(transport: &str) -> Result<()> {
    let context = context()?;
    let (source, sink) = (context.socket(Push)?, context.socket(Pull)?);
    let endpoint = source.bind(free(transport))?;
    sink.connect(&endpoint)?;
    source.send("ABC")?;
    expect(&sink, "ABC");

    source.unbind(&endpoint)?;
    until_writable(&source, false);
    assert!(source.try_send("ABC").unwrap_err().error.is_would_block());
    Ok(())
}

fn a_disconnect_ends_the_connection(transport: &str) -> Result<()> {
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    let endpoint = sink.bind(free(transport))?;
    source.connect(&endpoint)?;
    source.send("ABC")?;
    expect(&sink, "ABC");

    source.disconnect(&endpoint)?;
    until_writable(&source, false);
    assert!(source.try_send("ABC").unwrap_err().error.is_would_block());
    assert_eq!(source.disconnect(&endpoint).unwrap_err().kind(), ErrorKind::NotFound);
    Ok(())
}

fn a_wildcard_is_unbound_by_its_resolved_endpoint(transport: &str) -> Result<()> {
    let socket = context()?.socket(Push)?;
    let wildcard = if transport == "tcp" { format!("tcp://{}:*", loopback()) } else { "ipc://*".to_owned() };
    let endpoint = socket.bind(&wildcard)?;
    let error = socket.unbind(&wildcard).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    socket.unbind(&endpoint)?;
    assert_eq!(socket.unbind(&endpoint).unwrap_err().kind(), ErrorKind::NotFound);
    Ok(())
}
