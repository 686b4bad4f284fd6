//! Proxies: sockets between which messages pass.

mod back;
mod capture;
mod control;
mod end;
mod forward;
mod handle;
mod statistics;

use std::fmt;

use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::socket::Socket;
use crate::socket::kinds::{Any, Kind};
use back::sealed::Socket as _;
use capture::Capture;
use end::End;
use forward::{Callers, Forwarder};

pub use back::{ProxyBack, SameSocket};
pub use capture::ProxyDirection;
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
    let mut forwarder = match forwarder(End::new(front), Some(End::new(back)), None, None) {
        // It came before the first message: the end all the same.
        Err(error) if error.is_terminated() => return Ok(()),
        forwarder => forwarder?,
    };
    loop {
        match forwarder.run(Callers::default()) {
            Ok(_) => {}
            Err(Failure::Errno(Errno::ETERM)) => return Ok(()),
            Err(failure) => return Err(Error::new(Operation::Proxy, failure)),
        }
    }
}

/// A proxy that is to run on a thread of its own: see [`proxy`](crate::proxy()) for what it does.
///
/// [`ProxyHandle`] pauses, resumes, questions and stops it; another process does so through a
/// [control socket](Self::control). [`single`](Proxy::single) makes a proxy of one socket.
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
pub struct Proxy<F: Kind, B: ProxyBack> {
    front: Socket<F>,
    back: B::Socket,
    capture: Option<Captures>,
    control: Option<Socket<Any>>,
}

/// The socket that captures, and how.
struct Captures {
    socket: Socket<Any>,
    tells_direction: bool,
}

impl<F: Kind, B: Kind> Proxy<F, B> {
    /// Makes a proxy of two sockets.
    pub fn builder(front: Socket<F>, back: Socket<B>) -> Self {
        Self { front, back, capture: None, control: None }
    }
}

impl<F: Kind> Proxy<F, SameSocket> {
    /// Makes a proxy of one socket: every message goes back where it came from.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Proxy, Rep, Req};
    ///
    /// let context = Context::new()?;
    /// let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
    /// client.connect(server.bind("inproc://echo")?)?;
    ///
    /// let echo = Proxy::single(server).spawn()?;
    /// client.send("hello")?;
    /// assert_eq!(client.recv()?, "hello");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn single(socket: Socket<F>) -> Self {
        Self { front: socket, back: (), capture: None, control: None }
    }
}

