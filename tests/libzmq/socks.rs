//! Connections through a SOCKS5 proxy. Origin: test_socks.cpp.
//!
//! Usernames and passwords are not tested, because their options belong to libzmq's draft API.

use std::io::{Read, Write, copy};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use zmq::{Context, Endpoint, Pull, Push, Result, Socket};

use crate::support::*;

const VERSION: u8 = 5;
const CONNECT: u8 = 1;
const WITHOUT_AUTHENTICATION: u8 = 0;
const NO_METHOD: u8 = 0xFF;

/// A host name that only the proxy can resolve.
const NAME: &str = "somewhere.invalid";

/// An address in the form of SOCKS.
#[derive(Debug, PartialEq)]
enum Address {
    V4([u8; 4]),
    Name(String),
}

fn receive<const N: usize>(stream: &mut TcpStream) -> [u8; N] {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

/// Serves one client with this method, connects it to the server, and returns the address in its request.
fn serve(listener: &TcpListener, method: u8, server: &Endpoint) -> Option<Address> {
    let (mut client, _) = listener.accept().unwrap();
    let [version, count] = receive(&mut client);
    assert_eq!(version, VERSION);
    let offered: Vec<u8> = (0..count).flat_map(|_| receive::<1>(&mut client)).collect();
    assert!(offered.contains(&WITHOUT_AUTHENTICATION));
    client.write_all(&[VERSION, method]).unwrap();
    if method == NO_METHOD {
        return None;
    }

    let [version, command, _, kind] = receive(&mut client);
    assert_eq!((version, command), (VERSION, CONNECT));
    let address = match kind {
        1 => Address::V4(receive(&mut client)),
        3 => {
            let [len] = receive(&mut client);
            let name = (0..len).flat_map(|_| receive::<1>(&mut client)).collect();
            Address::Name(String::from_utf8(name).unwrap())
        }
        other => panic!("an address of type {other}"),
    };
    assert_eq!(Some(u16::from_be_bytes(receive(&mut client))), server.port());
    let server = TcpStream::connect(server.address()).unwrap();
    client.write_all(&[VERSION, 0, 0, 1, 127, 0, 0, 1, 0, 0]).unwrap();
    relay(client, server);
    Some(address)
}

/// Relays bytes in both directions until both have ended.
fn relay(client: TcpStream, server: TcpStream) {
    let one_way = |mut from: TcpStream, mut to: TcpStream| {
        let _ = copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    };
    let (client_too, server_too) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::scope(|threads| {
        threads.spawn(move || one_way(client, server));
        one_way(server_too, client_too);
    });
}

fn source(context: &Context) -> Result<(Socket<Push>, Endpoint)> {
    let source = context.socket(Push)?;
    let endpoint = source.bind(free("tcp"))?;
    Ok((source, endpoint))
}

/// Connects through a proxy to a server at `host`, and returns the address in the request to the proxy.
fn through_a_proxy(host: &str) -> Result<Option<Address>> {
    let context = context()?;
    let listener = listener();
    let proxy = listener.local_addr().unwrap().to_string();
    let (source, endpoint) = source(&context)?;
    let sink = context.socket(Pull)?;
    assert_eq!(sink.socks_proxy()?, None);
    // SAFETY: the proxy is listening and relays the connection.
    unsafe { sink.set_socks_proxy(Some(&proxy))? };
    assert_eq!(sink.socks_proxy()?, Some(proxy));
    let server = endpoint.clone();
    let serving = thread::spawn(move || serve(&listener, WITHOUT_AUTHENTICATION, &server));
    sink.connect(format!("tcp://{host}:{}", endpoint.port().unwrap()))?;
    source.send("through the proxy")?;
    expect(&sink, "through the proxy");
    drop(sink);
    drop(source);
    Ok(serving.join().unwrap())
}

#[test]
fn an_address_goes_through_the_proxy() -> Result<()> {
    assert_eq!(through_a_proxy(&loopback().to_string())?, Some(Address::V4(loopback().octets())));
    Ok(())
}

#[test]
fn a_name_is_resolved_by_the_proxy() -> Result<()> {
    assert_eq!(through_a_proxy(NAME)?, Some(Address::Name(NAME.to_owned())));
    Ok(())
}

#[test]
fn a_reset_proxy_is_not_used() -> Result<()> {
    let context = context()?;
    let listener = listener();
    let (source, endpoint) = source(&context)?;
    let sink = context.socket(Pull)?;
    // SAFETY: the proxy is reset before any connection.
    unsafe { sink.set_socks_proxy(Some(&listener.local_addr().unwrap().to_string()))? };
    // SAFETY: the call removes the proxy, and so has no precondition.
    unsafe { sink.set_socks_proxy(None)? };
    assert_eq!(sink.socks_proxy()?, None);
    sink.connect(&endpoint)?;
    source.send("direct")?;
    expect(&sink, "direct");
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "the proxy got a connection");
    Ok(())
}

#[test]
fn a_connection_is_retried_after_the_proxy_refused_it() -> Result<()> {
    let context = context()?;
    let listener = listener();
    let (source, endpoint) = source(&context)?;
    let sink = context.socket(Pull)?;
    // SAFETY: the socket is closed only after the second attempt, which succeeds.
    unsafe { sink.set_socks_proxy(Some(&listener.local_addr().unwrap().to_string()))? };
    let server = endpoint.clone();
    let serving = thread::spawn(move || {
        assert_eq!(serve(&listener, NO_METHOD, &server), None);
        // The client retries, and the second attempt is accepted.
        serve(&listener, WITHOUT_AUTHENTICATION, &server)
    });
    sink.connect(&endpoint)?;
    source.send("at the second attempt")?;
    expect(&sink, "at the second attempt");
    drop(sink);
    drop(source);
    assert_eq!(serving.join().unwrap(), Some(Address::V4(loopback().octets())));
    Ok(())
}
