//! Sending: one frame, or a whole multipart message.

use std::ffi::c_int;
use std::mem;
use std::time::{Duration, Instant};

use super::kinds::{Sends, SocketType};
use super::wait::{Transfer, Wait};
use super::{Core, Socket};
use crate::error::{Errno, Error, ErrorKind, Operation, SendError};
use crate::message::Message;
use crate::multipart::Multipart;
use crate::raw::{FromOption, RawMessage};
use crate::sys;

impl<K: Sends> Socket<K> {
    /// Sends a message, waiting for as long as the [send timeout](Self::set_send_timeout) allows, by default for ever.
    ///
    /// It returns when libzmq took the message, which is before the peer has it. Anything that makes a [`Message`] can
    /// be sent. PUB and ROUTER sockets do not wait: they drop what a peer cannot take.
    ///
    /// # Errors
    /// Every error hands the message back. [`WouldBlock`](ErrorKind::WouldBlock) when the timeout passed,
    /// [`WrongState`](ErrorKind::WrongState) out of turn on REQ and REP sockets,
    /// [`HostUnreachable`](ErrorKind::HostUnreachable) on STREAM sockets, and on ROUTER sockets that are mandatory,
    /// [`NotSupported`](ErrorKind::NotSupported) on an untyped socket that only receives,
    /// [`ContextTerminated`](ErrorKind::ContextTerminated).
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (sink, socket) = (context.socket(Pull)?, context.socket(Push)?);
    /// # socket.connect(sink.bind("inproc://send")?)?;
    /// socket.send("text")?;
    /// socket.send(vec![0; 1_000_000])?;
    /// socket.send(&[1, 2, 3])?;
    /// # assert_eq!(sink.recv()?, "text");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_send`.
    #[inline]
    pub fn send(&self, message: impl Into<Message>) -> Result<(), SendError<Message>> {
        self.core.send_message(message.into(), Wait::Configured, 0)
    }

    /// Sends a message if that is possible at once.
    ///
    /// # Errors
    /// [`WouldBlock`](ErrorKind::WouldBlock) where it is not, with the message; the others of [`send`](Self::send).
    ///
    /// Maps to `zmq_msg_send` with `ZMQ_DONTWAIT`.
    #[inline]
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), SendError<Message>> {
        self.core.send_message(message.into(), Wait::Never, 0)
    }

    /// Sends a message, waiting for `timeout` at the most, whatever the socket's own timeout is.
    ///
    /// # Errors
    /// [`WouldBlock`](ErrorKind::WouldBlock) when the time is up, with the message; the others of
    /// [`send`](Self::send).
    ///
    /// Maps to `zmq_msg_send`.
    pub fn send_timeout(&self, message: impl Into<Message>, timeout: Duration) -> Result<(), SendError<Message>> {
        self.core.send_message(message.into(), Wait::For(timeout), 0)
    }

    /// Sends one frame of a multipart message, of which `more` follow or not.
    ///
    /// [`send_multipart`](Self::send_multipart) is the simpler way. The peer gets nothing before the last frame is
    /// sent; a socket that is dropped before drops the frames.
    ///
    /// # Errors
    /// Those of [`send`](Self::send), and [`PeerLost`](ErrorKind::PeerLost) where the peer went away since the first
    /// frame: it got nothing, and the next frame begins a new message.
    ///
    /// Maps to `zmq_msg_send`, with `ZMQ_SNDMORE` where more follow.
    #[inline]
    pub fn send_part(&self, message: impl Into<Message>, more: bool) -> Result<(), SendError<Message>> {
        let more = if more { sys::ZMQ_SNDMORE } else { 0 };
        self.core.send_message(message.into(), Wait::Configured, more)
    }

    /// Sends a multipart message, waiting like [`send`](Self::send).
    ///
    /// The peer gets all frames or none.
    ///
    /// # Errors
    /// Those of [`send`](Self::send): nothing was sent then, and the message comes back whole.
    /// [`PeerLost`](ErrorKind::PeerLost) where the peer went away in the middle: nothing was delivered either, the
    /// socket is ready for the next message, and the frames that libzmq had not taken come back.
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a message without frames.
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (sink, socket) = (context.socket(Pull)?, context.socket(Push)?);
    /// # socket.connect(sink.bind("inproc://send-multipart")?)?;
    /// socket.send_multipart(["head", "body"])?;
    /// socket.send_multipart(("head", vec![0; 1_000_000]))?;
    /// # assert_eq!(sink.recv_multipart()?, zmq::Multipart::from(["head", "body"]));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_send` with `ZMQ_SNDMORE`.
    pub fn send_multipart(&self, message: impl Into<Multipart>) -> Result<(), SendError<Multipart>> {
        self.core.send_frames(message.into(), Wait::Configured)
    }

    /// Sends a multipart message if that is possible at once.
    ///
    /// # Errors
    /// [`WouldBlock`](ErrorKind::WouldBlock) where it is not, with the message; the others of
    /// [`send_multipart`](Self::send_multipart).
    ///
    /// Maps to `zmq_msg_send` with `ZMQ_SNDMORE` and `ZMQ_DONTWAIT`.
    pub fn try_send_multipart(&self, message: impl Into<Multipart>) -> Result<(), SendError<Multipart>> {
        self.core.send_frames(message.into(), Wait::Never)
    }

    /// Sends a multipart message, waiting for `timeout` at the most, whatever the socket's own timeout is.
    ///
    /// # Errors
    /// [`WouldBlock`](ErrorKind::WouldBlock) when the time is up, with the message; the others of
    /// [`send_multipart`](Self::send_multipart).
    ///
    /// Maps to `zmq_msg_send` with `ZMQ_SNDMORE`.
    pub fn send_multipart_timeout(
        &self,
        message: impl Into<Multipart>,
        timeout: Duration,
    ) -> Result<(), SendError<Multipart>> {
        self.core.send_frames(message.into(), Wait::For(timeout))
    }
}

