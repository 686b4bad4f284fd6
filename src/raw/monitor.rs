//! Monitors: receivers of the events of a socket.
//!
//! libzmq sends an event with a blocking call on the thread on which the event occurs, which may be an I/O thread or
//! the reaper. Therefore the receiver has no high-water mark, and lives for as long as libzmq may send: until the
//! monitor is stopped or the last event was received. The last event is `ZMQ_EVENT_MONITOR_STOPPED`, so this event is
//! always enabled.

#[cfg(feature = "draft")]
pub(crate) mod versioned;

use std::ffi::{CStr, CString, c_int, c_void};
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, MutexGuard};
use std::thread;
use std::time::Duration;

use super::life::Life;
use super::message::RawMessage;
use super::socket::RawSocket;
use super::{check, sys, uninterrupted};
use crate::deadline::Deadline;
use crate::error::{Errno, Failure};
use crate::lock::Mutex;
use crate::unique;

/// The maximum number of retries of a bind for which libzmq lost the errno.
const MOST_REPEATED: usize = 16;

/// The time for which a drop waits for the last event of a socket that was just closed. After that a thread waits.
const PATIENCE: Duration = Duration::from_millis(5);

/// The receiving end of a monitor.
pub(crate) struct RawMonitor {
    monitored: Arc<Monitored>,
    /// Dropped manually, possibly on another thread.
    receiver: ManuallyDrop<Receiver>,
}

/// An event as libzmq encodes it.
#[derive(Debug)]
pub(crate) struct RawEvent {
    pub(crate) number: u32,
    pub(crate) value: u32,
    pub(crate) endpoint: String,
    /// The data that only the second version of events has.
    #[cfg(feature = "draft")]
    pub(crate) versioned: Option<versioned::Versioned>,
}

/// The monitored socket, as long as the socket is open and this is its latest monitor.
pub(super) struct Monitored {
    socket: Mutex<Option<NonNull<c_void>>>,
    life: Arc<Life>,
    /// The number of failed binds that libzmq reports again because of retries.
    repeated: AtomicUsize,
}

// SAFETY: the pointer is only used under the lock, which a socket takes before it closes, and only for
// zmq_socket_monitor. libzmq guards that function by its own lock, and it uses no state of the socket that another
// thread could change.
unsafe impl Send for Monitored {}
// SAFETY: as for `Send`.
unsafe impl Sync for Monitored {}

/// The socket to which libzmq sends.
struct Receiver {
    socket: RawSocket,
    /// `Some` if the events are of the second version.
    #[cfg(feature = "draft")]
    accepted: Option<versioned::Accepted>,
}

impl RawSocket {
    /// Starts a monitor for the events in the mask. An earlier monitor of the socket ends.
    pub(crate) fn monitor(&self, receiver: RawSocket, events: u32) -> Result<RawMonitor, Failure> {
        let events = events as c_int | sys::ZMQ_EVENT_MONITOR_STOPPED;
        let receiver = Receiver {
            socket: receiver,
            #[cfg(feature = "draft")]
            accepted: None,
        };
        // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; `name` is NUL-terminated and outlives the call.
        self.monitor_by(receiver, |socket, name| unsafe { sys::zmq_socket_monitor(socket, name.as_ptr(), events) })
    }

    /// Starts a monitor with the function `start`, which takes the name to send to.
    fn monitor_by(
        &self,
        receiver: Receiver,
        start: impl Fn(*mut c_void, &CStr) -> c_int,
    ) -> Result<RawMonitor, Failure> {
        // Check before taking a lock: in a forked child, a thread that does not exist there may hold the lock.
        self.life().check()?;
        receiver.socket.set_int(sys::ZMQ_RCVHWM, 0)?;
        let _starting = self.starting_monitor()?;
        let before = self.monitored().clone();
        let name = self.start_monitor(before.as_deref(), start)?;
        let monitored = Arc::new(Monitored::new(self));
        *self.monitored() = Some(Arc::clone(&monitored));
        // Connect immediately, because an event blocks libzmq until then. The connect fails only if the context ends,
        // which also ends the blocked call.
        receiver.socket.connect(&name)?;
        Ok(RawMonitor { monitored, receiver: ManuallyDrop::new(receiver) })
    }

