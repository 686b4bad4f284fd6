//! An authenticator by hand (RFC 27), which can send any reply.

use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};

use zmq::{Context, Message, Multipart, Rep, Result};

use crate::support::PATIENCE;

/// A request from libzmq.
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

    /// Returns the username and the password, or the key.
    pub(crate) fn credentials(&self) -> &[Message] {
        &self.0[6..]
    }

    /// Returns a valid reply with this status.
    pub(crate) fn reply(&self, status: &str, user: &str) -> Multipart {
        (self.version(), self.id(), status, "text", user, "").into()
    }
}

/// An authenticator on its own thread, which runs until its context ends.
pub(crate) struct Zap {
    context: Context,
    requests: Receiver<Request>,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Zap {
    /// Spawns an authenticator that sends the reply of `answer` to every request.
    pub(crate) fn spawn(context: &Context, answer: impl Fn(&Request) -> Multipart + Send + 'static) -> Result<Self> {
        let socket = context.socket(Rep)?;
        socket.bind("inproc://zeromq.zap.01")?;
        let (sender, requests) = mpsc::channel();
        let serve = move || {
            loop {
                let request = Request(socket.recv_multipart()?);
                socket.send_multipart(answer(&request))?;
                // The test may have dropped the receiver.
                let _ = sender.send(request);
            }
        };
        Ok(Self { context: context.clone(), requests, thread: Some(thread::spawn(serve)) })
    }

    /// Returns the next answered request.
    pub(crate) fn answered(&self) -> Request {
        self.requests.recv_timeout(PATIENCE).expect("libzmq asks")
    }

    /// Returns `true` if every answered request has been returned.
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
