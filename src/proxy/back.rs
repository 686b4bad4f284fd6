//! The back of a proxy: a separate socket, or the front socket.

use std::fmt;

use super::socket::ProxySocket;
use crate::socket::Socket;
use crate::socket::kinds::Kind;

/// The back of a [`Proxy`](super::Proxy): a kind of socket, or [`SameSocket`].
pub trait ProxyBack: sealed::Sealed + 'static {
    /// The type of the back socket, which [`Stopped::back`](super::Stopped::back) returns.
    type Socket: sealed::Socket + fmt::Debug + Send + 'static;
}

/// The back of a proxy with a single socket, which is both front and back.
///
/// To build such a proxy, call [`Proxy::single`](super::Proxy::single).
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
        /// Returns the back socket, or `None` if the front is also the back.
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
