//! A pair of connected TCP sockets.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};

/// Connects two sockets over the loopback device.
pub(super) fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let one = TcpStream::connect(listener.local_addr()?)?;
    let other = accept_peer(&listener, &one)?;
    // Without this a ring would wait for the acknowledgement of the previous ring.
    one.set_nodelay(true)?;
    Ok((one, other))
}

/// Accepts the connection of `peer` from the queue, and closes connections of other programs to the same port.
fn accept_peer(listener: &TcpListener, peer: &TcpStream) -> io::Result<TcpStream> {
    let expected = peer.local_addr()?;
    loop {
        match listener.accept() {
            Ok((accepted, address)) if address == expected => return Ok(accepted),
            Ok(_) => {}
            Err(error) => match error.kind() {
                // Another program closed its connection before it was accepted.
                io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset => {}
                _ => return Err(error),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    #[test]
    fn bytes_pass_between_the_two() -> io::Result<()> {
        let (mut one, mut other) = pair()?;
        one.write_all(b"ring")?;
        let mut bytes = [0; 4];
        other.read_exact(&mut bytes)?;
        assert_eq!(&bytes, b"ring");
        Ok(())
    }

    #[test]
    fn connections_of_other_programs_are_closed() -> io::Result<()> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let mut stranger = TcpStream::connect(listener.local_addr()?)?;
        let own = TcpStream::connect(listener.local_addr()?)?;
        let accepted = accept_peer(&listener, &own)?;
        assert_eq!(accepted.peer_addr()?, own.local_addr()?);
        assert_eq!(stranger.read(&mut [0])?, 0);
        Ok(())
    }
}
