//! Helpers of the tests of configurations: a configuration from TOML, and a socket opened from it.

use zmq::{Any, Result, Socket, SocketConfig};

use super::context;

pub(crate) fn read(toml: &str) -> SocketConfig {
    toml::from_str(toml).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn open(toml: &str) -> Result<Socket<Any>> {
    read(toml).open(&context()?)
}