impl<F: Kind, B: ProxyBack> Proxy<F, B> {
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
        self.capture = Some(Captures { socket: socket.erase(), tells_direction: false });
        self
    }

    /// Copies every message to a third socket as [`capture`](Self::capture) does, with one more frame in front: the
    /// [`ProxyDirection`] in which the message passed, `front` or `back` for the side that it came from.
    ///
    /// Behind a PUB or XPUB socket a subscription to one of the two words sees one direction alone.
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Dealer, Pair, Proxy, Rep, Req, Router};
    /// use zmq::ProxyDirection;
    ///
    /// # let context = Context::new()?;
    /// # let (front, back) = (context.socket(Router)?, context.socket(Dealer)?);
    /// # let (client, worker) = (context.socket(Req)?, context.socket(Rep)?);
    /// # client.connect(front.bind("inproc://to-directed-queue")?)?;
    /// # worker.connect(back.bind("inproc://directed-queue")?)?;
    /// let (capture, tap) = (context.socket(Pair)?, context.socket(Pair)?);
    /// tap.connect(capture.bind("inproc://directed-tap")?)?;
    /// let queue = Proxy::builder(front, back).capture_with_direction(capture).spawn()?;
    /// client.send("question")?;
    /// worker.recv()?;
    /// worker.send("answer")?;
    ///
    /// let (mut first, mut second) = (tap.recv_multipart()?, tap.recv_multipart()?);
    /// assert_eq!(ProxyDirection::take_from(&mut first), Some(ProxyDirection::FrontToBack));
    /// assert_eq!(first.pop_back().unwrap(), "question");
    /// assert_eq!(ProxyDirection::take_from(&mut second), Some(ProxyDirection::BackToFront));
    /// assert_eq!(second.pop_back().unwrap(), "answer");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn capture_with_direction<C: Kind>(mut self, socket: Socket<C>) -> Self {
        self.capture = Some(Captures { socket: socket.erase(), tells_direction: true });
        self
    }

    /// Lets another thread, process or machine steer the proxy by the commands that it sends to `socket`.
    ///
    /// A command is one frame:
    ///
    /// | frame | what it does | reply |
    /// |---|---|---|
    /// | `PAUSE` | does what [`ProxyHandle::pause`] does | an empty frame |
    /// | `RESUME` | does what [`ProxyHandle::resume`] does | an empty frame |
    /// | `TERMINATE` | ends the proxy; [`ProxyHandle::join`] and [`stop`](ProxyHandle::stop) return its sockets | an empty frame |
    /// | `STATISTICS` | nothing | eight frames, which [`ProxyStatistics::from_reply`] reads |
    /// | anything else | nothing | one frame of text, which quotes up to 32 bytes of it and names the commands |
    ///
    /// The socket is a REP, ROUTER, DEALER or PAIR socket, or a PULL or SUB socket, which gets no replies. From the reply
    /// to `PAUSE` on nothing passes. Commands and the calls of the [`ProxyHandle`] have the same effect, and the last one
    /// counts. A peer that reads no replies holds nothing up.
    ///
    /// Every peer of the socket is obeyed: bind it where only those that may steer can connect, or set its
    /// [security](Socket::set_security).
    ///
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// # use zmq::{Context, Proxy, ProxyStatistics, Pull, Push, Rep, Req};
    /// # let context = Context::new()?;
    /// # let (front, back) = (context.socket(Pull)?, context.socket(Push)?);
    /// # let (source, sink) = (context.socket(Push)?, context.socket(Pull)?);
    /// # source.connect(front.bind("inproc://to-steered-relay")?)?;
    /// # sink.connect(back.bind("inproc://steered-relay")?)?;
    /// let control = context.socket(Rep)?;
    /// let endpoint = control.bind("tcp://127.0.0.1:*")?;
    /// let relay = Proxy::builder(front, back).control(control).spawn()?;
    ///
    /// // Another process.
    /// let remote = context.socket(Req)?;
    /// remote.connect(endpoint)?;
    /// remote.send("PAUSE")?;
    /// assert_eq!(remote.recv()?, "");
    /// source.send("work")?;
    /// assert_eq!(sink.recv_timeout(Duration::from_millis(20))?, None);
    /// remote.send("RESUME")?;
    /// remote.recv()?;
    /// assert_eq!(sink.recv()?, "work");
    ///
    /// remote.send("STATISTICS")?;
    /// let statistics = ProxyStatistics::from_reply(&remote.recv_multipart()?).unwrap();
    /// assert_eq!(statistics.back.sent.messages, 1);
    /// remote.send("TERMINATE")?;
    /// remote.recv()?;
    /// assert!(relay.join()?.is_some());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Replaces the control socket of `zmq_proxy_steerable`, which counts frames where this counts messages.
    pub fn control<C: Kind>(mut self, socket: Socket<C>) -> Self {
        self.control = Some(socket.erase());
        self
    }

    fn forwarder(&self) -> Result<Forwarder<'_>> {
        let capture =
            self.capture.as_ref().map(|capture| Capture::new(End::new(&capture.socket), capture.tells_direction));
        forwarder(End::new(&self.front), self.back.end(), capture, self.control.as_ref().map(End::new))
    }
}

impl<F: Kind, B: ProxyBack> fmt::Debug for Proxy<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { front, back, capture, control } = self;
        let capture = capture.as_ref().map(|capture| &capture.socket);
        f.debug_struct("Proxy")
            .field("front", front)
            .field("back", back)
            .field("capture", &capture)
            .field("control", control)
            .finish()
    }
}

/// Returns what passes messages on between the front and the back, which is the front where there is none.
fn forwarder<'a>(
    front: End<'a>,
    back: Option<End<'a>>,
    capture: Option<Capture<'a>>,
    control: Option<End<'a>>,
) -> Result<Forwarder<'a>> {
    let refused = |failure: Failure| Error::new(Operation::StartProxy, failure);
    let captures = capture.as_ref().map(|capture| capture.end);
    for (name, end) in [("front", Some(front)), ("back", back), ("capture", captures), ("control", control)] {
        if let Some(reason) = end.as_ref().map_or(Ok(None), End::check).map_err(refused)? {
            return Err(refused(Errno::EFSM.into()).because(format!("the {name} socket is in use: {reason}")));
        }
    }
    let unfit = capture.as_ref().and_then(Capture::refuse);
    if let Some(reason) = unfit.or_else(|| control::refuse(control?.socket_type)) {
        return Err(refused(Errno::EINVAL.into()).because(reason));
    }
    let back = back.unwrap_or(front);
    let (front_type, back_type) = (front.socket_type, back.socket_type);
    Forwarder::new(front, back, capture).ok_or_else(|| {
        let reason = format!(
            "nothing can pass between a {front_type} and a {back_type} socket: one has to receive, the other to send"
        );
        refused(Errno::EINVAL.into()).because(reason)
    })
}
