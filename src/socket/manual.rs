//! Publishers that decide on the subscriptions of their peers themselves.

use std::ffi::c_int;

use super::Socket;
use super::kinds::{Ability, Kind, SeesSubscriptions};
use crate::error::{Errno, Error, Operation, Result};
use crate::{raw, sys};

/// The fix without which libzmq may use the memory of a subscriber that is gone.
const FIX: &str = "xpub-manual";

impl<K: Kind> Socket<K> {
    /// Sets whether subscriptions take effect only if [`subscribe_peer`](Self::subscribe_peer) says so.
    ///
    /// Default: off. Returns the socket, so that setters chain.
    ///
    /// # Errors
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): the libzmq was built without the fix `xpub-manual`, which
    ///   [`PATCHES`](crate::sys::build::PATCHES) lists if it is there. Without it libzmq may use freed memory.
    ///   [`set_manual_unchecked`](Self::set_manual_unchecked) says when it does not. Or the socket is an untyped one that
    ///   is not XPUB.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Sub, XPub};
    ///
    /// let context = Context::new()?;
    /// let (publisher, subscriber) = (context.socket(XPub)?, context.socket(Sub)?);
    /// # if !zmq::sys::build::PATCHES.iter().any(|patch| patch.id == "xpub-manual") { return Ok(()) }
    /// publisher.set_manual(true)?;
    /// subscriber.subscribe("A")?.connect(publisher.bind("inproc://manual")?)?;
    /// publisher.recv_subscription()?;
    /// publisher.subscribe_peer("B")?;
    /// publisher.send("A is not what it gets")?;
    /// publisher.send("B is")?;
    /// # subscriber.subscribe("B")?;
    /// assert_eq!(subscriber.recv()?, "B is");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_XPUB_MANUAL`.
    pub fn set_manual(&self, on: bool) -> Result<&Self>
    where
        K: SeesSubscriptions,
    {
        self.assign_manual(sys::ZMQ_XPUB_MANUAL, "manual", on)
    }

    /// Sets manual mode as [`set_manual`](Self::set_manual) does, and whether the first message that is sent after a
    /// subscription was received goes to that subscriber alone.
    ///
    /// With it a publisher sends the last value of a topic to a new subscriber without sending it to the others again.
    /// Later messages go to every subscriber.
    ///
    /// Default: off. Returns the socket, so that setters chain. Turning it off turns manual mode off.
    ///
    /// # Errors
    /// Those of [`set_manual`](Self::set_manual).
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Sub, Subscription, XPub};
    ///
    /// let context = Context::new()?;
    /// let publisher = context.socket(XPub)?;
    /// # if !zmq::sys::build::PATCHES.iter().any(|patch| patch.id == "xpub-manual") { return Ok(()) }
    /// publisher.set_manual_last_value(true)?;
    /// let endpoint = publisher.bind("inproc://last-value")?;
    /// for value in ["weather: sun", "weather: rain"] {
    ///     let subscriber = context.socket(Sub)?;
    ///     subscriber.subscribe("weather")?.connect(&endpoint)?;
    ///     if let Subscription::Subscribe(topic) = publisher.recv_subscription()? {
    ///         publisher.subscribe_peer(topic)?.send(value)?;
    ///     }
    ///     assert_eq!(subscriber.recv()?, value);
    /// #   drop(subscriber);
    /// #   publisher.recv_subscription()?;
    /// }
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_XPUB_MANUAL_LAST_VALUE`.
    pub fn set_manual_last_value(&self, on: bool) -> Result<&Self>
    where
        K: SeesSubscriptions,
    {
        self.assign_manual(sys::ZMQ_XPUB_MANUAL_LAST_VALUE, "manual_last_value", on)
    }

    /// Sets what [`set_manual`](Self::set_manual) sets, with an installed libzmq of version 4.3.5 too.
    ///
    /// # Errors
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): libzmq is older than 4.3.5 and may use freed memory even under
    ///   the conditions below, or the socket is an untyped one that is not XPUB.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Safety
    /// While it is on, no subscriber goes away before every subscription and unsubscription that it sent was received
    /// from this socket: libzmq 4.3.5 reads a connection's memory in the receive, which it frees when the subscriber is
    /// gone. Once on, it stays on: a subscriber that goes away while it is off leaves a dangling pointer behind.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Version, XPub};
    ///
    /// let publisher = Context::new()?.socket(XPub)?;
    /// # if zmq::version() < (Version { major: 4, minor: 3, patch: 5 }) { return Ok(()); }
    /// // SAFETY: the subscribers are of this program, and stay.
    /// unsafe { publisher.set_manual_unchecked(true)? };
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_XPUB_MANUAL`.
    #[allow(unsafe_code)]
    pub unsafe fn set_manual_unchecked(&self, on: bool) -> Result<&Self>
    where
        K: SeesSubscriptions,
    {
        self.set_any_manual(sys::ZMQ_XPUB_MANUAL, "manual", on)
    }

    /// Sets what [`set_manual_last_value`](Self::set_manual_last_value) sets, with an installed libzmq of version 4.3.5 too.
    ///
    /// # Errors
    /// Those of [`set_manual_unchecked`](Self::set_manual_unchecked).
    ///
    /// # Safety
    /// As for [`set_manual_unchecked`](Self::set_manual_unchecked).
    ///
    /// Maps to `ZMQ_XPUB_MANUAL_LAST_VALUE`.
    #[allow(unsafe_code)]
    pub unsafe fn set_manual_last_value_unchecked(&self, on: bool) -> Result<&Self>
    where
        K: SeesSubscriptions,
    {
        self.set_any_manual(sys::ZMQ_XPUB_MANUAL_LAST_VALUE, "manual_last_value", on)
    }

    /// Sets one of the two options, for a socket whose kind the caller knows.
    pub(crate) fn assign_manual(&self, option: c_int, name: &str, on: bool) -> Result<&Self> {
        if raw::carries(FIX) {
            return self.set_any_manual(option, name, on);
        }
        self.expect_ability(Ability::SeesSubscriptions, Operation::SetOption, name)?;
        let reason =
            format!("this libzmq was built without the fix {FIX:?}, and may use the memory of subscribers that left");
        Err(Error::on(Operation::SetOption, name, Errno::ENOTSUP).because(reason))
    }

    fn set_any_manual(&self, option: c_int, name: &str, on: bool) -> Result<&Self> {
        self.expect_ability(Ability::SeesSubscriptions, Operation::SetOption, name)?;
        if on && raw::version() < [4, 3, 5] {
            let error = Error::on(Operation::SetOption, name, Errno::ENOTSUP);
            return Err(error.because("libzmq before 4.3.5 may crash with it: load a newer one"));
        }
        self.set_option(option, name, on)
    }

    /// Subscribes the peer whose subscription was received last to `prefix`, which may be another than it asked for.
    /// Returns the socket.
    ///
    /// It has an effect only while [`set_manual`](Self::set_manual) is on and the peer is there. Call it right after the
    /// subscription was received: a message of another peer that is received in between takes the effect away.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the socket is not in manual mode, or the prefix has more than
    ///   2048 bytes.
    ///
    /// Maps to `ZMQ_SUBSCRIBE`.
    pub fn subscribe_peer(&self, prefix: impl AsRef<[u8]>) -> Result<&Self>
    where
        K: SeesSubscriptions,
    {
        self.expect_ability(Ability::SeesSubscriptions, Operation::SetOption, "subscribe_peer")?;
        self.assign_prefix(sys::ZMQ_SUBSCRIBE, "subscribe_peer", prefix.as_ref())
    }

    /// Unsubscribes the peer whose subscription or unsubscription was received last from `prefix`. Returns the socket.
    ///
    /// # Errors
    /// Those of [`subscribe_peer`](Self::subscribe_peer).
    ///
    /// Maps to `ZMQ_UNSUBSCRIBE`.
    pub fn unsubscribe_peer(&self, prefix: impl AsRef<[u8]>) -> Result<&Self>
    where
        K: SeesSubscriptions,
    {
        self.expect_ability(Ability::SeesSubscriptions, Operation::SetOption, "unsubscribe_peer")?;
        self.assign_prefix(sys::ZMQ_UNSUBSCRIBE, "unsubscribe_peer", prefix.as_ref())
    }
}
