//! Two TCP sockets that are connected with each other.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};

/// Connects two sockets over the loopback device.
pub(super) fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let one = TcpStream::connect(listener.local_addr()?)?;
    let other = accept_peer(&listener, &one)?;
    // A ring is not to wait for the acknowledgement of the one before.
    one.set_nodelay(true)?;
    Ok((one, other))
}

/// Accepts the connection of `peer`, which is in the queue. Connections of other programs, which can connect to the port as
/// well, are closed.
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
