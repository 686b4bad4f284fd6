//! The back of a proxy: a socket of its own, or the one in front.

use std::fmt;

use super::end::End;
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
    use super::{End, Kind, SameSocket};

    pub trait Sealed {}

    impl<K: Kind> Sealed for K {}

    impl Sealed for SameSocket {}

    pub trait Socket {
        /// Returns the end at the back; `None` where the front is the back too.
        fn end(&self) -> Option<End<'_>>;
    }

    impl<K: Kind> Socket for super::Socket<K> {
        fn end(&self) -> Option<End<'_>> {
            Some(End::new(self))
        }
    }

    impl Socket for () {
        fn end(&self) -> Option<End<'_>> {
            None
        }
    }
}