/// The send of one frame.
struct Sending<'a> {
    core: &'a Core,
    message: &'a mut RawMessage,
    more: c_int,
}

impl Transfer for Sending<'_> {
    #[inline]
    fn configured_flags(&self) -> c_int {
        self.core.raw.send_flags()
    }

    fn configured_timeout(&self) -> Result<Option<Duration>, Errno> {
        FromOption::read(&self.core.raw, sys::ZMQ_SNDTIMEO)
    }

    #[inline]
    fn attempt(&mut self, flags: c_int) -> Result<(), Errno> {
        self.core.raw.send(self.message, flags | self.more)
    }

    fn until(&mut self, deadline: Option<Instant>) -> Result<(), Errno> {
        self.core.raw.send_until(self.message, deadline, self.more)
    }
}

impl Core {
    #[inline]
    fn send_message(&self, mut message: Message, wait: Wait, more: c_int) -> Result<(), SendError<Message>> {
        match self.send_frame(message.raw_mut(), wait, more) {
            Ok(()) => {
                // What was sent left an empty message behind, which holds nothing that a drop could free.
                mem::forget(message);
                Ok(())
            }
            Err(errno) => Err(SendError { error: self.refused(errno, more), message }),
        }
    }

    fn send_frames(&self, message: Multipart, wait: Wait) -> Result<(), SendError<Multipart>> {
        let mut frames = message.into_vec();
        let Some(last) = frames.len().checked_sub(1) else {
            let error = Error::new(Operation::Send, Errno::EINVAL).because("a multipart message has a frame at least");
            return Err(SendError { error: error.on_socket(Some(self.socket_type)), message: frames.into() });
        };
        for index in 0..=last {
            let more = if index < last { sys::ZMQ_SNDMORE } else { 0 };
            if let Err(errno) = self.send_frame(frames[index].raw_mut(), wait, more) {
                let error = self.refused(errno, more);
                frames.drain(..index);
                return Err(SendError { error, message: frames.into() });
            }
        }
        Ok(())
    }

    #[inline]
    fn send_frame(&self, message: &mut RawMessage, wait: Wait, more: c_int) -> Result<(), Errno> {
        // libzmq takes the rest of a message that it began, or lost it; there is nothing to wait for.
        let wait = if self.mid_message.get() { Wait::Never } else { wait };
        wait.run(&mut Sending { core: self, message, more })?;
        self.mid_message.set(more != 0);
        Ok(())
    }

    /// Returns the error of a frame that was not taken, after which the socket is ready for the next message.
    #[cold]
    fn refused(&self, errno: Errno, more: c_int) -> Error {
        if errno != Errno::EAGAIN || !self.mid_message.replace(false) {
            return self.send_error(errno);
        }
        // A socket that deals its messages out drops frames now until the last one, be it the last of the next message.
        if more != 0 && matches!(self.socket_type, SocketType::Push | SocketType::Dealer | SocketType::Req) {
            let message = &mut RawMessage::new();
            // It is dropped, or the context is shut down.
            let _ = Wait::Never.run(&mut Sending { core: self, message, more: 0 });
        }
        self.send_error(errno)
            .of_kind(ErrorKind::PeerLost)
            .because("the peer was lost in the middle of the message, of which it got nothing")
    }

    fn send_error(&self, errno: Errno) -> Error {
        Error::new(Operation::Send, errno).on_socket(Some(self.socket_type))
    }
}
