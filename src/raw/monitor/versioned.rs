//! The second version of events, with several values and the addresses of both ends.
//!
//! An event is a message of these frames, whose numbers have 64 bits: the kind, the number of values, each value, the
//! local address and the remote address.

use std::collections::HashSet;
use std::ffi::c_int;

use super::{RawEvent, RawMonitor, Receiver};
use crate::error::Failure;
use crate::lock::Mutex;
use crate::raw::socket::RawSocket;
use crate::raw::{carries, sys};

/// The events that a monitor of the second version always receives.
const ALWAYS: c_int =
    sys::ZMQ_EVENT_MONITOR_STOPPED | sys::ZMQ_EVENT_ACCEPTED | sys::ZMQ_EVENT_CONNECTED | sys::ZMQ_EVENT_PIPES_STATS;

/// The version of events with addresses.
const VERSION: c_int = 2;

/// The data of an event that the first version does not have.
#[derive(Debug)]
pub(crate) struct Versioned {
    /// The values, if there are two.
    pub(crate) second: Option<(u64, u64)>,
    /// The address of the socket's end, or empty.
    pub(crate) local: String,
    /// The address of the peer's end, or empty.
    pub(crate) remote: String,
}

/// The local addresses of accepted connections: one for each listener and interface.
///
/// The first version of events has the endpoint of the socket, which is the local address of an accepted connection and
/// the remote address of a requested one. The second version has both addresses, and does not say which of them is the
/// endpoint.
#[derive(Default)]
pub(super) struct Accepted(Mutex<HashSet<String>>);

impl RawSocket {
    /// Starts a monitor whose events have addresses. See [`monitor`](Self::monitor).
    pub(crate) fn monitor_with_addresses(&self, receiver: RawSocket, events: u32) -> Result<RawMonitor, Failure> {
        let events = u64::from(events | ALWAYS as u32);
        let receiver = Receiver { socket: receiver, accepted: Some(Accepted::default()) };
        self.monitor_by(receiver, |socket, name| {
            let name = name.as_ptr();
            // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; `name` is NUL-terminated and outlives the call.
            unsafe { sys::zmq_socket_monitor_versioned(socket, name, events, VERSION, sys::ZMQ_PAIR) }
        })
    }

    /// Requests one event for each connection, with the lengths of its queues. Returns `None` if this libzmq lacks the
    /// fixes that the request needs: it would send commands to pipes that are freed, and read the list of connections
    /// without the lock of a socket that threads share.
    pub(crate) fn request_queue_lengths(&self) -> Option<Result<(), Failure>> {
        if !(carries("hwm-change-inactive-pipe") && carries("pipes-stats-lock")) {
            return None;
        }
        // SAFETY: HANDLE, ONE THREAD, NOT REENTERED.
        Some(self.call_through(|socket| unsafe { sys::zmq_socket_monitor_pipes_stats(socket) }).map(drop))
    }
}

impl Accepted {
    /// Decodes an event.
    pub(super) fn decode(&self, frames: &[&[u8]]) -> Option<RawEvent> {
        let [number, count, rest @ ..] = frames else { return None };
        let [values @ .., local, remote] = rest else { return None };
        let number = u32::try_from(number_in(number)?).ok()?;
        let values: Vec<u64> = values.iter().map(|value| number_in(value)).collect::<Option<_>>()?;
        if number_in(count) != u64::try_from(values.len()).ok() {
            return None;
        }
        let first = *values.first()?;
        let second = values.get(1).map(|second| (first, *second));
        if number == sys::ZMQ_EVENT_PIPES_STATS as u32 && second.is_none() {
            return None;
        }
        let [local, remote] = [local, remote].map(|address| String::from_utf8_lossy(address).into_owned());
        let endpoint = self.endpoint(number, &local, &remote).to_owned();
        // The value was an integer of 32 bits before libzmq widened it.
        Some(RawEvent { number, value: first as u32, endpoint, versioned: Some(Versioned { second, local, remote }) })
    }

    /// Returns the address that is the endpoint of the socket, and learns from the event.
    fn endpoint<'a>(&self, number: u32, local: &'a str, remote: &'a str) -> &'a str {
        let mut accepted = self.0.lock();
        if number == sys::ZMQ_EVENT_ACCEPTED as u32 {
            accepted.insert(local.to_owned());
        } else if number == sys::ZMQ_EVENT_CONNECTED as u32 {
            // The port of a closed listener may be used again.
            accepted.remove(local);
        }
        if remote.is_empty() || accepted.contains(local) { local } else { remote }
    }
}

