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

/// How long a stop tries to deliver what found no room.
const FAREWELL: Duration = Duration::from_millis(500);

/// What a [`Proxy`](super::Proxy) and its thread share.
pub(super) struct Steering {
    state: Mutex<State>,
    changed: Condvar,
    /// Wakes the thread.
    bell: Bell,
}

pub(super) struct State {
    order: Order,
    /// How often the thread was asked, and which of these it answered last.
    asked: u64,
    answered: u64,
    pub(super) statistics: ProxyStatistics,
    pub(super) ended: bool,
    /// Why it ended, if that was not its order.
    pub(super) failure: Option<Failure>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Run,
    Pause,
    /// Delivers what is held, if it can, and ends.
    Stop,
    /// Ends.
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

    /// Gives the thread an order, if there is one, and waits until it has seen it, or has ended.
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

    /// Answers, on the thread, and returns the order.
    fn answer(&self, statistics: ProxyStatistics) -> Order {
        let mut state = self.state();
        state.statistics = statistics;
        state.answered = state.asked;
        self.changed.notify_all();
        state.order
    }

    /// Takes a command of the control socket for the order, on the thread, unless the handle has ended the proxy.
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

    /// Runs the proxy, on its thread, until it is told to stop.
    ///
    /// Returns what found no room, and what passed.
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
                Order::Stop => break forwarder.finish(Deadline::after(FAREWELL)),
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
