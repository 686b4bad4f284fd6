//! A source of events and its handler.

use std::any::Any;

use super::Core;
use super::ids::SourceId;
use crate::error::Result;
use crate::events::Events;
use crate::poll::Watched;

/// A socket, a monitor or a file descriptor with its handler.
pub(super) trait Source<S>: Send {
    fn watched(&self) -> Watched<'_>;
    /// The socket, monitor or file descriptor.
    fn object(&self) -> &dyn Any;
    fn into_object(self: Box<Self>) -> Box<dyn Any>;
    /// Calls the handler if the source has an event for it. Returns `true` if the handler was called.
    fn fire(&mut self, state: &mut S, call: Call<'_, S>) -> Result<bool>;
}

/// The arguments of a handler, except its source.
pub(super) struct Call<'r, S> {
    pub(super) core: &'r mut Core<S>,
    pub(super) id: SourceId,
    pub(super) events: Events,
}
