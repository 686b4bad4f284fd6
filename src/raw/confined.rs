//! Values that are `Sync` only if the kind of their socket is thread-safe.

use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::Deref;

use super::socket::{RawSocket, State};
use crate::socket::kinds::ThreadSafe;

/// A value that belongs to a socket of kind `K`. One thread at a time uses the value, unless `K` is [`ThreadSafe`].
///
/// A single bound decides, so the compiler reports one error instead of one for each cell of the value.
#[repr(transparent)]
pub(crate) struct Confined<T, K> {
    value: T,
    kind: PhantomData<fn() -> K>,
    /// Keeps the compiler from sharing values that have no cells themselves.
    unshared: PhantomData<Cell<()>>,
}

// SAFETY: libzmq locks the sockets of these kinds, so `RawSocket` has no cells for them: `Alone` is empty, and the rest
// is `Sync`, which socket.rs asserts. The other fields of a `Core`, which is the only value of a `ThreadSafe` kind, are
// `Sync`, which core.rs asserts.
unsafe impl<T, K: ThreadSafe> Sync for Confined<T, K> {}

impl<T, K> Confined<T, K> {
    #[inline]
    pub(crate) fn new(value: T) -> Self {
        Self { value, kind: PhantomData, unshared: PhantomData }
    }

    #[inline]
    pub(crate) fn into_inner(self) -> T {
        self.value
    }
}

impl<T, K> Deref for Confined<T, K> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        &self.value
    }
}

/// Declares a transparent wrapper of a [`Confined`], so that a reference to the wrapper of one kind can be converted to
/// a reference to the wrapper of another kind.
macro_rules! confined {
    ($(#[$meta:meta])* pub struct $name:ident<K: Kind = Any> { $field:ident: Confined<$value:ty, K>, }) => {
        $(#[$meta])*
        #[repr(transparent)]
        pub struct $name<K: Kind = Any> {
            $field: Confined<$value, K>,
        }

        impl<K: Kind> $name<K> {
            /// Returns the value as a value of kind `L`, which must be its actual kind or the kind that represents all
            /// kinds.
            #[allow(unsafe_code)]
            #[inline]
            fn retyped<L: Kind>(&self) -> &$name<L> {
                // SAFETY: both are transparent around a `Confined`, which is transparent around the same value: a kind
                // is no content. If one of the kinds is `ThreadSafe`, the socket is of that kind, so that threads may
                // share the value.
                unsafe { &*std::ptr::from_ref(self).cast() }
            }
        }
    };
}

pub(crate) use confined;

impl Deref for RawSocket {
    type Target = State;

    #[inline(always)]
    fn deref(&self) -> &State {
        &self.0
    }
}
