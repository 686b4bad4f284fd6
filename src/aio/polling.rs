//! The polls of an asynchronous socket, from which its futures are built.

use std::future::poll_fn;
use std::task::{Context, Poll, Wake, ready};

use super::engine::{Stage, poll_receive, poll_send, poll_signal};
use super::waiting::Half;
use super::{AsyncSocket, Runtime};
use crate::error::{Operation, Result, SendError};
use crate::socket::Socket;
use crate::socket::kinds::Kind;

impl<K: Kind, R: Runtime> AsyncSocket<K, R> {
    /// Waits until `attempt` returns a value. An attempt that returns none has processed all notifications of libzmq.
    #[inline]
    pub(super) async fn receive<T>(&mut self, mut attempt: impl FnMut(&Socket<K>) -> Result<Option<T>>) -> Result<T> {
        self.wake_waiters();
        let mut stage = Stage::New;
        if self.budget.take() {
            if let Some(received) = attempt(&self.socket)? {
                return Ok(received);
            }
            stage = Stage::Drained;
        }
        poll_fn(|cx| self.poll_received(cx, &mut stage, &mut attempt)).await
    }

    #[inline]
    pub(super) fn poll_received<T>(
        &mut self,
        cx: &mut Context<'_>,
        stage: &mut Stage,
        mut attempt: impl FnMut(&Socket<K>) -> Result<Option<T>>,
    ) -> Poll<Result<T>> {
        if *stage == Stage::New {
            ready!(self.budget.poll(cx));
        }
        let Self { runtime, socket, .. } = self;
        poll_receive(stage, || attempt(socket), |operation| poll_signal(runtime, cx, operation))
    }

    /// Waits as `receive` does, in order to send.
    pub(super) async fn until(&mut self, attempt: fn(&Socket<K>) -> Result<Option<()>>) -> Result<()> {
        self.receive(attempt).await
    }

    /// Waits until a message is sent.
    pub(super) async fn transmit<M>(
        &mut self,
        message: M,
        attempt: fn(&Socket<K>, M) -> Result<(), SendError<M>>,
    ) -> Result<(), SendError<M>> {
        self.wake_waiters();
        let (mut message, mut stage) = (Some(message), Stage::New);
        poll_fn(|cx| self.poll_sent(cx, &mut stage, &mut message, attempt)).await
    }

    pub(super) fn poll_sent<M>(
        &mut self,
        cx: &mut Context<'_>,
        stage: &mut Stage,
        message: &mut Option<M>,
        attempt: fn(&Socket<K>, M) -> Result<(), SendError<M>>,
    ) -> Poll<Result<(), SendError<M>>> {
        if *stage == Stage::New {
            ready!(self.budget.poll(cx));
        }
        let Self { runtime, socket, .. } = self;
        let signal = |operation| poll_signal(runtime, cx, operation);
        poll_send(socket, stage, message, |message| attempt(socket, message), signal)
    }

    /// Wakes the tasks with pending polls, because the present call replaces them at the runtime.
    #[inline]
    pub(super) fn wake_waiters(&mut self) {
        if std::mem::take(&mut self.has_waiters) {
            self.waiting.wake_by_ref();
        }
    }

    /// Runs an operation of one direction, while an operation of the other direction may be waiting on another task.
    pub(super) fn poll_half<T>(
        &mut self,
        half: Half,
        cx: &mut Context<'_>,
        operation: impl FnOnce(&Socket<K>, &mut dyn FnMut(Operation) -> Poll<Result<()>>) -> Poll<T>,
    ) -> Poll<T> {
        ready!(self.budget.poll(cx));
        let Self { runtime, socket, waiting, has_waiters, .. } = self;
        let polled = operation(socket, &mut |operation| {
            *has_waiters = true;
            waiting.poll_signal(half, runtime, cx, operation)
        });
        if *has_waiters {
            let settled = waiting.settle(half, socket, polled.is_ready());
            *has_waiters = settled.waits;
            settled.wake();
        }
        polled
    }

    pub(super) fn poll_receiving<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut attempt: impl FnMut(&Socket<K>) -> Result<Option<T>>,
    ) -> Poll<Result<T>> {
        self.poll_half(Half::Receiver, cx, |socket, signal| poll_receive(&mut Stage::New, || attempt(socket), signal))
    }

    pub(super) fn poll_until(
        &mut self,
        cx: &mut Context<'_>,
        attempt: fn(&Socket<K>) -> Result<Option<()>>,
    ) -> Poll<Result<()>> {
        self.poll_half(Half::Sender, cx, |socket, signal| poll_receive(&mut Stage::New, || attempt(socket), signal))
    }

    pub(super) fn poll_sending<M>(
        &mut self,
        cx: &mut Context<'_>,
        message: &mut Option<M>,
        attempt: fn(&Socket<K>, M) -> Result<(), SendError<M>>,
    ) -> Poll<Result<(), SendError<M>>> {
        self.poll_half(Half::Sender, cx, |socket, signal| {
            poll_send(socket, &mut Stage::New, message, |message| attempt(socket, message), signal)
        })
    }
}
