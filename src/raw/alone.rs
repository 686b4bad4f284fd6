//! Values of a socket that only one thread at a time uses.

/// A value without a lock, which exists only in sockets of one thread at a time. A shared socket has none.
pub(super) struct Alone<T>(Option<T>);

// SAFETY: if there is a value, its creator guarantees that threads use it one at a time.
unsafe impl<T> Sync for Alone<T> {}

impl<T: Default> Alone<T> {
    /// Creates the value, or nothing for a shared socket.
    ///
    /// # Safety
    /// If `shared` is `false`, one thread at a time uses this.
    pub(super) unsafe fn new(shared: bool) -> Self {
        Self((!shared).then(T::default))
    }
}

impl<T> Alone<T> {
    /// Returns the value, or `None` for a shared socket.
    #[inline]
    pub(super) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}
