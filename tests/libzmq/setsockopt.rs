//! Options that are set and read. Origin: test_setsockopt.cpp.

use zmq::{Push, Result};

use crate::support::*;

#[test]
fn the_buffer_sizes_are_those_of_the_system_until_they_are_set() -> Result<()> {
    let socket = context()?.socket(Push)?;
    assert_eq!((socket.send_buffer()?, socket.recv_buffer()?), (None, None));
    socket.set_send_buffer(Some(16_384))?.set_recv_buffer(Some(16_384))?;
    assert_eq!((socket.send_buffer()?, socket.recv_buffer()?), (Some(16_384), Some(16_384)));
    socket.set_send_buffer(None)?;
    assert_eq!(socket.send_buffer()?, None);
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn the_device_is_any_until_it_is_set() -> Result<()> {
    let socket = context()?.socket(Push)?;
    assert_eq!(socket.bind_to_device()?, None);
    socket.set_bind_to_device(Some("testdev"))?;
    assert_eq!(socket.bind_to_device()?.as_deref(), Some("testdev"));
    socket.set_bind_to_device(None)?;
    assert_eq!(socket.bind_to_device()?, None);
    Ok(())
}