    /// Keeps other threads from starting a monitor of a shared socket. Otherwise libzmq would notify a monitor that ends
    /// before its receiver has connected, and block forever.
    fn starting_monitor(&self) -> Result<Option<MutexGuard<'_, ()>>, Failure> {
        if !self.is_shared() {
            return Ok(None);
        }
        // A call that must not start does not wait for the lock, because this thread may hold it.
        self.get_int(sys::ZMQ_TYPE)?;
        Ok(Some(self.monitor_starts()))
    }

    /// Starts the sending end in libzmq, in place of that of `before`, and returns the name to connect to.
    fn start_monitor(
        &self,
        before: Option<&Monitored>,
        start: impl Fn(*mut c_void, &CStr) -> c_int,
    ) -> Result<CString, Failure> {
        // The earlier monitor must not stop libzmq in the meantime, because that would stop the new monitor.
        let mut before = before.map(Monitored::lock);
        loop {
            let name = unique::inproc_name();
            let result = self.call_through(|socket| start(socket, &name));
            if result != Err(Failure::Reentered) {
                // libzmq has ended the earlier monitor, even if it could not start the new one.
                before.as_deref_mut().and_then(Option::take);
            }
            match result {
                Ok(_) => return Ok(name),
                // The program has bound the same name.
                Err(Failure::Errno(Errno::EADDRINUSE)) => {}
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Repeats a bind until its errno is the real one.
    ///
    /// libzmq overwrites the errno of a failed bind with EAGAIN while it notifies the monitor. A bind itself never
    /// fails with EAGAIN. If the monitor was notified within the last millisecond, libzmq keeps the errno, so a retry
    /// has it.
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

    /// Returns `true` if the socket has a monitor that was neither dropped nor replaced.
    pub(crate) fn is_monitored(&self) -> bool {
        self.life().check().is_ok() && self.monitored().as_ref().is_some_and(|monitored| monitored.lock().is_some())
    }
}

impl Monitored {
    fn new(socket: &RawSocket) -> Self {
        Self {
            socket: Mutex::new(NonNull::new(socket.as_ptr())),
            life: Arc::clone(socket.life()),
            repeated: AtomicUsize::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<NonNull<c_void>>> {
        self.socket.lock()
    }

    /// Forgets the socket, because it closes.
    pub(super) fn leave(&self) {
        *self.lock() = None;
    }

    /// Decrements the number of repeated events. Returns `false` if it was 0.
    fn take_repeated(&self) -> bool {
        self.repeated.fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| count.checked_sub(1)).is_ok()
    }

    /// Stops the monitor. Returns `true` if the socket was still open.
    pub(super) fn stop(&self) -> bool {
        let mut socket = self.lock();
        let Some(handle) = socket.take() else { return false };
        // SAFETY: HANDLE: the socket is open, because it removes the pointer under the lock before it closes. A null
        // pointer as the endpoint stops the monitor. The only error is ETERM, after libzmq itself has stopped the
        // monitor.
        let _ = check(unsafe { sys::zmq_socket_monitor(handle.as_ptr(), ptr::null(), 0) });
        true
    }
}

impl RawMonitor {
    /// Attempts to receive an event without blocking.
    pub(crate) fn try_receive(&self) -> Result<RawEvent, Failure> {
        self.receive(|receiver| receiver.receive(None))
    }

    /// Receives an event, blocking until `deadline`.
    pub(crate) fn receive_until(&self, deadline: Deadline) -> Result<RawEvent, Failure> {
        self.receive(|receiver| receiver.receive(Some(deadline)))
    }

    /// Returns a descriptor for the program. See [`RawSocket::signal_fd`].
    #[cfg(unix)]
    pub(crate) fn signal_fd(&self) -> Result<std::os::fd::BorrowedFd<'_>, Failure> {
        self.receiver.socket.signal_fd()
    }

    /// Returns the socket that receives the events, for pollers.
    #[cfg(unix)]
    pub(crate) fn socket(&self) -> &RawSocket {
        &self.receiver.socket
    }

    fn receive(&self, receive: impl Fn(&Receiver) -> Result<RawEvent, Failure>) -> Result<RawEvent, Failure> {
        loop {
            let event = receive(&self.receiver)?;
            if event.number != sys::ZMQ_EVENT_BIND_FAILED as u32 || !self.monitored.take_repeated() {
                return Ok(event);
            }
        }
    }
}

impl Receiver {
    /// Receives an event, blocking until the deadline. Does not block if `deadline` is `None`.
    fn receive(&self, deadline: Option<Deadline>) -> Result<RawEvent, Failure> {
        if self.socket.has_ended() {
            return Err(Failure::Ended);
        }
        let mut head = RawMessage::new();
        match (self.attempt(&mut head), deadline) {
            (Err(Failure::Errno(Errno::EAGAIN)), Some(deadline)) => self.socket.receive_until(&mut head, deadline)?,
            (result, _) => result?,
        }
        let mut frames = vec![head];
        while frames.last().is_some_and(RawMessage::more) {
            let mut frame = RawMessage::new();
            self.attempt(&mut frame)?;
            frames.push(frame);
        }
        let frames: Vec<&[u8]> = frames.iter().map(RawMessage::as_slice).collect();
        let event = self.decode(&frames).ok_or(Failure::Errno(Errno::EPROTO))?;
        if event.number == sys::ZMQ_EVENT_MONITOR_STOPPED as u32 {
            self.socket.ended.store(true, Ordering::Relaxed);
        }
        Ok(event)
    }

    fn decode(&self, frames: &[&[u8]]) -> Option<RawEvent> {
        #[cfg(feature = "draft")]
        if let Some(accepted) = &self.accepted {
            return accepted.decode(frames);
        }
        decode(frames)
    }

    fn attempt(&self, message: &mut RawMessage) -> Result<(), Failure> {
        uninterrupted(|| self.socket.receive(message, || sys::ZMQ_DONTWAIT))
    }

    /// Receives and drops events until the last event or `deadline`. Returns `true` if libzmq sends no more events.
    fn drain_until(&self, deadline: Deadline) -> bool {
        loop {
            match self.receive(Some(deadline)) {
                Ok(_) | Err(Failure::Errno(Errno::EPROTO)) => {}
                Err(Failure::Errno(Errno::EAGAIN)) => return false,
                // The last event was received, or the context was shut down, in which no send blocks.
                Err(_) => return true,
            }
        }
    }
}

impl Drop for RawMonitor {
    fn drop(&mut self) {
        // SAFETY: this is the drop of the monitor, and nothing uses the field afterwards.
        let receiver = unsafe { ManuallyDrop::take(&mut self.receiver) };
        // In a forked child, a thread that does not exist there may hold the lock.
        if self.monitored.life.is_forked() || self.monitored.stop() {
            return;
        }
        if !receiver.drain_until(Deadline::after(PATIENCE)) {
            let lingering = Lingering(receiver);
            // If no thread can be started, the closure is dropped, and the wait happens here.
            let _ = thread::Builder::new().name("zmq-monitor".to_owned()).spawn(move || drop(lingering));
        }
    }
}

/// The receiver of a closed socket that still has events to send. It holds no handle of the context, so the context may
/// end, which also ends the receiver.
struct Lingering(Receiver);

impl Drop for Lingering {
    fn drop(&mut self) {
        self.0.drain_until(Deadline::NEVER);
    }
}

/// Decodes an event. The first frame has 16 bits of event and 32 bits of value, the second frame is the endpoint.
fn decode(frames: &[&[u8]]) -> Option<RawEvent> {
    let [head, endpoint] = frames else { return None };
    let (number, rest) = head.split_first_chunk()?;
    let (value, _) = rest.split_first_chunk()?;
    Some(RawEvent {
        number: u16::from_ne_bytes(*number).into(),
        value: u32::from_ne_bytes(*value),
        endpoint: String::from_utf8_lossy(endpoint).into_owned(),
        #[cfg(feature = "draft")]
        versioned: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_from_its_two_frames() {
        let head = [&0x8001_u16.to_ne_bytes()[..], &7_u32.to_ne_bytes()].concat();
        let event = decode(&[&head, b"tcp://127.0.0.1:5555"]).map(|event| (event.number, event.value, event.endpoint));
        assert_eq!(event, Some((0x8001, 7, "tcp://127.0.0.1:5555".to_owned())));
    }

    #[test]
    fn a_frame_that_is_too_short_is_no_event() {
        for len in 0..6 {
            assert!(decode(&[&vec![0; len], b""]).is_none(), "{len} bytes");
        }
    }

    #[test]
    fn another_number_of_frames_is_no_event() {
        assert!(decode(&[]).is_none() && decode(&[&[0; 6]]).is_none() && decode(&[&[0; 6], b"", b""]).is_none());
    }

    #[test]
    fn an_endpoint_that_is_not_text_survives_as_far_as_it_is() {
        let endpoint = decode(&[&[0; 6], b"ipc:///\xff"]).map(|event| event.endpoint);
        assert_eq!(endpoint.as_deref(), Some("ipc:///\u{fffd}"));
    }
}
