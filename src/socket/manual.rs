//! Publishers that choose the subscriptions of their peers.

use std::ffi::c_int;

use super::Socket;
use super::kinds::{Ability, Kind, SeesSubscriptions};
use crate::error::{Errno, Error, Operation, Result};
use crate::{raw, sys};

/// The fix without which libzmq may use freed memory of a subscriber that has left.
const FIX: &str = "xpub-manual";

/// # Manual subscriptions
impl<K: Kind> Socket<K> {
    /// Sets manual mode, in which subscriptions take effect only through [`subscribe_peer`](Self::subscribe_peer).
    ///
    /// Default: `false`. XPUB sockets only. Returns the socket, so that setters chain.
    ///
    /// # Errors
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): libzmq was built without the fix `xpub-manual`, which
    ///   [`PATCHES`](crate::sys::build::PATCHES) lists if it is present. Without the fix, libzmq may use freed memory;
    ///   [`set_manual_unchecked`](Self::set_manual_unchecked) states the conditions under which it does not. The error
    ///   also occurs on an untyped socket that is not XPUB.
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
    /// publisher.send("A is not delivered")?;
    /// publisher.send("B is delivered")?;
    /// # subscriber.subscribe("B")?;
    /// assert_eq!(subscriber.recv()?, "B is delivered");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_XPUB_MANUAL`.
    #[doc(alias = "ZMQ_XPUB_MANUAL")]
    pub fn set_manual(&self, on: bool) -> Result<&Self>
    where
        K: SeesSubscriptions,
    {
        self.assign_manual(sys::ZMQ_XPUB_MANUAL, "manual", on)
    }

    /// Sets manual mode, as [`set_manual`](Self::set_manual) does, and sends the first message after a received
    /// subscription only to that subscriber.
    ///
    /// A publisher uses this to send the last value of a topic to a new subscriber without sending it to the others
    /// again. Later messages go to every subscriber.
    ///
    /// Default: `false`. XPUB sockets only. Returns the socket, so that setters chain. Turning the option off also
    /// turns manual mode off.
    ///
    /// # Errors
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): libzmq was built without the fix `xpub-manual`, or the
    ///   socket is an untyped one that is not XPUB.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
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
    #[doc(alias = "ZMQ_XPUB_MANUAL_LAST_VALUE")]
    pub fn set_manual_last_value(&self, on: bool) -> Result<&Self>
    where
        K: SeesSubscriptions,
    {
        self.assign_manual(sys::ZMQ_XPUB_MANUAL_LAST_VALUE, "manual_last_value", on)
    }

    /// Sets manual mode, as [`set_manual`](Self::set_manual) does, with installed builds of libzmq 4.3.5 too.
    ///
    /// # Errors
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): libzmq is older than 4.3.5 and may use freed memory even
    ///   under the conditions below, or the socket is an untyped one that is not XPUB.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Safety
    /// While manual mode is on, no subscriber may disconnect before the socket has received every subscription and
    /// unsubscription that the subscriber sent: the receive in libzmq 4.3.5 reads memory of the connection, which is
    /// freed when the subscriber disconnects. Manual mode must not be turned off again: a subscriber that disconnects
    /// while it is off leaves a dangling pointer behind.
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
    #[doc(alias = "ZMQ_XPUB_MANUAL")]
    #[allow(unsafe_code)]
    pub unsafe fn set_manual_unchecked(&self, on: bool) -> Result<&Self>
    where
        K: SeesSubscriptions,
    {
        self.set_any_manual(sys::ZMQ_XPUB_MANUAL, "manual", on)
    }

    /// Sets manual mode, as [`set_manual_last_value`](Self::set_manual_last_value) does, with installed builds of
    /// libzmq 4.3.5 too.
    ///
    /// # Errors
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): libzmq is older than 4.3.5, or the socket is an untyped one
    ///   that is not XPUB.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Safety
    /// The conditions are those of [`set_manual_unchecked`](Self::set_manual_unchecked).
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Version, XPub};
    ///
    /// let publisher = Context::new()?.socket(XPub)?;
    /// # if zmq::version() < (Version { major: 4, minor: 3, patch: 5 }) { return Ok(()); }
    /// // SAFETY: no subscriber ever connects.
    /// unsafe { publisher.set_manual_last_value_unchecked(true)? };
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_XPUB_MANUAL_LAST_VALUE`.
    #[doc(alias = "ZMQ_XPUB_MANUAL_LAST_VALUE")]
    #[allow(unsafe_code)]
    pub unsafe fn set_manual_last_value_unchecked(&self, on: bool) -> Result<&Self>
    where
        K: SeesSubscriptions,
    {
        self.set_any_manual(sys::ZMQ_XPUB_MANUAL_LAST_VALUE, "manual_last_value", on)
    }

    /// Sets one of the two options, for a socket of a kind known to the caller.
    pub(crate) fn assign_manual(&self, option: c_int, name: &str, on: bool) -> Result<&Self> {
        if raw::carries(FIX) {
            return self.set_any_manual(option, name, on);
        }
        self.expect_ability(Ability::SeesSubscriptions, Operation::SetOption, name)?;
        let reason = format!(
            "this libzmq was built without the fix {FIX:?}, and may use freed memory of subscribers that have left"
        );
        Err(Error::on(Operation::SetOption, name, Errno::ENOTSUP).because(reason))
    }

    fn set_any_manual(&self, option: c_int, name: &str, on: bool) -> Result<&Self> {
        self.expect_ability(Ability::SeesSubscriptions, Operation::SetOption, name)?;
        if on && raw::version() < [4, 3, 5] {
            let error = Error::on(Operation::SetOption, name, Errno::ENOTSUP);
            return Err(error.because("libzmq before 4.3.5 may crash with it; load a newer version"));
        }
        self.set_option(option, name, on)
    }

    /// Subscribes the peer whose subscription was received last to `prefix`, which may differ from the requested
    /// prefix. Returns the socket.
    ///
    /// The call has an effect only while [`set_manual`](Self::set_manual) is on and the peer is connected. Call it
    /// directly after receiving the subscription: receiving a message of another peer in between cancels the effect.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the socket is not in manual mode, or the prefix has more
    ///   than 2048 bytes.
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): the socket is an untyped one that is not XPUB.
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
    /// subscriber.subscribe("news.")?.connect(publisher.bind("inproc://subscribe-peer")?)?;
    /// publisher.recv_subscription()?;
    /// // The subscriber may have only local news.
    /// publisher.subscribe_peer("news.local")?;
    /// publisher.send("news.world")?;
    /// publisher.send("news.local")?;
    /// assert_eq!(subscriber.recv()?, "news.local");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_SUBSCRIBE`.
    #[doc(alias = "ZMQ_SUBSCRIBE")]
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
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the socket is not in manual mode, or the prefix has more
    ///   than 2048 bytes.
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): the socket is an untyped one that is not XPUB.
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
    /// subscriber.subscribe("A")?.connect(publisher.bind("inproc://unsubscribe-peer")?)?;
    /// publisher.recv_subscription()?;
    /// publisher.subscribe_peer("A")?.unsubscribe_peer("A")?;
    /// publisher.send("A is dropped")?;
    /// assert!(subscriber.try_recv()?.is_none());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_UNSUBSCRIBE`.
    #[doc(alias = "ZMQ_UNSUBSCRIBE")]
    pub fn unsubscribe_peer(&self, prefix: impl AsRef<[u8]>) -> Result<&Self>
    where
        K: SeesSubscriptions,
    {
        self.expect_ability(Ability::SeesSubscriptions, Operation::SetOption, "unsubscribe_peer")?;
        self.assign_prefix(sys::ZMQ_UNSUBSCRIBE, "unsubscribe_peer", prefix.as_ref())
    }
}
