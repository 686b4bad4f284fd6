//! The thread that serves the requests of libzmq.

use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::Duration;

use super::Authenticate;
use super::verdict::Verdict;
use super::wire::Request;
use crate::context::Context;
use crate::error::{Errno, Error, ErrorKind, Operation, Result};
use crate::lock::Mutex;
use crate::message::Message;
use crate::multipart::Multipart;
use crate::raw::{Asked, Bell, wait_for_any};
use crate::socket::kinds::Router;
use crate::socket::{Socket, ZAP_ENDPOINT};
use crate::sys;

/// A running authenticator: its thread, and the state that they share.
pub(super) struct Server {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    /// Wakes the thread.
    bell: Bell,
    /// The replies that were given on other threads.
    replies: Mutex<VecDeque<Multipart>>,
    stopping: AtomicBool,
    /// A forked child has neither the thread nor the sockets.
    process: u32,
}

/// The answer to one [`Request`], through which the [`Verdict`] is returned to libzmq.
///
/// It can be moved to another thread or into an async task. If it is dropped without a verdict, the peer is refused.
#[derive(Debug)]
#[must_use = "a dropped answer refuses the peer"]
pub struct Answer {
    pending: Option<Pending>,
}

struct Pending {
    envelope: Multipart,
    id: Vec<u8>,
    shared: Weak<Shared>,
    thread: ThreadId,
}

impl Answer {
    /// Gives the verdict. If the authenticator has stopped in the meantime, the verdict is discarded and the peer is
    /// not accepted.
    ///
    /// # Examples
    /// ```
    /// use zmq::Context;
    /// use zmq::auth::{Answer, Authenticator, Request, Verdict};
    ///
    /// let authenticator = Authenticator::with(&Context::new()?, |_: Request, answer: Answer| {
    ///     answer.give(Verdict::refuse("under maintenance"));
    /// })?;
    /// # drop(authenticator);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn give(mut self, verdict: Verdict) {
        if let Some(pending) = self.pending.take() {
            pending.reply(&verdict);
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(pending) = self.pending.take() {
            pending.reply(&Verdict::fail("no verdict was given"));
        }
    }
}

impl Pending {
    fn reply(self, verdict: &Verdict) {
        // In a forked child nothing sends the reply, and a thread that does not exist there may hold the lock.
        let Some(shared) = self.shared.upgrade().filter(|shared| !shared.is_forked()) else { return };
        shared.replies.lock().push_back(verdict.reply(&self.id).wrap(self.envelope));
        // The authenticator's own thread checks the replies by itself.
        if thread::current().id() != self.thread {
            shared.bell.ring();
        }
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}

impl Shared {
    /// Returns `true` if this process is a fork of the process that started the authenticator.
    fn is_forked(&self) -> bool {
        self.process != process::id()
    }

    fn next_reply(&self) -> Option<Multipart> {
        self.replies.lock().pop_front()
    }
}

impl Server {
    pub(super) fn start(context: &Context, policy: impl Authenticate) -> Result<Self> {
        let refused = |errno| Error::new(Operation::StartAuthenticator, errno);
        // Created before the socket is bound, because a bound name becomes free only some time after a drop.
        let bell = Bell::new().map_err(refused)?;
        let requests = context.socket_without_defaults(Router)?;
        // No request may be lost, and no reply may delay the end of the context.
        requests.set_recv_hwm(0)?.set_send_hwm(0)?.set_linger(Duration::ZERO)?;
        requests.bind(ZAP_ENDPOINT).map_err(|error| match error.errno() {
            Errno::EADDRINUSE => {
                refused(Errno::EADDRINUSE).because("the context has one: drop it first, or change its rules")
            }
            _ => error,
        })?;
        let stopping = AtomicBool::new(false);
        let shared = Arc::new(Shared { bell, replies: Mutex::default(), stopping, process: process::id() });
        let served = Arc::clone(&shared);
        let thread = thread::Builder::new().name("zmq-auth".to_owned());
        let thread = thread.spawn(move || serve(&requests, &served, policy)).map_err(|error| {
            let reason = format!("no thread can be had: {error}");
            let errno = Errno::from_raw(error.raw_os_error().unwrap_or(sys::EAGAIN));
            refused(errno).because(reason).of_kind(ErrorKind::LimitReached)
        })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Returns `true` if this process is a fork of the process that started the authenticator.
    pub(super) fn is_forked(&self) -> bool {
        self.shared.is_forked()
    }

    pub(super) fn is_running(&self) -> bool {
        !self.is_forked() && self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.is_forked() {
            // In a forked child, the thread does not exist and must not be detached.
            mem::forget(self.thread.take());
            return;
        }
        self.shared.stopping.store(true, Ordering::Release);
        self.shared.bell.ring();
        // A policy may own the handle and drop it on the thread itself.
        if let Some(thread) = self.thread.take().filter(|own| own.thread().id() != thread::current().id()) {
            let _ = thread.join();
        }
    }
}

/// Answers requests until the authenticator is stopped or the context ends.
fn serve(requests: &Socket<Router>, shared: &Arc<Shared>, mut policy: impl Authenticate) {
    loop {
        let mut asked = [Asked::new(requests.raw()).to_receive()];
        match wait_for_any(&mut asked, Some(&shared.bell)) {
            Ok(true) => shared.bell.silence(),
            Ok(false) => {}
            Err(_) => break,
        }
        if shared.stopping.load(Ordering::Acquire) {
            break;
        }
        let received = match requests.try_recv_multipart() {
            Ok(received) => received,
            // A peer in the process broke a message off, and the next one is whole.
            Err(error) if error.kind() == ErrorKind::PeerLost => None,
            Err(_) => break,
        };
        if let Some(mut request) = received {
            // The peer's routing id, and the empty frame that libzmq puts in front. Other requests cannot be replied
            // to.
            if let Some(envelope) = request.split_envelope().filter(|envelope| envelope.len() == 2) {
                answer(envelope, &request, shared, &mut policy);
            }
        }
        while let Some(reply) = shared.next_reply() {
            // If a reply cannot be sent, no peer waits for it.
            let _ = requests.try_send_multipart(reply);
        }
    }
    // Unbound at once, because closing a socket frees its name only later. This fails if the context has ended.
    let _ = requests.unbind(ZAP_ENDPOINT);
}

fn answer(envelope: Multipart, frames: &[Message], shared: &Arc<Shared>, policy: &mut impl Authenticate) {
    match Request::read(frames) {
        Ok(request) => {
            let id = request.id().to_vec();
            let (shared, thread) = (Arc::downgrade(shared), thread::current().id());
            let answer = Answer { pending: Some(Pending { envelope, id, shared, thread }) };
            // A panic drops the answer, so the peer is refused.
            let _ = panic::catch_unwind(AssertUnwindSafe(|| policy.authenticate(request, answer)));
        }
        Err(malformed) => {
            if let Some(reply) = malformed.reply() {
                shared.replies.lock().push_back(reply.wrap(envelope));
            }
        }
    }
}
