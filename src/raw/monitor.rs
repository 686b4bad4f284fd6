//! A monitor: the receiver of what libzmq tells of a socket.
//!
//! libzmq sends events with a call that waits, on whichever thread something happens, its I/O threads and its reaper
//! among them. So the receiver has no limit, and lives for as long as libzmq may send: until the monitor is stopped, or
//! the last event was received. The last is always `ZMQ_EVENT_MONITOR_STOPPED`, which is therefore always asked for.

use std::ffi::{CString, c_int, c_void};
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, MutexGuard};
use std::thread;
use std::time::Duration;

use super::gate::Gate;
use super::life::Life;
use super::message::RawMessage;
use super::socket::RawSocket;
use super::{check, sys, uninterrupted};
use crate::deadline::Deadline;
use crate::error::{Errno, Failure};
use crate::lock::Mutex;
use crate::unique;

/// How often a bind is repeated whose reason for failing was lost.
const MOST_REPEATED: usize = 16;

/// How long a drop waits for the last event of a socket that was just closed, before it leaves that to a thread.
const PATIENCE: Duration = Duration::from_millis(5);

/// The receiving end of a monitor.
pub(crate) struct RawMonitor {
    monitored: Arc<Monitored>,
    /// Dropped by hand, perhaps on another thread.
    receiver: ManuallyDrop<Receiver>,
}

/// An event as libzmq encodes it.
#[derive(Debug)]
pub(crate) struct RawEvent {
    pub(crate) number: u16,
    pub(crate) value: u32,
    pub(crate) endpoint: String,
}

/// The monitored socket, for as long as it is open and this monitor is its latest.
pub(super) struct Monitored {
    socket: Mutex<Option<NonNull<c_void>>>,
    life: Arc<Life>,
    /// How many failures to bind were told again.
    repeated: AtomicUsize,
}

// SAFETY: the pointer is used under the lock alone, which a socket takes before it closes, and for one function alone,
// zmq_socket_monitor, which libzmq guards by a lock of its own and which uses nothing of the socket that another thread
// could change.
unsafe impl Send for Monitored {}
// SAFETY: as for `Send`.
unsafe impl Sync for Monitored {}

/// The socket to which libzmq sends.
struct Receiver {
    socket: RawSocket,
}

impl<G: Gate> RawSocket<G> {
    /// Has libzmq tell of the events in the mask. The monitor that was there before ends.
    pub(crate) fn monitor(&self, receiver: RawSocket, events: c_int) -> Result<RawMonitor, Failure> {
        // Before any lock is taken: in a forked child a thread that is not there may hold it.
        self.life().check()?;
        receiver.set_int(sys::ZMQ_RCVHWM, 0)?;
        let name = self.start_monitor(events | sys::ZMQ_EVENT_MONITOR_STOPPED)?;
        let monitored = Arc::new(Monitored::new(self));
        *self.monitored() = Some(Arc::clone(&monitored));
        // At once: until then an event makes libzmq wait. It fails only where the context ends, and the waiting with it.
        receiver.connect(&name)?;
        let receiver = ManuallyDrop::new(Receiver { socket: receiver });
        Ok(RawMonitor { monitored, receiver })
    }

