//! Pollers of sockets and descriptors. Origin: test_poller.cpp.

use std::os::fd::AsFd;
use std::time::Duration;

use zmq::{ErrorKind, Events, Pair, Poller, Pull, Push, Result};

use crate::support::*;

#[test]
fn the_length_counts_the_entries() -> Result<()> {
    let socket = context()?.socket(Pair)?;
    let listener = listener();
    let mut poller = Poller::new()?;
    assert_eq!(poller.len(), 0);
    poller.add(&socket, Events::READABLE, "socket")?;
    assert_eq!(poller.len(), 1);
    poller.modify(&socket, Events::empty())?;
    assert_eq!(poller.len(), 1);
    poller.add_fd(listener.as_fd(), Events::WRITABLE, "descriptor")?;
    assert_eq!(poller.len(), 2);
    assert_eq!(poller.remove(&socket)?, "socket");
    assert_eq!(poller.len(), 1);
    assert_eq!(poller.remove_fd(&listener)?, "descriptor");
    assert!(poller.is_empty());
    Ok(())
}

#[test]
fn an_entry_is_not_added_twice() -> Result<()> {
    let socket = context()?.socket(Pair)?;
    let listener = listener();
    let mut poller = Poller::new()?;
    poller.add(&socket, Events::READABLE, ())?;
    poller.add_fd(listener.as_fd(), Events::READABLE, ())?;
    assert_eq!(poller.add(&socket, Events::READABLE, ()).unwrap_err().kind(), ErrorKind::InvalidInput);
    let error = poller.add_fd(listener.as_fd(), Events::READABLE, ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(poller.len(), 2);
    Ok(())
}

#[test]
fn an_entry_that_was_not_added_is_neither_removed_nor_modified() -> Result<()> {
    let socket = context()?.socket(Pair)?;
    let listener = listener();
    let mut poller = Poller::<()>::new()?;
    let refusals = [
        poller.remove(&socket),
        poller.modify(&socket, Events::READABLE),
        poller.remove_fd(&listener),
        poller.modify_fd(&listener, Events::READABLE),
    ];
    for refused in refusals {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::NotFound);
    }
    Ok(())
}

#[test]
fn an_empty_poller_times_out_instead_of_waiting_forever() -> Result<()> {
    let mut poller = Poller::<()>::new()?;
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    assert_eq!(poller.wait(None).unwrap_err().kind(), ErrorKind::InvalidInput);
    Ok(())
}

#[test]
fn a_socket_without_events_is_never_ready() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    source.send("H")?;
    let mut poller = Poller::new()?;
    poller.add(&sink, Events::empty(), ())?;
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    poller.modify(&sink, Events::READABLE)?;
    assert_eq!(poller.wait(Duration::ZERO)?.len(), 1);
    poller.modify(&sink, Events::empty())?;
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    Ok(())
}

#[test]
fn a_readable_socket_is_reported_with_its_token() -> Result<()> {
    let context = context()?;
    let (source, sink) = pair(&context, "tcp", (Push, Pull))?;
    let other = context.socket(Pull)?;
    let mut poller = Poller::new()?;
    poller.add(&other, Events::READABLE, "other")?;
    poller.add(&sink, Events::READABLE, "sink")?;
    source.send("H")?;
    let ready: Vec<_> = poller.wait(PATIENCE)?.map(|ready| (*ready.token, ready.events)).collect();
    assert_eq!(ready, [("sink", Events::READABLE)]);
    expect(&sink, "H");
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    poller.remove(&sink)?;
    source.send("H")?;
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    Ok(())
}

#[test]
fn a_readable_descriptor_is_reported_with_its_token() -> Result<()> {
    let listener = listener();
    let mut poller = Poller::new()?;
    poller.add_fd(listener.as_fd(), Events::READABLE, 7)?;
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    let _client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let ready: Vec<_> = poller.wait(PATIENCE)?.map(|ready| (*ready.token, ready.events)).collect();
    assert_eq!(ready, [(7, Events::READABLE)]);
    Ok(())
}

#[cfg(feature = "draft")]
mod thread_safe {
    use zmq::{Client, Server};

    use super::*;

    #[test]
    fn a_readable_server_is_reported_with_its_token() -> Result<()> {
        let context = context()?;
        let (server, client) = (context.socket(Server)?, context.socket(Client)?);
        let endpoint = server.bind(free("tcp"))?;
        let mut poller = Poller::new()?;
        poller.add(&server, Events::READABLE, "server")?;
        client.connect(endpoint)?;
        client.send("I")?;
        let found = |poller: &mut Poller<'_, &'static str>, timeout| -> Result<Vec<_>> {
            Ok(poller.wait(timeout)?.map(|ready| (*ready.token, ready.events)).collect())
        };
        assert_eq!(found(&mut poller, PATIENCE)?, [("server", Events::READABLE)]);
        expect(&server, "I");
        poller.modify(&server, Events::READABLE | Events::WRITABLE)?;
        assert_eq!(found(&mut poller, Duration::ZERO)?, [("server", Events::WRITABLE)]);
        assert_eq!(poller.remove(&server)?, "server");
        assert!(poller.is_empty());
        Ok(())
    }

    #[test]
    fn an_entry_of_a_thread_safe_socket_is_added_changed_and_removed_as_others_are() -> Result<()> {
        let client = context()?.socket(Client)?;
        let mut poller = Poller::new()?;
        assert_eq!(poller.remove(&client).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(poller.modify(&client, Events::READABLE).unwrap_err().kind(), ErrorKind::NotFound);
        poller.add(&client, Events::empty(), ())?;
        assert_eq!(poller.add(&client, Events::READABLE, ()).unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(poller.len(), 1);
        assert!(poller.wait(Duration::ZERO)?.is_empty());
        poller.remove(&client)
    }

    #[test]
    fn a_thread_safe_socket_has_no_descriptor_for_other_event_loops() -> Result<()> {
        let client = context()?.socket(Client)?;
        assert_eq!(client.event_fd().unwrap_err().kind(), ErrorKind::NotSupported);
        Ok(())
    }
}
