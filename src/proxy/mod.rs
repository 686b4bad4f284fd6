//! Proxies: sockets between which messages pass.

mod end;
mod forward;
mod handle;
mod statistics;

use std::fmt;

use crate::error::{Errno, Error, Operation, Result};
use crate::socket::Socket;
use crate::socket::kinds::{Any, Kind, SocketType};
use end::End;
use forward::Forwarder;

pub use handle::{ProxyHandle, Stopped};
pub use statistics::{ProxySide, ProxyStatistics, Traffic};

/// Passes messages on between `front` and `back`, in both directions, until the context is shut down.
///
/// It is the middle of a network: a shared queue between clients and workers (ROUTER in front and DEALER at the back), a
/// forwarder of subscriptions (XSUB towards the publishers, XPUB towards the subscribers), a relay of work (PULL and
/// PUSH). Messages pass whole, with the frames that they have. Where one direction has no room the other goes on, and
/// what has no room waits where it is. With the same socket in front and at the back every message goes back where it
/// came from.
///
/// [`Proxy`] does the same on a thread of its own, which can be paused and stopped.
///
/// # Errors
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a pair between which nothing can pass, and
/// [`WrongState`](crate::ErrorKind::WrongState) for a socket in the middle of a message. A shutdown is the end and no
/// error; other errors of libzmq are those of [`send`](Socket::send) and [`recv`](Socket::recv).
///
/// # Examples
/// ```
/// use zmq::{Context, Dealer, Rep, Req, Router};
///
/// let context = Context::new()?;
/// let (front, back) = (context.socket(Router)?, context.socket(Dealer)?);
/// let (worker, client) = (context.socket(Rep)?, context.socket(Req)?);
/// client.connect(front.bind("inproc://clients")?)?;
/// worker.connect(back.bind("inproc://workers")?)?;
///
/// let queue = std::thread::spawn(move || zmq::proxy(&front, &back));
/// client.send("question")?;
/// assert_eq!(worker.recv()?, "question");
/// worker.send("answer")?;
/// assert_eq!(client.recv()?, "answer");
///
/// context.shutdown();
/// assert!(matches!(queue.join(), Ok(Ok(()))));
/// # Ok::<(), zmq::Error>(())
/// ```
///
/// Replaces `zmq_proxy`, which a signal ends in the middle of a message.
pub fn proxy<F: Kind, B: Kind>(front: &Socket<F>, back: &Socket<B>) -> Result<()> {
    let mut forwarder = match forwarder(front, back, None) {
        // It came before the first message: the end all the same.
        Err(error) if error.is_terminated() => return Ok(()),
        forwarder => forwarder?,
    };
    loop {
        match forwarder.run(None) {
            Ok(_) => {}
            Err(Errno::ETERM) => return Ok(()),
            Err(errno) => return Err(Error::new(Operation::Proxy, errno)),
        }
    }
}

/// A proxy that is to run on a thread of its own: see [`proxy`](crate::proxy()) for what it does.
///
/// [`ProxyHandle`] pauses, resumes, questions and stops it.
///
/// # Examples
/// ```
/// use zmq::{Context, Proxy, Pull, Push};
///
/// let context = Context::new()?;
/// let (front, back) = (context.socket(Pull)?, context.socket(Push)?);
/// let (source, sink) = (context.socket(Push)?, context.socket(Pull)?);
/// source.connect(front.bind("inproc://to-relay")?)?;
/// sink.connect(back.bind("inproc://relayed")?)?;
///
/// let relay = Proxy::builder(front, back).spawn()?;
/// source.send("work")?;
/// assert_eq!(sink.recv()?, "work");
/// assert_eq!(relay.statistics().back.sent.messages, 1);
///
/// let stopped = relay.stop()?;
/// source.send("more work")?;
/// assert_eq!(stopped.front.recv()?, "more work");
/// # Ok::<(), zmq::Error>(())
/// ```
#[must_use = "it starts with spawn"]
pub struct Proxy<F: Kind, B: Kind> {
    front: Socket<F>,
    back: Socket<B>,
    capture: Option<Socket<Any>>,
}

impl<F: Kind, B: Kind> Proxy<F, B> {
    /// Makes a proxy of two sockets.
    pub fn builder(front: Socket<F>, back: Socket<B>) -> Self {
        Self { front, back, capture: None }
    }

    /// Has every message that passes, in either direction, copied to a third socket: a PUB, XPUB, PUSH, DEALER or PAIR
    /// socket, at whose other end somebody looks on.
    ///
    /// The copy never holds the proxy up: what the socket has no room for it does not get, and the
    /// [statistics](ProxyStatistics::uncaptured) count it. The contents are shared and not copied.
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Pair, Proxy, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (front, back) = (context.socket(Pull)?, context.socket(Push)?);
    /// # let (source, sink) = (context.socket(Push)?, context.socket(Pull)?);
    /// # source.connect(front.bind("inproc://to-tapped-relay")?)?;
    /// # sink.connect(back.bind("inproc://tapped-relay")?)?;
    /// let (capture, tap) = (context.socket(Pair)?, context.socket(Pair)?);
    /// tap.connect(capture.bind("inproc://tap")?)?;
    /// let relay = Proxy::builder(front, back).capture(capture).spawn()?;
    /// source.send("work")?;
    /// assert_eq!(tap.recv()?, "work");
    /// # assert_eq!(sink.recv()?, "work");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn capture<C: Kind>(mut self, socket: Socket<C>) -> Self {
        self.capture = Some(socket.erase());
        self
    }

    fn forwarder(&self) -> Result<Forwarder<'_>> {
        forwarder(&self.front, &self.back, self.capture.as_ref())
    }
}

impl<F: Kind, B: Kind> fmt::Debug for Proxy<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { front, back, capture } = self;
        f.debug_struct("Proxy").field("front", front).field("back", back).field("capture", capture).finish()
    }
}

fn forwarder<'a, F: Kind, B: Kind>(
    front: &'a Socket<F>,
    back: &'a Socket<B>,
    capture: Option<&'a Socket<Any>>,
) -> Result<Forwarder<'a>> {
    let refused = |errno| Error::new(Operation::StartProxy, errno);
    let capture = capture.map(End::new);
    let (front, back) = (End::new(front), End::new(back));
    for (name, end) in [("front", Some(&front)), ("back", Some(&back)), ("capture", capture.as_ref())] {
        if let Some(reason) = end.map_or(Ok(None), End::check).map_err(refused)? {
            return Err(refused(Errno::EFSM).because(format!("the {name} socket is in use: {reason}")));
        }
    }
    if let Some(capture) = &capture {
        if !can_capture(capture.socket_type) {
            let reason = format!(
                "a {} socket cannot capture: take a PUB, XPUB, PUSH, DEALER or PAIR socket",
                capture.socket_type
            );
            return Err(refused(Errno::EINVAL).because(reason));
        }
    }
    let (front_type, back_type) = (front.socket_type, back.socket_type);
    Forwarder::new(front, back, capture).ok_or_else(|| {
        let reason = format!(
            "nothing can pass between a {front_type} and a {back_type} socket: one has to receive, the other to send"
        );
        refused(Errno::EINVAL).because(reason)
    })
}

/// Whether the type sends whatever it is given: the others wait for replies, or take the first frame for an address.
fn can_capture(socket_type: SocketType) -> bool {
    use SocketType::{Dealer, Pair, Pub, Push, XPub};
    matches!(socket_type, Pair | Pub | XPub | Push | Dealer)
}
