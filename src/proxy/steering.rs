//! The orders that a running proxy receives from its owner and from its control socket.

use std::sync::MutexGuard;
use std::time::Duration;

use super::back::ProxyBack;
use super::builder::ProxyBuilder;
use super::control::{Command, Control};
use super::forward::Callers;
use super::statistics::ProxyStatistics;
use crate::deadline::Deadline;
use crate::error::Failure;
use crate::lock::{Condvar, Mutex};
use crate::multipart::Multipart;
use crate::raw::Bell;
use crate::socket::kinds::Kind;

/// The maximum time for which a stop tries to send held messages.
const DELIVERY_TIMEOUT: Duration = Duration::from_millis(500);

/// The state that a [`Proxy`](super::Proxy) shares with its thread.
pub(super) struct Steering {
    state: Mutex<State>,
    changed: Condvar,
    /// Wakes the thread.
    bell: Bell,
}

pub(super) struct State {
    order: Order,
    /// The number of questions to the thread, and the number of the last question that it answered.
    asked: u64,
    answered: u64,
    pub(super) statistics: ProxyStatistics,
    pub(super) ended: bool,
    /// The failure that ended the thread, if any.
    pub(super) failure: Option<Failure>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Run,
    Pause,
    /// Send the held messages if possible, and end.
    Stop,
    /// End immediately.
    Abandon,
}

impl Steering {
    pub(super) fn new(bell: Bell) -> Self {
        let state = State {
            order: Order::Run,
            asked: 0,
            answered: 0,
            statistics: ProxyStatistics::default(),
            ended: false,
            failure: None,
        };
        Self { state: Mutex::new(state), changed: Condvar::new(), bell }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Gives the thread an order, if any, and blocks until the thread has answered or ended.
    pub(super) fn ask(&self, order: Option<Order>) -> MutexGuard<'_, State> {
        let mut state = self.state();
        state.asked += 1;
        let mine = state.asked;
        if let Some(order) = order {
            state.order = order;
        }
        drop(state);
        self.bell.ring();
        let mut state = self.state();
        while state.answered < mine && !state.ended {
            state = self.changed.wait(state);
        }
        state
    }

    /// Answers all questions and returns the order. Called by the thread.
    fn answer(&self, statistics: ProxyStatistics) -> Order {
        let mut state = self.state();
        state.statistics = statistics;
        state.answered = state.asked;
        self.changed.notify_all();
        state.order
    }

    /// Turns a command of the control socket into an order, unless the handle has ended the proxy. Called by the
    /// thread.
    fn obey(&self, command: Option<Command>) -> Order {
        let mut state = self.state();
        if let (Some(command), Order::Run | Order::Pause) = (command, state.order) {
            state.order = match command {
                Command::Pause => Order::Pause,
                Command::Resume => Order::Run,
                Command::Terminate => Order::Stop,
            };
        }
        state.order
    }

    pub(super) fn end(&self, failure: Option<Failure>) {
        let mut state = self.state();
        state.ended = true;
        state.failure = failure;
        self.changed.notify_all();
    }

    /// Runs the proxy until it is stopped. Returns the messages without room, and the statistics. Called by the thread.
    pub(super) fn serve<F: Kind, B: ProxyBack>(
        &self,
        sockets: &ProxyBuilder<F, B>,
    ) -> Result<(Vec<Multipart>, ProxyStatistics), Failure> {
        let mut forwarder = sockets.forwarder().map_err(|error| Failure::Errno(error.errno()))?;
        let control = sockets.control_socket();
        let callers = Callers { bell: Some(&self.bell), control: control.map(Control::raw) };
        let mut order = Order::Run;
        let unsent = loop {
            let called = match order {
                Order::Run => forwarder.run(callers),
                Order::Pause => forwarder.rest(callers),
                Order::Stop => break forwarder.finish(Deadline::after(DELIVERY_TIMEOUT)),
                Order::Abandon => break Ok(Vec::new()),
            };
            let called = match called {
                Ok(called) => called,
                Err(failure) => break Err(failure),
            };
            if let Some(control) = control.filter(|_| called.control) {
                match control.serve(&forwarder.statistics()) {
                    Ok(command) => order = self.obey(command),
                    Err(failure) => break Err(failure),
                }
            }
            if called.bell {
                self.bell.silence();
                order = self.answer(forwarder.statistics());
            }
        };
        let statistics = forwarder.statistics();
        self.state().statistics = statistics;
        unsent.map(|unsent| (unsent, statistics))
    }
}
