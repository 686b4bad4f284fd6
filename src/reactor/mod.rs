//! An event loop that owns sockets, monitors, file descriptors and timers, each with a handler. Unix only.

mod ids;
mod places;
mod source;
mod stopper;

// The documentation of `Reactor` and `Turn` lists methods in the order of these modules. Blank lines keep rustfmt from
// sorting them.
mod sources;
mod turn;

mod adding;
#[cfg(feature = "draft")]
mod sharing;
mod timing;

mod running;

use std::collections::HashMap;
use std::fmt;

use crate::error::Result;
use crate::events::Events;
use crate::poll::Engine;
use crate::timers::{Queue, TimerId};
use places::Places;

pub use ids::{MonitorId, SocketId, SourceId};
pub use stopper::Stopper;
pub use turn::Turn;

/// An event loop that owns sockets, monitors, file descriptors and timers, and calls their handlers.
///
/// Each handler receives a mutable reference to the state `S` that you pass to [`run`](Self::run). A service is
/// typically a struct whose methods are the handlers; the struct stores the IDs of its sockets, and the reactor owns
/// the sockets. The handler's [`Turn`] gives access to the other sockets, adds and removes sources, and stops the loop.
/// Handlers are `Send`, so you can build a reactor on one thread and run it on another. Unix only.
///
/// # Handlers
/// If a handler returns an error, the run ends and returns the error. A panic in a handler propagates to the caller of
/// the run. In both cases all sources stay registered, and you can run the reactor again.
///
/// # Examples
/// ```
/// use zmq::reactor::Turn;
/// use zmq::{Context, Events, Reactor, Rep, Req, Result, Socket};
///
/// struct Greeter {
///     greeted: u32,
/// }
///
/// impl Greeter {
///     fn greet(&mut self, socket: &Socket<Rep>, turn: &mut Turn<'_, Self>) -> Result<()> {
///         let name = socket.recv()?;
///         socket.send(format!("hello, {}", name.to_str()?))?;
///         self.greeted += 1;
///         if self.greeted == 2 {
///             turn.stop();
///         }
///         Ok(())
///     }
/// }
///
/// let context = Context::new()?;
/// let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
/// client.connect(server.bind("inproc://greeter")?)?;
/// let mut reactor = Reactor::new()?;
/// reactor.add(server, Events::READABLE, Greeter::greet)?;
/// let service = std::thread::spawn(move || {
///     let mut greeter = Greeter { greeted: 0 };
///     reactor.run(&mut greeter).map(|_| greeter.greeted)
/// });
/// for name in ["world", "moon"] {
///     client.send(name)?;
///     assert_eq!(client.recv()?, format!("hello, {name}"));
/// }
/// assert_eq!(service.join().unwrap()?, 2);
/// # Ok::<(), zmq::Error>(())
/// ```
#[must_use = "the sockets of a reactor close when it is dropped"]
pub struct Reactor<S> {
    core: Core<S>,
}

struct Core<S> {
    engine: Engine,
    places: Places<S>,
    timers: Queue,
    handlers: HashMap<TimerId, TimerHandler<S>>,
    stopped: bool,
    ready: Vec<(usize, Events)>,
}

type TimerHandler<S> = Box<dyn FnMut(&mut S, &mut Turn<'_, S>) -> Result<()> + Send>;

/// The reason why [`Reactor::run`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// A handler or a [`Stopper`] stopped the reactor.
    Stopped,
    /// The context of a socket was shut down.
    ContextTerminated,
    /// No sources and no timers are left.
    Idle,
}

impl<S> fmt::Debug for Reactor<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor").field("sources", &self.core.places.len()).finish_non_exhaustive()
    }
}
