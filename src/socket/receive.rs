//! Receiving single frames, multipart messages, and many messages at once.

use std::time::Duration;

use super::kinds::{Any, Fact, Kind, Receives};
use super::wait::Wait;
use super::{Core, Socket};
use crate::error::{Errno, Failure, Result};
use crate::message::Message;
use crate::multipart::Multipart;
use crate::raw::{Direction, RawMessage};

/// The result of [`Socket::recv_slice`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Received {
    /// The number of bytes that were written.
    pub len: usize,
    /// `true` if the message had more bytes than the slice. The excess bytes are lost.
    pub truncated: bool,
    /// The number of bytes of the message.
    pub size: usize,
    /// `true` if more frames of the same multipart message follow.
    pub more: bool,
}

/// # Receiving
///
/// Messages of several peers are received in turn. A multipart message arrives whole or not at all.
impl<K: Kind> Socket<K> {
    /// Receives a message, blocking until a message is available or the [receive timeout](Self::set_recv_timeout) expires.
    /// Default: no timeout.
    ///
    /// If a multipart message arrives, this receives one frame of it. [`Message::more`] returns `true` if further frames
    /// follow, and [`recv_multipart`](Self::recv_multipart) receives all frames.
    ///
    /// # Errors
    /// - [`TimedOut`](crate::ErrorKind::TimedOut): the receive timeout expired.
    /// - [`WrongState`](crate::ErrorKind::WrongState): a REQ socket has sent no request, or a REP socket has not sent the
    ///   pending reply.
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): the type of an untyped socket cannot receive.
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
    #[doc(alias("zmq_msg_recv", "zmq_recvmsg", "recv_msg", "recv_bytes", "recv_string"))]
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

    /// Attempts to receive a message without blocking. Returns `None` if no message is available.
    ///
    /// # Errors
    /// - all errors of [`recv`](Self::recv), except `TimedOut`.
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
    #[doc(alias("zmq_msg_recv", "ZMQ_DONTWAIT", "DONTWAIT"))]
    #[inline(always)]
    pub fn try_recv(&self) -> Result<Option<Message>>
    where
        K: Receives,
    {
        self.core.receive_message::<K>(Wait::Never)
    }

    /// Receives a message, blocking for at most `timeout`, or forever if it is `None`. Returns `None` if the timeout expired.
    ///
    /// The socket's own receive timeout is ignored.
    ///
    /// # Errors
    /// - all errors of [`recv`](Self::recv), except `TimedOut`.
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
    #[doc(alias = "zmq_msg_recv")]
    pub fn recv_timeout(&self, timeout: impl Into<Option<Duration>>) -> Result<Option<Message>>
    where
        K: Receives,
    {
        self.core.receive_message::<K>(Wait::For(timeout.into()))
    }

    /// Receives into an existing message, blocking as [`recv`](Self::recv) does. The previous content is dropped.
    ///
    /// This is the fastest way to receive in a loop. After an error, the message is valid and may be empty.
    ///
    /// # Errors
    /// - all errors of [`recv`](Self::recv).
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
    #[doc(alias = "zmq_msg_recv")]
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

    /// Receives a message into a slice, blocking as [`recv`](Self::recv) does, and returns the number of written bytes.
    ///
    /// If the slice is too short, the excess bytes are lost and [`truncated`](Received::truncated) is `true`.
    ///
    /// # Errors
    /// - all errors of [`recv`](Self::recv).
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
    #[doc(alias("zmq_recv", "recv_into"))]
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

    /// Receives up to `max` messages, appends them to `messages` and returns their number. Blocks for the first message as
    /// [`recv`](Self::recv) does; after that, receives only messages that are available.
    ///
    /// The frames of a multipart message are appended one after the other and count as one message. [`Message::more`] tells
    /// where a message ends. If an error occurs after the first message, this returns the number of complete messages so
    /// far, and the next call returns the error if it persists, as after a shutdown.
    ///
    /// # Errors
    /// If this fails, `messages` is unchanged.
    /// - all errors of [`recv`](Self::recv).
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

    /// Attempts to receive up to `max` messages without blocking, as [`recv_many`](Self::recv_many) does. Returns 0 if no
    /// message is available.
    ///
    /// # Errors
    /// If this fails, `messages` is unchanged.
    /// - all errors of [`try_recv`](Self::try_recv).
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (socket, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// # source.connect(socket.bind("inproc://try-recv-many")?)?;
    /// let mut messages = Vec::new();
    /// assert_eq!(socket.try_recv_many(&mut messages, 100)?, 0);
    /// # Ok::<(), zmq::Error>(())
    /// ```
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

    /// Receives all frames of a message, blocking as [`recv`](Self::recv) does.
    ///
    /// The result has at least one frame. If the last [`recv`](Self::recv) returned a frame that further frames follow, the
    /// result has the remaining frames.
    ///
    /// # Errors
    /// - all errors of [`recv`](Self::recv).
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
    #[doc(alias("zmq_msg_recv", "zmq_recviov", "ZMQ_RCVMORE"))]
    pub fn recv_multipart(&self) -> Result<Multipart>
    where
        K: Receives,
    {
        self.core.receive_multipart()
    }

    /// Attempts to receive all frames of a message without blocking. Returns `None` if no message is available.
    ///
    /// # Errors
    /// - all errors of [`try_recv`](Self::try_recv).
    ///
    /// # Examples
    /// ```
    /// # let socket = zmq::Context::new()?.socket(zmq::Pull)?;
    /// while let Some(message) = socket.try_recv_multipart()? {
    ///     println!("{} frames", message.len());
    /// }
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_recv` with `ZMQ_DONTWAIT`.
    pub fn try_recv_multipart(&self) -> Result<Option<Multipart>>
    where
        K: Receives,
    {
        self.core.try_receive_multipart(Some(Duration::ZERO))
    }

    /// Receives all frames of a message, blocking for at most `timeout` as [`recv_timeout`](Self::recv_timeout) does.
    ///
    /// # Errors
    /// - all errors of [`recv_timeout`](Self::recv_timeout).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let socket = zmq::Context::new()?.socket(zmq::Pull)?;
    /// assert_eq!(socket.recv_multipart_timeout(Duration::from_millis(1))?, None);
    /// # Ok::<(), zmq::Error>(())
    /// ```
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

    /// Receives after a failed first attempt.
    #[cold]
    #[inline(never)]
    fn receive_again(&self, message: &mut RawMessage, wait: Wait, failure: Failure) -> Result<(), Failure> {
        wait.go_on(&self.raw, Direction::Receive, false, failure, &mut |flags| self.raw.receive(message, || flags))
    }

    /// Receives as [`recv`](Socket::recv) does, after a failed first attempt.
    #[cold]
    #[inline(never)]
    fn receive_or_fail(&self, message: &mut RawMessage, failure: Failure) -> Result<()> {
        let wait = Wait::Configured;
        self.receive_again(message, wait, failure).map_err(|failure| wait.error(self, Direction::Receive, failure))
    }

    /// Marks a frame as the last of its message if the next frame belongs to another message. Only XPUB sockets return
    /// messages with missing frames; for other kinds, no code is generated.
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
                // The rest of the message will not arrive.
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

    /// Appends all frames of a message to `messages`.
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

    /// Receives a frame after the first. libzmq returns the first frame only when it has all of them.
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
        // Most multipart messages have at most four frames: an envelope, a head and a body.
        let mut frames = Vec::with_capacity(4);
        self.receive_rest_into(&mut frames, first)?;
        Ok(frames.into())
    }
}
