//! Changes to the set of a poller: other events, and removals.

use std::os::fd::AsFd;

use super::{Identity, Poller, Watched};
use crate::error::{Errno, Error, Operation, Result};
use crate::events::Events;
use crate::monitor::Monitor;
use crate::socket::Socket;
use crate::socket::kinds::Kind;

impl<T> Poller<'_, T> {
    /// Changes the events to wait for on a socket.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the socket is not in the set.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Events, Pair, Poller};
    ///
    /// let context = Context::new()?;
    /// let (one, other) = (context.socket(Pair)?, context.socket(Pair)?);
    /// other.connect(one.bind("inproc://modify")?)?;
    /// let mut poller = Poller::new()?;
    /// poller.add(&one, Events::READABLE, ())?;
    /// assert!(poller.wait(Duration::ZERO)?.is_empty());
    /// poller.modify(&one, Events::WRITABLE)?;
    /// assert_eq!(poller.wait(Duration::ZERO)?.len(), 1);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn modify<K: Kind>(&mut self, socket: &Socket<K>, interest: Events) -> Result<()> {
        self.change(Watched::Socket(socket.raw()).identity(), interest)
    }

    /// Changes the events to wait for on a file descriptor. Unix only.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the descriptor is not in the set.
    ///
    /// # Examples
    /// ```
    /// use std::os::fd::AsFd;
    /// use std::os::unix::net::UnixStream;
    /// use std::time::Duration;
    /// use zmq::{Events, Poller};
    ///
    /// let (stream, _peer) = UnixStream::pair().unwrap();
    /// let mut poller = Poller::new()?;
    /// poller.add_fd(stream.as_fd(), Events::READABLE, ())?;
    /// poller.modify_fd(&stream, Events::WRITABLE)?;
    /// assert_eq!(poller.wait(Duration::ZERO)?.len(), 1);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn modify_fd(&mut self, fd: impl AsFd, interest: Events) -> Result<()> {
        self.change(Watched::Fd(fd.as_fd()).identity(), interest)
    }

    fn change(&mut self, identity: Identity, interest: Events) -> Result<()> {
        let place = self.set.place(identity)?;
        if let Some(slot) = &mut self.set.slots[place] {
            let failed = |errno| Error::new(Operation::AddToPoller, errno);
            self.engine.modify(place, &slot.watched, interest).map_err(failed)?;
            slot.interest = interest;
        }
        Ok(())
    }

    /// Removes a socket and returns its token.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the socket is not in the set.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Events, Poller, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// let mut poller = Poller::new()?;
    /// poller.add(&socket, Events::READABLE, "work")?;
    /// assert_eq!(poller.remove(&socket)?, "work");
    /// assert!(poller.is_empty());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn remove<K: Kind>(&mut self, socket: &Socket<K>) -> Result<T> {
        self.take(Watched::Socket(socket.raw()).identity())
    }

    /// Removes a monitor and returns its token.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the monitor is not in the set.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, MonitorEvents, Poller, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// let monitor = socket.monitor(MonitorEvents::all())?;
    /// let mut poller = Poller::new()?;
    /// poller.add_monitor(&monitor, "connections")?;
    /// assert_eq!(poller.remove_monitor(&monitor)?, "connections");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn remove_monitor(&mut self, monitor: &Monitor) -> Result<T> {
        self.take(Watched::Socket(monitor.raw().socket()).identity())
    }

    /// Removes a file descriptor and returns its token. Unix only.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the descriptor is not in the set.
    ///
    /// # Examples
    /// ```
    /// use std::os::fd::AsFd;
    /// use std::os::unix::net::UnixStream;
    /// use zmq::{Events, Poller};
    ///
    /// let (stream, _peer) = UnixStream::pair().unwrap();
    /// let mut poller = Poller::new()?;
    /// poller.add_fd(stream.as_fd(), Events::READABLE, "stream")?;
    /// assert_eq!(poller.remove_fd(&stream)?, "stream");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn remove_fd(&mut self, fd: impl AsFd) -> Result<T> {
        self.take(Watched::Fd(fd.as_fd()).identity())
    }

    fn take(&mut self, identity: Identity) -> Result<T> {
        let place = self.set.place(identity)?;
        let missing = || Error::new(Operation::RemoveFromPoller, Errno::ENOENT);
        let slot = self.set.slots[place].take().ok_or_else(missing)?;
        self.set.places.remove(&identity);
        self.set.free.push(place);
        // The kernel may have removed the descriptor already; the set no longer has it in any case.
        let _ = self.engine.remove(place, &slot.watched);
        Ok(slot.token)
    }
}
