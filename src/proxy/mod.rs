//! Proxies, which forward messages between two sockets.
//!
//! [`proxy()`] runs on the calling thread. A [`Proxy`] runs on its own thread, and can be paused and stopped.

mod back;
mod builder;
mod capture;
mod control;
mod forward;
mod running;
mod socket;
mod statistics;
mod steering;

use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::socket::Socket;
use crate::socket::kinds::Kind;
use capture::Capture;
use forward::{Callers, Forwarder};
use socket::ProxySocket;

pub use back::{ProxyBack, SameSocket};
pub use builder::ProxyBuilder;
pub use capture::ProxyDirection;
pub use running::{Proxy, ProxyHandle, Stopped};
pub use statistics::{ProxySide, ProxyStatistics, Traffic};

/// Forwards messages between `front` and `back`, in both directions, until the context is shut down.
///
/// Typical proxies are a shared queue between clients and workers (ROUTER as front, DEALER as back), a forwarder of
/// subscriptions (XSUB on the side of the publishers, XPUB on the side of the subscribers), and a relay of work (PULL
/// and PUSH). Messages are forwarded whole, frame by frame. If the receiving side of one direction has no room, the
/// messages of this direction wait in their socket, and the other direction continues. If `front` and `back` are the
/// same socket, every message returns to its sender.
///
/// Of the thread-safe kinds, which the feature `draft` opens, a proxy forwards from GATHER to SCATTER and from DISH to RADIO,
/// for example. Messages from a kind with multipart messages cannot be forwarded to a thread-safe kind. Messages from
/// another socket cannot be forwarded to a SERVER or a PEER socket, which sends by routing IDs of its own, and only messages
/// from a DISH socket have the group that a RADIO socket needs.
///
/// To pause or stop the proxy, use a [`Proxy`], which runs on its own thread.
///
/// # Errors
/// - [`InvalidInput`](crate::ErrorKind::InvalidInput): no message can pass between sockets of these types.
/// - [`WrongState`](crate::ErrorKind::WrongState): a socket is in the middle of a message.
/// - other errors of [`send`](Socket::send) and [`recv`](Socket::recv). A shutdown is not an error.
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
/// Replaces `zmq_proxy`, which a signal can end in the middle of a message.
#[doc(alias("zmq_proxy", "zmq_device"))]
pub fn proxy<F: Kind, B: Kind>(front: &Socket<F>, back: &Socket<B>) -> Result<()> {
    let mut forwarder = match forwarder(ProxySocket::new(front), Some(ProxySocket::new(back)), None, None) {
        // A shutdown before the first message is not an error either.
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

/// Returns a forwarder between the front and the back. Without a back, the front is used as the back.
fn forwarder<'a>(
    front: ProxySocket<'a>,
    back: Option<ProxySocket<'a>>,
    capture: Option<Capture<'a>>,
    control: Option<ProxySocket<'a>>,
) -> Result<Forwarder<'a>> {
    let refused = |failure: Failure| Error::new(Operation::StartProxy, failure);
    let captures = capture.as_ref().map(|capture| capture.socket);
    for (name, socket) in [("front", Some(front)), ("back", back), ("capture", captures), ("control", control)] {
        if let Some(reason) = socket.as_ref().map_or(Ok(None), ProxySocket::check).map_err(refused)? {
            return Err(refused(Errno::EFSM.into()).because(format!("the {name} socket is in use: {reason}")));
        }
    }
    let unfit = capture.as_ref().and_then(Capture::refuse);
    if let Some(reason) = unfit.or_else(|| control::refuse(control?.socket_type)) {
        return Err(refused(Errno::EINVAL.into()).because(reason));
    }
    let back = back.unwrap_or(front);
    let (front_type, back_type) = (front.socket_type, back.socket_type);
    let unfit = front.cannot_forward_to(&back).or_else(|| back.cannot_forward_to(&front));
    if let Some(reason) = unfit {
        return Err(refused(Errno::EINVAL.into()).because(reason));
    }
    Forwarder::new(front, back, capture).map_err(refused)?.ok_or_else(|| {
        let reason = format!(
            "no message can pass between a {front_type} and a {back_type} socket: one must receive and the other must send"
        );
        refused(Errno::EINVAL.into()).because(reason)
    })
}
