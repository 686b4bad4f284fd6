//! Listeners that the program has created itself.
#![cfg(unix)]

use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};

use zmq::socket::Affinity;
use zmq::{ErrorKind, Pull, Push, Result};

use crate::common::{context, in_child, take, this_test};

#[test]
fn a_listener_of_the_program_is_bound() -> Result<()> {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        // The machine may lack IPv6.
        let Ok(listener) = TcpListener::bind(address) else { continue };
        let address = listener.local_addr().expect("the listener is bound");
        let context = context()?;
        let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
        // SAFETY: this is the listener's only descriptor.
        let endpoint = unsafe { sink.bind_listener(listener) }?;
        assert_eq!(endpoint, format!("tcp://{address}").as_str());
        source.set_ipv6(true)?.connect(&endpoint)?;
        source.send("hello")?;
        assert_eq!(take(&sink)?, "hello");
        sink.unbind(&endpoint)?;
        // The option is reset, so the next bind creates a new listener.
        assert_ne!(sink.bind("tcp://127.0.0.1:*")?, endpoint);
    }
    Ok(())
}

#[test]
fn hazard_use_fd_other_descriptors_than_listening_tcp_sockets_are_refused() {
    in_child(this_test!(), || {
        let directory = std::env::temp_dir().join(format!("zmq-options-{}", std::process::id()));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let connected = TcpStream::connect(listener.local_addr().expect("bound")).expect("a listener");
        let others: [(&str, OwnedFd); 5] = [
            ("a file", std::fs::File::open("/dev/null").expect("the file exists").into()),
            ("a UDP socket", UdpSocket::bind("127.0.0.1:0").expect("a port").into()),
            ("a connection", connected.into()),
            ("a Unix listener", UnixListener::bind(&directory).expect("a free name").into()),
            ("a Unix stream", UnixStream::pair().expect("a pair").0.into()),
        ];
        for (what, fd) in others {
            let socket = context().and_then(|context| context.socket(Push)).expect("a socket");
            // SAFETY: this is the listener's only descriptor.
            let error = unsafe { socket.bind_listener(TcpListener::from(fd)) }.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{what}");
            assert_eq!(error.to_string(), "cannot bind \"listener\": it is not a listening TCP socket", "{what}");
            socket.bind("tcp://127.0.0.1:*").expect("the socket still works");
        }
        std::fs::remove_file(directory).expect("the file exists");
    });
}

#[test]
fn a_listener_is_closed_if_the_bind_fails() -> Result<()> {
    let socket = context()?.socket(Push)?;
    socket.set_affinity(Affinity::threads([5]))?;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    // SAFETY: this is the listener's only descriptor.
    let refused = unsafe { socket.bind_listener(listener) };
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::NoIoThread);
    assert!(TcpStream::connect(address).is_err());
    socket.set_affinity(Affinity::ALL)?.bind("tcp://127.0.0.1:*")?;
    Ok(())
}
