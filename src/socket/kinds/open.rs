//! The argument of the function that opens sockets.

use super::{Kind, SocketType, sealed};

/// An argument of [`Context::socket`](crate::Context::socket): a kind, or a [`SocketType`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a kind of socket",
    note = "name a kind, such as `zmq::Router`, or parse the name to a `zmq::SocketType`"
)]
pub trait Open: sealed::Sealed {
    /// The kind of the socket that is opened.
    type Kind: Kind;
    /// Returns the type of the socket that is opened.
    fn socket_type(&self) -> SocketType;
}
