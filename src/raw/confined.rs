//! Values that are `Sync` only if the kind of their socket is thread-safe.

use std::marker::PhantomData;
use std::ops::Deref;

use super::gate::{AnyThread, Gate};
use super::socket::{RawSocket, State};
use crate::socket::kinds::{Ability, SocketType, ThreadSafe};

/// A value that belongs to a socket of kind `K`. One thread at a time uses the value, unless `K` is [`ThreadSafe`]. For
/// a raw socket, the gate takes the place of the kind.
///
/// A single bound decides, so the compiler reports one error instead of one for each cell of the value.
#[repr(transparent)]
pub(crate) struct Confined<T, K> {
    value: T,
    kind: PhantomData<fn() -> K>,
}

// SAFETY: no kind that opens is `ThreadSafe`, which is asserted below, so no type implements this. A kind that becomes
// `ThreadSafe` needs a value without cells, around a socket that libzmq locks.
unsafe impl<T, K: ThreadSafe> Sync for Confined<T, K> {}

const _: () = {
    let mut types = SocketType::ALL;
    while let [first, rest @ ..] = types {
        assert!(!first.can(Ability::ThreadSafe) || first.refusal().is_some(), "sockets of this kind would share cells");
        types = rest;
    }
};

// SAFETY: the value may be shared, and is the only content.
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
