//! An authenticator by hand (RFC 27), which may answer as it likes.

use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};

use zmq::{Context, Message, Multipart, Rep, Result};

use crate::support::PATIENCE;

/// A request of libzmq's.
#[derive(Debug)]
pub(crate) struct Request(Multipart);

impl Request {
    pub(crate) fn version(&self) -> &Message {
        &self.0[0]
    }

    pub(crate) fn id(&self) -> &Message {
        &self.0[1]
    }

    pub(crate) fn domain(&self) -> &Message {
        &self.0[2]
    }

    pub(crate) fn address(&self) -> &Message {
        &self.0[3]
    }

    pub(crate) fn routing_id(&self) -> &Message {
        &self.0[4]
    }

    pub(crate) fn mechanism(&self) -> &Message {
        &self.0[5]
    }

    /// User and password, or a key.
    pub(crate) fn credentials(&self) -> &[Message] {
        &self.0[6..]
    }

    /// Returns the reply with this status, as the protocol wants it.
    pub(crate) fn reply(&self, status: &str, user: &str) -> Multipart {
        (self.version(), self.id(), status, "text", user, "").into()
    }
}

/// An authenticator on a thread of its own, for as long as its context.
pub(crate) struct Zap {
    context: Context,
    requests: Receiver<Request>,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Zap {
    /// Answers every request with what `answer` makes of it.
    pub(crate) fn spawn(context: &Context, answer: impl Fn(&Request) -> Multipart + Send + 'static) -> Result<Self> {
        let socket = context.socket(Rep)?;
        socket.bind("inproc://zeromq.zap.01")?;
        let (sender, requests) = mpsc::channel();
        let serve = move || {
            loop {
                let request = Request(socket.recv_multipart()?);
                socket.send_multipart(answer(&request))?;
                // Nobody may listen any more.
                let _ = sender.send(request);
            }
        };
        Ok(Self { context: context.clone(), requests, thread: Some(thread::spawn(serve)) })
    }

    /// Returns the next request, which was answered.
    pub(crate) fn answered(&self) -> Request {
        self.requests.recv_timeout(PATIENCE).expect("libzmq asks")
    }

    /// Whether no request was answered that was not returned yet.
    pub(crate) fn is_idle(&self) -> bool {
        self.requests.try_recv().is_err()
    }
}

impl Drop for Zap {
    fn drop(&mut self) {
        self.context.shutdown();
        if let Some(Ok(Err(error))) = self.thread.take().map(JoinHandle::join) {
            assert!(error.is_terminated() || thread::panicking(), "the authenticator failed: {error}");
        }
    }
}