    /// Has libzmq send events from now on, and returns the name to connect to.
    fn start_monitor(&self, events: c_int) -> Result<CString, Failure> {
        let before = self.monitored().clone();
        // Meanwhile the monitor that was there before must not stop libzmq: it would stop the new one.
        let mut before = before.as_ref().map(|before| before.lock());
        loop {
            let name = unique::inproc_name();
            // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; `name` is NUL-terminated and outlives the call.
            let result = self.call_through(|socket| unsafe { sys::zmq_socket_monitor(socket, name.as_ptr(), events) });
            if result != Err(Failure::Reentered) {
                // libzmq ended the one before, even where it could not start the new one.
                before.as_deref_mut().and_then(Option::take);
            }
            match result {
                Ok(_) => return Ok(name),
                // Somebody chose the same name.
                Err(Failure::Errno(Errno::EADDRINUSE)) => {}
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Makes a bind fail for the reason that it has.
    ///
    /// libzmq loses the reason while it tells the monitor, and says EAGAIN, which a bind never means. It keeps it where
    /// it told the monitor something in the last millisecond: so the next attempt has it.
    pub(super) fn bind_with_reason(&self, bind: impl Fn() -> Result<(), Failure>) -> Result<(), Failure> {
        let mut result = bind();
        for _ in 0..MOST_REPEATED {
            if result != Err(Failure::Errno(Errno::EAGAIN)) {
                break;
            }
            let Some(monitored) = self.monitored().clone() else { break };
            monitored.repeated.fetch_add(1, Ordering::AcqRel);
            result = bind();
            if result.is_ok() {
                monitored.take_repeated();
            }
        }
        result
    }

    /// Whether a monitor is there that was neither dropped nor replaced.
    pub(crate) fn is_monitored(&self) -> bool {
        self.life().check().is_ok() && self.monitored().as_ref().is_some_and(|monitored| monitored.lock().is_some())
    }
}

impl Monitored {
    fn new<G: Gate>(socket: &RawSocket<G>) -> Self {
        Self {
            socket: Mutex::new(NonNull::new(socket.as_ptr())),
            life: Arc::clone(socket.life()),
            repeated: AtomicUsize::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<NonNull<c_void>>> {
        self.socket.lock()
    }

    /// Lets the socket go: it closes.
    pub(super) fn leave(&self) {
        *self.lock() = None;
    }

    /// Counts one repeated event off; returns whether there was one.
    fn take_repeated(&self) -> bool {
        self.repeated.fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| count.checked_sub(1)).is_ok()
    }

    /// Has libzmq stop sending; returns whether it did so here and now.
    pub(super) fn stop(&self) -> bool {
        let mut socket = self.lock();
        let Some(handle) = socket.take() else { return false };
        // SAFETY: HANDLE: the socket is open, because it takes the pointer away, under the lock, before it closes. A null
        // pointer as the endpoint stops the monitor. An error is ETERM alone, where libzmq stopped it before.
        let _ = check(unsafe { sys::zmq_socket_monitor(handle.as_ptr(), ptr::null(), 0) });
        true
    }
}

impl RawMonitor {
    /// Receives an event that is there.
    pub(crate) fn try_receive(&self) -> Result<RawEvent, Failure> {
        self.receive(|receiver| receiver.receive(None))
    }

    /// Receives an event, blocking until `deadline`.
    pub(crate) fn receive_until(&self, deadline: Deadline) -> Result<RawEvent, Failure> {
        self.receive(|receiver| receiver.receive(Some(deadline)))
    }

    /// Returns a descriptor for the program: see [`RawSocket::signal_fd`].
    #[cfg(unix)]
    pub(crate) fn signal_fd(&self) -> Result<std::os::fd::BorrowedFd<'_>, Failure> {
        self.receiver.socket.signal_fd()
    }

    /// Returns the socket that receives the events, to be waited for.
    #[cfg(unix)]
    pub(crate) fn socket(&self) -> &RawSocket {
        &self.receiver.socket
    }

    fn receive(&self, receive: impl Fn(&Receiver) -> Result<RawEvent, Failure>) -> Result<RawEvent, Failure> {
        loop {
            let event = receive(&self.receiver)?;
            if c_int::from(event.number) != sys::ZMQ_EVENT_BIND_FAILED || !self.monitored.take_repeated() {
                return Ok(event);
            }
        }
    }
}

impl Receiver {
    /// Receives an event, blocking until the deadline, if there is one.
    fn receive(&self, deadline: Option<Deadline>) -> Result<RawEvent, Failure> {
        if self.socket.has_ended() {
            return Err(Failure::Ended);
        }
        let mut head = RawMessage::new();
        match (self.attempt(&mut head), deadline) {
            (Err(Failure::Errno(Errno::EAGAIN)), Some(deadline)) => self.socket.receive_until(&mut head, deadline)?,
            (result, _) => result?,
        }
        let mut endpoint = RawMessage::new();
        let mut more = head.more();
        while more {
            self.attempt(&mut endpoint)?;
            more = endpoint.more();
        }
        let event = decode(head.as_slice(), endpoint.as_slice()).ok_or(Failure::Errno(Errno::EPROTO))?;
        if c_int::from(event.number) == sys::ZMQ_EVENT_MONITOR_STOPPED {
            self.socket.ended.store(true, Ordering::Relaxed);
        }
        Ok(event)
    }

    fn attempt(&self, message: &mut RawMessage) -> Result<(), Failure> {
        uninterrupted(|| self.socket.receive(message, || sys::ZMQ_DONTWAIT))
    }

    /// Drops events up to the last, for as long as `deadline` allows; returns whether libzmq sends no more.
    fn drain_until(&self, deadline: Deadline) -> bool {
        loop {
            match self.receive(Some(deadline)) {
                Ok(_) | Err(Failure::Errno(Errno::EPROTO)) => {}
                Err(Failure::Errno(Errno::EAGAIN)) => return false,
                // The last was received, or the context was shut down, where no send waits.
                Err(_) => return true,
            }
        }
    }
}

impl Drop for RawMonitor {
    fn drop(&mut self) {
        // SAFETY: this is its end, and nothing uses the field afterwards.
        let receiver = unsafe { ManuallyDrop::take(&mut self.receiver) };
        // In a forked child a lock may be held by a thread that is not there.
        if self.monitored.life.is_forked() || self.monitored.stop() {
            return;
        }
        if !receiver.drain_until(Deadline::after(PATIENCE)) {
            let lingering = Lingering(receiver);
            // Where no thread can be had the closure is dropped, which waits here.
            let _ = thread::Builder::new().name("zmq-monitor".to_owned()).spawn(move || drop(lingering));
        }
    }
}

/// The receiver of a socket that is closed and still sends what it has to. It holds no context, which therefore may end;
/// its end is the receiver's.
struct Lingering(Receiver);

impl Drop for Lingering {
    fn drop(&mut self) {
        self.0.drain_until(Deadline::NEVER);
    }
}

/// Reads a first frame of 16 bits of event and 32 of value, and a second of text.
fn decode(head: &[u8], endpoint: &[u8]) -> Option<RawEvent> {
    let (number, rest) = head.split_first_chunk()?;
    let (value, _) = rest.split_first_chunk()?;
    Some(RawEvent {
        number: u16::from_ne_bytes(*number),
        value: u32::from_ne_bytes(*value),
        endpoint: String::from_utf8_lossy(endpoint).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_from_its_two_frames() {
        let head = [&0x8001_u16.to_ne_bytes()[..], &7_u32.to_ne_bytes()].concat();
        let event = decode(&head, b"tcp://127.0.0.1:5555").map(|event| (event.number, event.value, event.endpoint));
        assert_eq!(event, Some((0x8001, 7, "tcp://127.0.0.1:5555".to_owned())));
    }

    #[test]
    fn a_frame_that_is_too_short_is_no_event() {
        for len in 0..6 {
            assert!(decode(&vec![0; len], b"").is_none(), "{len} bytes");
        }
    }

    #[test]
    fn an_endpoint_that_is_not_text_survives_as_far_as_it_is() {
        let endpoint = decode(&[0; 6], b"ipc:///\xff").map(|event| event.endpoint);
        assert_eq!(endpoint.as_deref(), Some("ipc:///\u{fffd}"));
    }
}
