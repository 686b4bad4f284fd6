//! What threads share only where the kind of a socket allows it.

use std::marker::PhantomData;
use std::ops::Deref;

use super::socket::{RawSocket, State};
use crate::socket::kinds::ThreadSafe;

/// A value that belongs to a socket of kind `K`, and is used by one thread at a time unless `K` is [`ThreadSafe`].
///
/// One bound decides, so that the compiler gives one error for it, and none for each cell within.
pub(crate) struct Confined<T, K> {
    value: T,
    kind: PhantomData<fn() -> K>,
}

// SAFETY: no type is `ThreadSafe`, so that this is implemented for none. A kind that becomes it needs a value without
// cells, around a socket that libzmq locks.
unsafe impl<T, K: ThreadSafe> Sync for Confined<T, K> {}

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

impl Deref for RawSocket {
    type Target = State;

    #[inline(always)]
    fn deref(&self) -> &State {
        &self.0
    }
}
