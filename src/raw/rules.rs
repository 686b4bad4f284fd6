//! Rules for the messages of RADIO and DGRAM sockets, which every send obeys, whichever part of the crate calls it.

use std::ffi::c_int;
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread;
use std::time::Duration;

use super::gate::Call;
use super::message::RawMessage;
use super::socket::{Direction, RawSocket};
use super::value::FromOption;
use super::{check, sys};
use crate::deadline::Deadline;
use crate::error::{Errno, Failure, Refusal};
use crate::socket::kinds::{Ability, SocketType};

/// The maximum length of a datagram. libzmq sends datagrams from a buffer of this size, without checks.
pub(crate) const LONGEST_DATAGRAM: usize = 8192;

/// The maximum length of a group in a datagram. Longer groups abort a DISH of libzmq 4.3.5.
pub(crate) const LONGEST_DATAGRAM_GROUP: usize = 127;

/// `true` if libzmq drops a message that is too long for its buffer.
const DROPS_LONG_DATAGRAMS: bool = super::carries("udp-big-send");

/// `true` if a send without an endpoint leaves the message intact.
const FAILS_UNBOUND: bool = super::carries("dgram-unbound-send");

/// The time between two attempts to send a datagram with a libzmq that must not wait.
const RETRY_INTERVAL: Duration = Duration::from_millis(1);

/// The rules of a socket.
#[derive(Debug)]
pub(crate) enum Rules {
    /// Messages have a group.
    Groups(Size),
    /// Messages are datagrams: an address and a body, for a socket that is bound.
    Datagrams { bound: AtomicBool },
}

/// The limit of the size of messages: that of datagrams, or none.
#[derive(Debug)]
pub(crate) struct Size(AtomicU8);

impl Size {
    const UNUSED: u8 = 0;
    const UNLIMITED: u8 = 1;
    const LIMITED: u8 = 2;

    /// Limits the size of later messages. Returns `false` if other threads may be sending longer ones, which this
    /// libzmq cannot drop.
    fn limit(&self) -> bool {
        if DROPS_LONG_DATAGRAMS {
            self.0.store(Self::LIMITED, Ordering::Relaxed);
            return true;
        }
        let limited = self.0.compare_exchange(Self::UNUSED, Self::LIMITED, Ordering::Relaxed, Ordering::Relaxed);
        matches!(limited, Ok(_) | Err(Self::LIMITED))
    }

    /// Removes the limit, unless this libzmq cannot drop long messages.
    fn lift(&self) {
        if DROPS_LONG_DATAGRAMS {
            self.0.store(Self::UNLIMITED, Ordering::Relaxed);
        }
    }

    /// Returns `true` if the message that is about to be sent has the size of a datagram at most.
    fn is_limited(&self) -> bool {
        if self.0.load(Ordering::Relaxed) == Self::UNUSED && !DROPS_LONG_DATAGRAMS {
            // From here on, the size stays unlimited.
            let _ = self.0.compare_exchange(Self::UNUSED, Self::UNLIMITED, Ordering::Relaxed, Ordering::Relaxed);
        }
        self.0.load(Ordering::Relaxed) == Self::LIMITED
    }
}

impl Rules {
    /// Returns the rules of a socket type, or `None` if there are none.
    pub(crate) fn of(socket_type: SocketType) -> Option<Self> {
        if socket_type.can(Ability::SendsToGroups) {
            Some(Self::Groups(Size(AtomicU8::new(Size::UNUSED))))
        } else if socket_type.can(Ability::SendsDatagrams) {
            Some(Self::Datagrams { bound: AtomicBool::new(false) })
        } else {
            None
        }
    }

    /// Checks a frame.
    fn check(&self, message: &RawMessage, flags: c_int) -> Result<(), Refusal> {
        match self {
            Self::Groups(size) => {
                let group = message.group().count_bytes();
                if group == 0 {
                    return Err(Refusal::NoGroup);
                }
                if size.is_limited() { check_size(group, message.len()) } else { Ok(()) }
            }
            Self::Datagrams { bound } if !bound.load(Ordering::Relaxed) => Err(Refusal::Unbound),
            Self::Datagrams { .. } if flags & sys::ZMQ_SNDMORE == 0 && message.len() > LONGEST_DATAGRAM => {
                Err(Refusal::LongBody)
            }
            Self::Datagrams { .. } => Ok(()),
        }
    }
}

