//! Receiving: a frame, a whole multipart message, or many at once.

use std::time::Duration;

use super::kinds::{Any, Fact, Kind, Receives};
use super::wait::Wait;
use super::{Core, Socket};
use crate::error::{Errno, Failure, Result};
use crate::message::Message;
use crate::multipart::Multipart;
use crate::raw::{Direction, RawMessage};

/// What [`Socket::recv_slice`] received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Received {
    /// How many bytes were written.
    pub len: usize,
    /// Whether the message had more bytes than the slice, which are lost.
    pub truncated: bool,
    /// How many bytes the message had.
    pub size: usize,
    /// Whether more frames of the same multipart message follow.
    pub more: bool,
}

impl<K: Kind> Socket<K> {
    /// Receives a message, waiting for as long as the [receive timeout](Self::set_recv_timeout) allows, by default for
    /// ever.
    ///
    /// Of a multipart message it is one frame: [`more`](Message::more) tells whether others follow, and
    /// [`recv_multipart`](Self::recv_multipart) receives them all.
    ///
    /// # Errors
    /// - [`TimedOut`](crate::ErrorKind::TimedOut): the receive timeout expired.
    /// - [`WrongState`](crate::ErrorKind::WrongState): a REQ socket has sent no request, or a REP socket owes a reply.
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): an untyped socket that only sends.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (socket, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// # source.connect(socket.bind("inproc://recv")?)?;
    /// # source.send("hello")?;
    /// let message = socket.recv()?;
    /// assert_eq!(message.to_str()?, "hello");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_recv`.
    #[inline(always)]
    pub fn recv(&self) -> Result<Message>
    where
        K: Receives,
    {
        let mut message = Message::new();
        match self.recv_into(&mut message) {
            Ok(()) => Ok(message),
            Err(error) => Err(error),
        }
    }

    /// Receives a message if one is there; `None` if not.
    ///
    /// # Errors
    /// Those of [`recv`](Self::recv) without [`TimedOut`](crate::ErrorKind::TimedOut).
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Pull};
    /// # let socket = Context::new()?.socket(Pull)?;
    /// while let Some(message) = socket.try_recv()? {
    ///     println!("{message:?}");
    /// }
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_recv` with `ZMQ_DONTWAIT`.
    #[inline(always)]
    pub fn try_recv(&self) -> Result<Option<Message>>
    where
        K: Receives,
    {
        self.core.receive_message::<K>(Wait::Never)
    }

    /// Receives a message, blocking for at most `timeout`; returns `None` if the time is up.
    ///
    /// The socket's own timeout is ignored. A timeout of `None` blocks forever.
    ///
    /// # Errors
    /// Those of [`recv`](Self::recv) without [`TimedOut`](crate::ErrorKind::TimedOut).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// # use zmq::{Context, Pull};
    /// # let socket = Context::new()?.socket(Pull)?;
    /// assert_eq!(socket.recv_timeout(Duration::from_millis(1))?, None);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_recv`.
    pub fn recv_timeout(&self, timeout: impl Into<Option<Duration>>) -> Result<Option<Message>>
    where
        K: Receives,
    {
        self.core.receive_message::<K>(Wait::For(timeout.into()))
    }

    /// Receives into a message that is there already, whose old content is dropped; otherwise like
    /// [`recv`](Self::recv).
    ///
    /// The fastest way to receive in a loop. After an error the message is valid and may be empty.
    ///
    /// # Errors
    /// Those of [`recv`](Self::recv).
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Message, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (socket, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// # source.connect(socket.bind("inproc://recv-into")?)?;
    /// # source.send("one")?;
    /// # source.send("two")?;
    /// let mut message = Message::new();
    /// for expected in ["one", "two"] {
    ///     socket.recv_into(&mut message)?;
    ///     assert_eq!(message, expected);
    /// }
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_recv`.
    #[inline(always)]
    pub fn recv_into(&self, message: &mut Message) -> Result<()>
    where
        K: Receives,
    {
        match self.core.raw.receive(message.raw_mut(), || self.core.raw.receive_flags()) {
            Ok(()) => {}
            Err(failure) => self.core.receive_or_fail(message.raw_mut(), failure)?,
        }
        self.core.end_if_torn::<K>(message);
        Ok(())
    }

    /// Receives into a slice, and says how much of it was written; otherwise like [`recv`](Self::recv).
    ///
    /// What the slice has no room for is lost, and [`truncated`](Received::truncated) says so.
    ///
    /// # Errors
    /// Those of [`recv`](Self::recv).
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (socket, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// # source.connect(socket.bind("inproc://recv-slice")?)?;
    /// # source.send("four")?;
    /// let mut buffer = [0; 3];
    /// let received = socket.recv_slice(&mut buffer)?;
    /// assert_eq!(&buffer[..received.len], b"fou");
    /// assert!(received.truncated && received.size == 4);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Replaces `zmq_recv`.
    pub fn recv_slice(&self, buffer: &mut [u8]) -> Result<Received>
    where
        K: Receives,
    {
        let message = self.recv()?;
        let size = message.len();
        let len = size.min(buffer.len());
        buffer[..len].copy_from_slice(&message[..len]);
        Ok(Received { len, truncated: len < size, size, more: message.more() })
    }

    /// Receives up to `max` messages: waits for the first like [`recv`](Self::recv), and takes those that are there
    /// then. They are added to `messages`; their number is returned.
    ///
    /// The frames of a multipart message follow each other and count as one; [`more`](Message::more) tells them apart.
    /// Where an error, such as a shutdown, breaks it off, it returns the number of those that it added before, all of them
    /// whole; the next call returns the error.
    ///
    /// # Errors
    /// Those of [`recv`](Self::recv), where no message was received; `messages` is as it was then.
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (socket, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// # source.connect(socket.bind("inproc://recv-many")?)?;
    /// # for text in ["one", "two", "three"] { source.send(text)?; }
    /// let mut messages = Vec::new();
    /// assert_eq!(socket.recv_many(&mut messages, 100)?, 3);
    /// assert_eq!(messages, ["one", "two", "three"]);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_recv`, with `ZMQ_DONTWAIT` after the first.
    pub fn recv_many(&self, messages: &mut Vec<Message>, max: usize) -> Result<usize>
    where
        K: Receives,
    {
        self.core.receive_many(messages, max, Wait::Configured)
    }

    /// Receives up to `max` messages that are there, and returns their number, which may be 0; otherwise like
    /// [`recv_many`](Self::recv_many).
    ///
    /// # Errors
    /// Those of [`try_recv`](Self::try_recv), where no message was received; `messages` is as it was then.
    ///
    /// Maps to `zmq_msg_recv` with `ZMQ_DONTWAIT`.
    pub fn try_recv_many(&self, messages: &mut Vec<Message>, max: usize) -> Result<usize>
    where
        K: Receives,
    {
        self.core.receive_many(messages, max, Wait::Never).or_else(|error| match error.is_would_block() {
            true => Ok(0),
            false => Err(error),
        })
    }

    /// Receives a whole multipart message, waiting like [`recv`](Self::recv).
    ///
    /// It has at least one frame. After [`recv`](Self::recv) returned a frame with more to follow, it is the rest.
    ///
    /// # Errors
    /// Those of [`recv`](Self::recv).
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (socket, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// # source.connect(socket.bind("inproc://recv-multipart")?)?;
    /// # source.send_multipart(["head", "body"])?;
    /// let message = socket.recv_multipart()?;
    /// assert_eq!(message.len(), 2);
    /// assert_eq!(message[1], "body");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_recv`.
    pub fn recv_multipart(&self) -> Result<Multipart>
    where
        K: Receives,
    {
        self.core.receive_multipart()
    }

    /// Receives a whole multipart message if one is there; `None` if not.
    ///
    /// # Errors
    /// Those of [`try_recv`](Self::try_recv).
    ///
    /// Maps to `zmq_msg_recv` with `ZMQ_DONTWAIT`.
    pub fn try_recv_multipart(&self) -> Result<Option<Multipart>>
    where
        K: Receives,
    {
        self.core.try_receive_multipart(Some(Duration::ZERO))
    }

    /// Receives a whole multipart message, blocking for at most `timeout` as [`recv_timeout`](Self::recv_timeout) does.
    ///
    /// # Errors
    /// Those of [`recv_timeout`](Self::recv_timeout).
    ///
    /// Maps to `zmq_msg_recv`.
    pub fn recv_multipart_timeout(&self, timeout: impl Into<Option<Duration>>) -> Result<Option<Multipart>>
    where
        K: Receives,
    {
        self.core.try_receive_multipart(timeout.into())
    }
}

impl Core {
    #[inline(always)]
    fn receive(&self, message: &mut RawMessage, wait: Wait) -> Result<(), Failure> {
        match self.raw.receive(message, || wait.first_flags(self.raw.receive_flags())) {
            Ok(()) => Ok(()),
            Err(failure) => self.receive_again(message, wait, failure),
        }
    }

    /// Receives after a first attempt that failed.
    #[cold]
    #[inline(never)]
    fn receive_again(&self, message: &mut RawMessage, wait: Wait, failure: Failure) -> Result<(), Failure> {
        wait.go_on(&self.raw, Direction::Receive, false, failure, &mut |flags| self.raw.receive(message, || flags))
    }

    /// Receives as [`recv`](Socket::recv) does, after a first attempt that failed.
    #[cold]
    #[inline(never)]
    fn receive_or_fail(&self, message: &mut RawMessage, failure: Failure) -> Result<()> {
        let wait = Wait::Configured;
        self.receive_again(message, wait, failure).map_err(|failure| wait.error(self, Direction::Receive, failure))
    }

    /// Makes a frame the last of its message where the next one is another message's. Only XPUB sockets hand out messages
    /// whose rest is missing; for other kinds nothing of this is compiled.
    #[inline(always)]
    fn end_if_torn<K: Kind>(&self, message: &mut Message) {
        if K::TYPE.unwrap_or(self.socket_type).has(Fact::TearsMessages) && message.more() {
            self.raw.end_if_torn(message.raw_mut());
        }
    }

    #[inline(always)]
    fn receive_message<K: Kind>(&self, wait: Wait) -> Result<Option<Message>> {
        let mut message = Message::new();
        match self.receive(message.raw_mut(), wait) {
            Ok(()) => {
                self.end_if_torn::<K>(&mut message);
                Ok(Some(message))
            }
            Err(Failure::Errno(Errno::EAGAIN)) => Ok(None),
            Err(failure) => Err(wait.error(self, Direction::Receive, failure)),
        }
    }

    pub(super) fn receive_multipart(&self) -> Result<Multipart> {
        let mut first = Message::new();
        let wait = Wait::Configured;
        self.receive(first.raw_mut(), wait).map_err(|failure| wait.error(self, Direction::Receive, failure))?;
        self.end_if_torn::<Any>(&mut first);
        self.receive_frames(first)
    }

    pub(super) fn try_receive_multipart(&self, timeout: Option<Duration>) -> Result<Option<Multipart>> {
        match self.receive_message::<Any>(Wait::For(timeout))? {
            Some(first) => self.receive_frames(first).map(Some),
            None => Ok(None),
        }
    }

    fn receive_many(&self, messages: &mut Vec<Message>, max: usize, mut wait: Wait) -> Result<usize> {
        let mut count = 0;
        while count < max {
            let mut message = Message::new();
            match self.receive(message.raw_mut(), wait) {
                Ok(()) => {}
                Err(failure) if count == 0 => return Err(wait.error(self, Direction::Receive, failure)),
                Err(_) => break,
            }
            self.end_if_torn::<Any>(&mut message);
            let whole = messages.len();
            if let Err(error) = self.receive_rest_into(messages, message) {
                // Without its rest it is none, and the rest will not come.
                messages.truncate(whole);
                if count == 0 {
                    return Err(error);
                }
                break;
            }
            count += 1;
            wait = Wait::Never;
        }
        Ok(count)
    }

    /// Adds a message to others, frame by frame.
    fn receive_rest_into(&self, messages: &mut Vec<Message>, first: Message) -> Result<()> {
        let mut more = first.more();
        messages.push(first);
        while more {
            let frame = self.receive_rest()?;
            more = frame.more();
            messages.push(frame);
        }
        Ok(())
    }

    /// Receives a frame after the first: libzmq has all of them when it hands out the first.
    fn receive_rest(&self) -> Result<Message> {
        let mut message = Message::new();
        let wait = Wait::Never;
        self.receive(message.raw_mut(), wait).map_err(|failure| wait.error(self, Direction::Receive, failure))?;
        self.end_if_torn::<Any>(&mut message);
        Ok(message)
    }

    fn receive_frames(&self, first: Message) -> Result<Multipart> {
        if !first.more() {
            return Ok(Multipart::from(first));
        }
        // Most messages of several frames have no more than that: an envelope, and a head and a body.
        let mut frames = Vec::with_capacity(4);
        self.receive_rest_into(&mut frames, first)?;
        Ok(frames.into())
    }
}
