//! Sockets of thread-safe kinds that a reactor shares with other threads.

use std::sync::Arc;

use super::adding::SocketSource;
use super::{Reactor, SourceId, Turn};
use crate::error::Result;
use crate::events::Events;
use crate::socket::Socket;
use crate::socket::kinds::ThreadSafe;

impl<S> Reactor<S> {
    /// Adds a socket of a thread-safe kind that other threads use, too, with a handler. The reactor keeps a reference to the
    /// socket until the source is removed.
    ///
    /// Another thread may receive a message before the handler does, so receive with [`try_recv`](Socket::try_recv). To remove
    /// the socket, call [`Turn::drop_source`].
    ///
    /// # Errors
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the limit of file descriptors is reached.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use std::thread;
    /// use zmq::{Channel, Context, Events, Reactor};
    ///
    /// let context = Context::new()?;
    /// let (channel, peer) = (context.socket(Channel)?, context.socket(Channel)?);
    /// peer.connect(channel.bind("inproc://shared-by-a-reactor")?)?;
    ///
    /// let channel = Arc::new(channel);
    /// let sender = Arc::clone(&channel);
    /// thread::spawn(move || sender.send("question"));
    ///
    /// let mut reactor = Reactor::<Vec<String>>::new()?;
    /// reactor.add_shared(channel, Events::READABLE, |answers, channel, turn| {
    ///     if let Some(answer) = channel.try_recv()? {
    ///         answers.push(answer.to_str()?.to_owned());
    ///         turn.stop();
    ///     }
    ///     Ok(())
    /// })?;
    /// assert_eq!(peer.recv()?, "question");
    /// peer.send("answer")?;
    /// let mut answers = Vec::new();
    /// reactor.run(&mut answers)?;
    /// assert_eq!(answers, ["answer"]);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
    pub fn add_shared<K: ThreadSafe>(
        &mut self,
        socket: Arc<Socket<K>>,
        interest: Events,
        handler: impl FnMut(&mut S, &Socket<K>, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> Result<SourceId> {
        self.turn_for_changes().add_shared(socket, interest, handler)
    }
}

impl<S> Turn<'_, S> {
    /// Adds a socket of a thread-safe kind that other threads use, too, with a handler. See [`Reactor::add_shared`].
    ///
    /// # Errors
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the limit of file descriptors is reached.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    /// use zmq::{Context, Events, Gather, Reactor};
    ///
    /// let gather = Arc::new(Context::new()?.socket(Gather)?);
    /// let shared = Arc::clone(&gather);
    /// let mut reactor = Reactor::<()>::new()?;
    /// reactor.add_once(Duration::ZERO, move |(), turn| {
    ///     let id = turn.add_shared(Arc::clone(&shared), Events::READABLE, |(), _, _| Ok(()))?;
    ///     assert!(turn.drop_source(id));
    ///     Ok(())
    /// });
    /// reactor.run_once(&mut (), None)?;
    /// drop(reactor);
    /// assert!(Arc::into_inner(gather).is_some());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
    pub fn add_shared<K: ThreadSafe>(
        &mut self,
        socket: Arc<Socket<K>>,
        interest: Events,
        handler: impl FnMut(&mut S, &Socket<K>, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> Result<SourceId> {
        self.insert(Box::new(SocketSource::new(socket, handler)), interest)
    }
}
