//! Readiness as bits: of libzmq's options, of `poll(2)`, and of [`Events`].

use std::ffi::c_int;

use crate::events::Events;
use crate::raw::RawSocket;

/// Returns the readiness for a value of `ZMQ_EVENTS`. A monitor that has ended is readable, because its receives do not
/// block.
pub(super) fn ready_events(socket: &RawSocket, events: c_int) -> Events {
    let mut events = Events::from_bits_retain(events as i16);
    events.set(Events::READABLE, events.is_readable() || socket.has_ended());
    events
}

/// Returns the readiness for bits of `poll(2)`. Any bit that means neither readable nor writable is an error.
pub(super) fn ready_bits(bits: i16) -> Events {
    let known =
        [(libc::POLLIN, Events::READABLE), (libc::POLLOUT, Events::WRITABLE), (libc::POLLPRI, Events::PRIORITY)];
    let mut events = Events::empty();
    let mut rest = bits;
    for (bit, event) in known {
        events.set(event, bits & bit != 0);
        rest &= !bit;
    }
    events.set(Events::ERROR, rest != 0);
    events
}

/// Returns the bits of `poll(2)` for the events to wait for. Errors are always reported.
pub(super) fn system_bits(interest: Events) -> i16 {
    [(Events::READABLE, libc::POLLIN), (Events::WRITABLE, libc::POLLOUT), (Events::PRIORITY, libc::POLLPRI)]
        .into_iter()
        .filter(|(event, _)| interest.contains(*event))
        .fold(0, |bits, (_, bit)| bits | bit)
}