/// Reads a frame of 64 bits.
fn number_in(frame: &[u8]) -> Option<u64> {
    frame.try_into().ok().map(u64::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTENER: &str = "tcp://127.0.0.1:5555";
    const PEER: &str = "tcp://127.0.0.1:40000";

    /// Returns the frames of an event.
    fn frames(number: c_int, values: &[u64], local: &str, remote: &str) -> Vec<Vec<u8>> {
        let numbers = [number as u64, values.len() as u64].into_iter().chain(values.iter().copied());
        let addresses = [local, remote].map(|address| address.as_bytes().to_vec());
        numbers.map(|number| number.to_ne_bytes().to_vec()).chain(addresses).collect()
    }

    fn decode(accepted: &Accepted, frames: &[Vec<u8>]) -> Option<RawEvent> {
        accepted.decode(&frames.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    #[test]
    fn an_event_is_read_from_its_frames() {
        let found = decode(&Accepted::default(), &frames(sys::ZMQ_EVENT_ACCEPTED, &[9], LISTENER, PEER));
        let Some(RawEvent { number, value, endpoint, versioned: Some(versioned) }) = found else { panic!("an event") };
        assert_eq!((number, value, endpoint.as_str()), (sys::ZMQ_EVENT_ACCEPTED as u32, 9, LISTENER));
        assert_eq!((versioned.local.as_str(), versioned.remote.as_str(), versioned.second), (LISTENER, PEER, None));
    }

    #[test]
    fn queue_lengths_are_two_values_of_64_bits() {
        let found = decode(&Accepted::default(), &frames(sys::ZMQ_EVENT_PIPES_STATS, &[1 << 40, 3], LISTENER, PEER));
        assert_eq!(found.and_then(|event| event.versioned?.second), Some((1 << 40, 3)));
        assert!(decode(&Accepted::default(), &frames(sys::ZMQ_EVENT_PIPES_STATS, &[1], LISTENER, PEER)).is_none());
    }

    #[test]
    fn the_endpoint_is_the_local_address_of_accepted_connections_only() {
        let accepted = Accepted::default();
        let endpoint =
            |number, local, remote| decode(&accepted, &frames(number, &[0], local, remote)).map(|event| event.endpoint);
        assert_eq!(endpoint(sys::ZMQ_EVENT_LISTENING, LISTENER, "").as_deref(), Some(LISTENER));
        assert_eq!(endpoint(sys::ZMQ_EVENT_CONNECT_RETRIED, "", PEER).as_deref(), Some(PEER));
        assert_eq!(endpoint(sys::ZMQ_EVENT_ACCEPTED, LISTENER, PEER).as_deref(), Some(LISTENER));
        assert_eq!(endpoint(sys::ZMQ_EVENT_DISCONNECTED, LISTENER, PEER).as_deref(), Some(LISTENER));
        assert_eq!(endpoint(sys::ZMQ_EVENT_CONNECTED, "tcp://127.0.0.1:40001", PEER).as_deref(), Some(PEER));
        assert_eq!(endpoint(sys::ZMQ_EVENT_DISCONNECTED, "tcp://127.0.0.1:40001", PEER).as_deref(), Some(PEER));
        // A connection to a peer from the port of the closed listener.
        assert_eq!(endpoint(sys::ZMQ_EVENT_CONNECTED, LISTENER, PEER).as_deref(), Some(PEER));
        assert_eq!(endpoint(sys::ZMQ_EVENT_HANDSHAKE_SUCCEEDED, LISTENER, PEER).as_deref(), Some(PEER));
    }

    #[test]
    fn torn_frames_are_no_event() {
        let whole = frames(sys::ZMQ_EVENT_ACCEPTED, &[9], LISTENER, PEER);
        for len in 0..whole.len() {
            assert!(decode(&Accepted::default(), &whole[..len]).is_none(), "{len} frames");
        }
        for (frame, bytes) in [(0, 4), (0, 9), (1, 0), (2, 7)] {
            let mut torn = whole.clone();
            torn[frame].resize(bytes, 0);
            assert!(decode(&Accepted::default(), &torn).is_none(), "{bytes} bytes in frame {frame}");
        }
        let mut lying = whole.clone();
        lying[1] = u64::MAX.to_ne_bytes().to_vec();
        assert!(decode(&Accepted::default(), &lying).is_none());
        assert!(decode(&Accepted::default(), &frames(sys::ZMQ_EVENT_ACCEPTED, &[], LISTENER, PEER)).is_none());
        let mut beyond = whole;
        beyond[0] = (1_u64 << 32).to_ne_bytes().to_vec();
        assert!(decode(&Accepted::default(), &beyond).is_none());
    }
}
