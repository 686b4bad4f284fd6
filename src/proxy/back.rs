//! The back of a proxy: a socket of its own, or the one in front.

use std::fmt;

use super::socket::ProxySocket;
use crate::socket::Socket;
use crate::socket::kinds::Kind;

/// The back of a [`Proxy`](super::Proxy): a kind of socket, or [`SameSocket`].
pub trait ProxyBack: sealed::Sealed + 'static {
    /// The socket at the back, as [`Stopped::back`](super::Stopped::back) returns it.
    type Socket: sealed::Socket + fmt::Debug + Send + 'static;
}

/// The back of a proxy of one socket, which is the socket in front.
///
/// [`Proxy::single`](super::Proxy::single) builds such a proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SameSocket;

impl<K: Kind> ProxyBack for K {
    type Socket = Socket<K>;
}

impl ProxyBack for SameSocket {
    type Socket = ();
}

pub(super) mod sealed {
    use super::{Kind, ProxySocket, SameSocket};

    pub trait Sealed {}

    impl<K: Kind> Sealed for K {}

    impl Sealed for SameSocket {}

    pub trait Socket {
        /// Returns the socket at the back; `None` if the front is the back too.
        fn at_back(&self) -> Option<ProxySocket<'_>>;
    }

    impl<K: Kind> Socket for super::Socket<K> {
        fn at_back(&self) -> Option<ProxySocket<'_>> {
            Some(ProxySocket::new(self))
        }
    }

    impl Socket for () {
        fn at_back(&self) -> Option<ProxySocket<'_>> {
            None
        }
    }
}
