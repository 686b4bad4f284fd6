//! The builder of a proxy.

use std::fmt;

use super::back::ProxyBack;
use super::back::sealed::Socket as _;
use super::capture::Capture;
use super::control::Control;
use super::forward::Forwarder;
use super::forwarder;
use super::socket::ProxySocket;
use crate::error::Result;
use crate::socket::Socket;
use crate::socket::kinds::{Any, Kind};

/// A builder of a [`Proxy`](super::Proxy). To start the proxy, call [`spawn`](Self::spawn).
#[must_use = "the proxy starts with spawn"]
pub struct ProxyBuilder<F: Kind, B: ProxyBack> {
    pub(super) front: Socket<F>,
    pub(super) back: B::Socket,
    pub(super) capture: Option<Captures>,
    pub(super) control: Option<Socket<Any>>,
}

/// The capture socket and its mode.
pub(super) struct Captures {
    pub(super) socket: Socket<Any>,
    with_direction: bool,
}

impl<F: Kind, B: ProxyBack> ProxyBuilder<F, B> {
    pub(super) fn new(front: Socket<F>, back: B::Socket) -> Self {
        Self { front, back, capture: None, control: None }
    }

    /// Sets a capture socket, which receives a copy of every forwarded message of both directions. The socket is a PUB,
    /// XPUB, PUSH, DEALER or PAIR socket.
    ///
    /// Capturing never blocks the proxy. If the socket has no room, the copy is dropped and counted in the
    /// [statistics](super::ProxyStatistics::uncaptured). The copies share the contents of the messages.
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
        self.capture = Some(Captures { socket: socket.erase(), with_direction: false });
        self
    }

    /// Sets a capture socket like [`capture`](Self::capture). Each copy has an additional first frame with the
    /// [`ProxyDirection`](super::ProxyDirection) of the message: `front` or `back`, the side from which the message
    /// came.
    ///
    /// If the capture socket is a PUB or XPUB socket, a subscription to one of the two words selects one direction.
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Dealer, Pair, Proxy, Rep, Req, Router};
    /// use zmq::proxy::ProxyDirection;
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
        self.capture = Some(Captures { socket: socket.erase(), with_direction: true });
        self
    }

    /// Sets a control socket, through which another thread, process or machine sends commands to the proxy.
    ///
    /// A command is a message with a single frame:
    ///
    /// | frame | effect | reply |
    /// |---|---|---|
    /// | `PAUSE` | pauses the proxy, like [`Proxy::pause`](super::Proxy::pause) | an empty frame |
    /// | `RESUME` | resumes the proxy, like [`Proxy::resume`](super::Proxy::resume) | an empty frame |
    /// | `TERMINATE` | ends the proxy; [`Proxy::join`](super::Proxy::join) and [`stop`](super::Proxy::stop) return its sockets | an empty frame |
    /// | `STATISTICS` | nothing | eight frames, which [`ProxyStatistics::from_reply`](super::ProxyStatistics::from_reply) reads |
    /// | anything else | nothing | one frame of text, which quotes up to 32 bytes of the frame and lists the commands |
    ///
    /// The socket is a REP, ROUTER, DEALER or PAIR socket, or a PULL or SUB socket, which sends no replies. After the
    /// reply to `PAUSE` no more messages are forwarded. Commands have the same effect as the methods of
    /// [`Proxy`](super::Proxy), and the last command or call counts. A peer that does not read its replies never blocks
    /// the proxy.
    ///
    /// The proxy obeys every peer of the socket. To restrict access, bind the socket to an endpoint that only trusted
    /// peers can reach, or set its [security](Socket::set_security).
    ///
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// # use zmq::proxy::ProxyStatistics;
    /// # use zmq::{Context, Proxy, Pull, Push, Rep, Req};
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
    /// Replaces the control socket of `zmq_proxy_steerable`, which counts frames instead of messages.
    #[doc(alias("zmq_proxy_steerable", "proxy_steerable"))]
    pub fn control<C: Kind>(mut self, socket: Socket<C>) -> Self {
        self.control = Some(socket.erase());
        self
    }

    pub(super) fn control_socket(&self) -> Option<Control<'_>> {
        self.control.as_ref().map(Control::new)
    }

    pub(super) fn forwarder(&self) -> Result<Forwarder<'_>> {
        let capture = self
            .capture
            .as_ref()
            .map(|capture| Capture::new(ProxySocket::new(&capture.socket), capture.with_direction));
        forwarder(
            ProxySocket::new(&self.front),
            self.back.at_back(),
            capture,
            self.control.as_ref().map(ProxySocket::new),
        )
    }
}

impl<F: Kind, B: ProxyBack> fmt::Debug for ProxyBuilder<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { front, back, capture, control } = self;
        let capture = capture.as_ref().map(|capture| &capture.socket);
        f.debug_struct("ProxyBuilder")
            .field("front", front)
            .field("back", back)
            .field("capture", &capture)
            .field("control", control)
            .finish()
    }
}