fn check_size(group: usize, body: usize) -> Result<(), Refusal> {
    if group > LONGEST_DATAGRAM_GROUP {
        return Err(Refusal::LongGroup);
    }
    if 1 + group + body > LONGEST_DATAGRAM { Err(Refusal::LongMessage) } else { Ok(()) }
}

impl RawSocket {
    /// Notes that the socket is about to be connected or bound to a UDP endpoint.
    ///
    /// # Errors
    /// The socket has sent messages without a limit, and this libzmq does not check their size.
    pub(crate) fn begin_datagrams(&self) -> Result<(), Failure> {
        match &self.rules {
            Some(Rules::Groups(size)) if !size.limit() => Err(Failure::Refused(Refusal::LateUdp)),
            Some(Rules::Datagrams { bound }) => {
                bound.store(true, Ordering::Relaxed);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Notes that C code may have bound or connected the socket to UDP endpoints.
    pub(crate) fn assume_datagrams(&self) {
        match &self.rules {
            Some(Rules::Groups(size)) if !DROPS_LONG_DATAGRAMS => drop(size.limit()),
            Some(Rules::Datagrams { bound }) => bound.store(true, Ordering::Relaxed),
            _ => {}
        }
    }

    /// Notes that the socket has no UDP endpoint anymore.
    pub(crate) fn end_datagrams(&self) {
        match &self.rules {
            Some(Rules::Groups(size)) => size.lift(),
            Some(Rules::Datagrams { bound }) => bound.store(false, Ordering::Relaxed),
            None => {}
        }
    }

    /// Sends a message that the gate has not let pass, if it obeys the rules.
    #[inline(never)]
    pub(super) fn send_by_rules(&self, message: &mut RawMessage, flags: c_int) -> Result<(), Failure> {
        let Some(rules) = &self.rules else { return self.send_checked(message, flags) };
        rules.check(message, flags).map_err(Failure::Refused)?;
        let sent = match rules {
            Rules::Datagrams { .. } if !FAILS_UNBOUND => self.send_copy_of_datagram(message, flags),
            _ => self.send_checked(message, flags),
        };
        sent.map_err(|failure| match failure {
            Failure::Errno(Errno::ENOTCONN) => Failure::Refused(Refusal::LostEndpoint),
            failure => failure,
        })
    }

    fn send_checked(&self, message: &mut RawMessage, flags: c_int) -> Result<(), Failure> {
        // SAFETY: HANDLE, ONE THREAD, NOT REENTERED, INIT.
        let sent =
            self.call(Call::CheckedSend, |socket| unsafe { sys::zmq_msg_send(message.as_mut_ptr(), socket, flags) });
        check(sent?)?;
        message.emptied();
        Ok(())
    }

    /// Sends a frame of a datagram with a libzmq that closes the message if the endpoint is lost, and aborts if it
    /// waits afterwards.
    fn send_copy_of_datagram(&self, message: &mut RawMessage, flags: c_int) -> Result<(), Failure> {
        let mut deadline = None;
        loop {
            let mut copy = RawMessage::copied(message.as_slice())?;
            let sent = self.send_checked(&mut copy, flags | sys::ZMQ_DONTWAIT);
            let is_intact = copy.close();
            match sent {
                Ok(()) => {
                    *message = RawMessage::new();
                    return Ok(());
                }
                Err(Failure::Errno(_)) if !is_intact => return Err(Errno::ENOTCONN.into()),
                Err(failure) if flags & sys::ZMQ_DONTWAIT != 0 || !failure.is(Errno::EAGAIN) => return Err(failure),
                Err(failure) => {
                    let deadline = match deadline {
                        Some(deadline) => deadline,
                        None => {
                            let timeout = Option::<Duration>::read(self, Direction::Send.timeout())?;
                            *deadline.insert(Deadline::after(timeout))
                        }
                    };
                    if deadline.has_passed() {
                        return Err(failure);
                    }
                    thread::sleep(RETRY_INTERVAL);
                }
            }
        }
    }
}

impl RawMessage {
    /// Closes the message. Returns `false` if libzmq had closed it.
    fn close(mut self) -> bool {
        // SAFETY: INIT, or libzmq has marked the message as closed and refuses to close it again. Nothing uses the message
        // afterwards.
        let code = unsafe { sys::zmq_msg_close(self.as_mut_ptr()) };
        mem::forget(self);
        code == 0
    }
}
