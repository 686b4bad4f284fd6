//! Values that threads share only if the kind of their socket allows it.

use std::marker::PhantomData;
use std::ops::Deref;

use super::gate::{AnyThread, Gate};
use super::socket::{RawSocket, State};
use crate::socket::kinds::{Ability, SocketType, ThreadSafe};

/// A value that belongs to a socket of kind `K`, and is used by one thread at a time unless `K` is [`ThreadSafe`]. A raw
/// socket that any thread may use has its gate in place of a kind.
///
/// One bound decides, so that the compiler gives one error for it, and none for each cell within.
#[repr(transparent)]
pub(crate) struct Confined<T, K> {
    value: T,
    kind: PhantomData<fn() -> K>,
}

// SAFETY: no kind that opens is `ThreadSafe`, as is asserted below, so that this is implemented for none. A kind that
// becomes it needs a value without cells, around a socket that libzmq locks.
unsafe impl<T, K: ThreadSafe> Sync for Confined<T, K> {}

const _: () = {
    let mut types = SocketType::ALL;
    while let [first, rest @ ..] = types {
        assert!(!first.can(Ability::ThreadSafe) || first.refusal().is_some(), "sockets of this kind would share cells");
        types = rest;
    }
};

// SAFETY: the value may be shared, and nothing else is in it.
unsafe impl<T: Sync> Sync for Confined<T, AnyThread> {}

impl<T, K> Confined<T, K> {
    #[inline]
    pub(crate) fn new(value: T) -> Self {
        Self { value, kind: PhantomData }
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

/// Declares a type that is a [`Confined`] and nothing else, so that a reference to one of a kind is a reference to one of
/// any other kind too.
macro_rules! confined {
    ($(#[$meta:meta])* pub struct $name:ident<K: Kind = Any> { $field:ident: Confined<$value:ty, K>, }) => {
        $(#[$meta])*
        #[repr(transparent)]
        pub struct $name<K: Kind = Any> {
            $field: Confined<$value, K>,
        }

        impl<K: Kind> $name<K> {
            /// Returns it as one of kind `L`, which has to be the kind that it is of, or the one for all kinds.
            #[allow(unsafe_code)]
            #[inline]
            fn retyped<L: Kind>(&self) -> &$name<L> {
                // SAFETY: both are transparent around a `Confined`, which is transparent around the same value: a kind
                // is no content. No kind is `ThreadSafe`, so that neither may be shared.
                unsafe { &*std::ptr::from_ref(self).cast() }
            }
        }
    };
}

pub(crate) use confined;

impl<G: Gate> Deref for RawSocket<G> {
    type Target = State<G>;

    #[inline(always)]
    fn deref(&self) -> &State<G> {
        &self.0
    }
}
