//! The creation of a poller, and additions to its set.

use std::collections::HashMap;
use std::os::fd::BorrowedFd;

use super::{Engine, Poller, Set, Slot, Watched};
use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::events::Events;
use crate::monitor::Monitor;
use crate::socket::Socket;
use crate::socket::kinds::Kind;

impl<'s, T> Poller<'s, T> {
    /// Creates an empty poller.
    ///
    /// # Errors
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the limit of file descriptors is reached.
    ///
    /// # Examples
    /// ```
    /// let poller = zmq::Poller::<&str>::new()?;
    /// assert_eq!(poller.len(), 0);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn new() -> Result<Self> {
        let engine = Engine::new().map_err(|errno| Error::new(Operation::CreatePoller, errno))?;
        let set = Set { slots: Vec::new(), free: Vec::new(), places: HashMap::new() };
        Ok(Self { engine, set, ready: Vec::new() })
    }

    /// Adds a socket, to wait until it is ready for any event of `interest`.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the socket is already in the set.
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the limit of file descriptors is reached.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Events, Poller, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// let mut poller = Poller::new()?;
    /// poller.add(&socket, Events::READABLE, "tasks")?;
    /// assert_eq!(poller.len(), 1);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn add<K: Kind>(&mut self, socket: &'s Socket<K>, interest: Events, token: T) -> Result<()> {
        self.insert(Watched::Socket(socket.raw()), interest, token)
    }

    /// Adds a monitor, to wait until an event can be received or the events have ended.
    ///
    /// Like a closed connection, a monitor whose events have ended is ready in every wait until it is removed.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the monitor is already in the set.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Events, MonitorEventKind, MonitorEvents, Poller, Pull, Push};
    ///
    /// let context = Context::new()?;
    /// let sink = context.socket(Pull)?;
    /// let monitor = sink.monitor(MonitorEvents::ACCEPTED)?;
    /// let source = context.socket(Push)?;
    /// source.connect(sink.bind("tcp://127.0.0.1:*")?)?;
    ///
    /// let mut poller = Poller::new()?;
    /// poller.add(&sink, Events::READABLE, "messages")?;
    /// poller.add_monitor(&monitor, "connections")?;
    /// let mut ready = poller.wait(Duration::from_secs(10))?;
    /// assert_eq!(ready.next().map(|ready| *ready.token), Some("connections"));
    /// assert_eq!(monitor.recv()?.kind(), MonitorEventKind::Accepted);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn add_monitor(&mut self, monitor: &'s Monitor, token: T) -> Result<()> {
        self.insert(Watched::Socket(monitor.raw().socket()), Events::READABLE, token)
    }

    /// Adds a file descriptor, which stays borrowed so that its number cannot be reused. Unix only.
    ///
    /// ```compile_fail,E0505
    /// use std::net::TcpListener;
    /// use std::os::fd::AsFd;
    /// use zmq::{Events, Poller};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    /// let mut poller = Poller::new()?;
    /// poller.add_fd(listener.as_fd(), Events::READABLE, ())?;
    /// drop(listener);
    /// poller.wait(None)?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the descriptor is already in the set.
    ///
    /// # Examples
    /// ```
    /// use std::io::Write;
    /// use std::os::fd::AsFd;
    /// use std::os::unix::net::UnixStream;
    /// use std::time::Duration;
    /// use zmq::{Events, Poller};
    ///
    /// let (one, mut other) = UnixStream::pair().unwrap();
    /// let mut poller = Poller::new()?;
    /// poller.add_fd(one.as_fd(), Events::READABLE, "stream")?;
    /// other.write_all(b"hello").unwrap();
    /// let mut ready = poller.wait(Duration::from_secs(10))?;
    /// assert_eq!(ready.next().map(|ready| *ready.token), Some("stream"));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn add_fd(&mut self, fd: BorrowedFd<'s>, interest: Events, token: T) -> Result<()> {
        self.insert(Watched::Fd(fd), interest, token)
    }

    fn insert(&mut self, watched: Watched<'s>, interest: Events, token: T) -> Result<()> {
        let failed = |failure: Failure| Error::new(Operation::AddToPoller, failure);
        let identity = watched.identity();
        if self.set.places.contains_key(&identity) {
            return Err(
                failed(Errno::EINVAL.into()).because("it is already in the set; to change its events, call modify")
            );
        }
        let slot = self.set.free.last().copied().unwrap_or(self.set.slots.len());
        self.engine.add(slot, &watched, interest).map_err(failed)?;
        self.set.places.insert(identity, slot);
        let filled = Some(Slot { watched, interest, token });
        match self.set.free.pop() {
            Some(slot) => self.set.slots[slot] = filled,
            None => self.set.slots.push(filled),
        }
        Ok(())
    }
}
