//! The only module with `unsafe` code: handles of libzmq objects, each with the few calls that it needs.
//!
//! # Invariants
//! The SAFETY comments of this folder cite these by name.
//!
//! - **HANDLE**: a `RawContext` or `RawSocket` owns a live libzmq object from its constructor until `drop`, and nothing
//!   else closes or terminates the object.
//! - **ONE THREAD**: a `RawSocket` is used by one thread at a time, because it is `!Sync` and moving it is a full
//!   fence. The exception are shared sockets, which libzmq locks: several threads use one at the same time.
//! - **NOT REENTERED**: no call on a `RawSocket` starts while another call on it runs on the same thread, because the
//!   gate refuses such a call.
//! - **INIT**: a `RawMessage` always holds an initialised `zmq_msg_t`.
//! - **LENGTH**: a `RawMessage` knows the number of bytes of its content.
//! - **UNSHARED**: bytes are lent mutably only while `ZMQ_SHARED` is 0 and the content was allocated for this message,
//!   or its ownership was passed to the message.
#![allow(unsafe_code)]

mod alone;
mod attach;
mod bell;
mod confined;
mod context;
mod curve;
#[cfg(unix)]
mod descriptor;
#[cfg(all(unix, any(feature = "tokio", feature = "async-io")))]
mod event_fd;
// Only the engine of Linux watches sockets.
#[cfg_attr(any(not(target_os = "linux"), zmq_portable_engine), allow(dead_code))]
mod gate;
#[cfg(feature = "draft")]
mod group;
mod kept;
mod life;
#[cfg(unix)]
mod local;
mod message;
mod monitor;
mod option;
mod owner;
#[cfg(feature = "draft")]
mod peers;
mod plain;
#[cfg(unix)]
mod poll;
mod proxy;
#[cfg(feature = "draft")]
mod rules;
#[cfg(feature = "draft")]
mod shared;
#[cfg(not(feature = "draft"))]
#[path = "shared_absent.rs"]
mod shared;
#[cfg(all(feature = "draft", target_os = "linux"))]
mod signals;
// Only the engine of Linux watches sockets.
#[cfg_attr(any(not(target_os = "linux"), zmq_portable_engine), allow(dead_code))]
mod socket;
mod value;
#[cfg_attr(any(not(target_os = "linux"), zmq_portable_engine), allow(dead_code))]
mod watch;

use std::ffi::c_int;
use std::time::Duration;

use crate::error::{Errno, Failure};
use crate::sys;

pub(crate) use bell::Bell;
pub(crate) use confined::{Confined, confined};
#[cfg(unix)]
pub(crate) use context::descriptor_limit;
pub(crate) use context::{RawContext, expect_descriptors, has, version};
#[cfg(target_os = "linux")]
pub(crate) use context::{check_affinity, check_scheduling};
pub(crate) use curve::{KeyText, key_pair, public_key};
#[cfg(unix)]
pub(crate) use descriptor::{Owner, Signalled};
#[cfg(all(unix, any(feature = "tokio", feature = "async-io")))]
pub(crate) use event_fd::EventFd;
#[cfg(all(unix, any(feature = "tokio", feature = "async-io")))]
pub(crate) use event_fd::Registered;
#[cfg(all(unix, feature = "tokio"))]
pub(crate) use event_fd::register_with_tokio;
#[cfg(feature = "draft")]
pub(crate) use group::{GroupText, LONGEST_GROUP, LONGEST_SOUND_GROUP};
pub(crate) use life::Life;
#[cfg(unix)]
pub(crate) use local::{Listener, is_interface, listener_at};
pub(crate) use message::RawMessage;
#[cfg(feature = "draft")]
pub(crate) use monitor::versioned::Versioned;
pub(crate) use monitor::{RawEvent, RawMonitor};
pub(crate) use option::LONGEST_VALUE;
pub(crate) use owner::is_dropping as is_in_owners_drop;
pub(crate) use plain::bytes_to_copy;
#[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
pub(crate) use poll::Epoll;
#[cfg(unix)]
pub(crate) use poll::{Waited, is_listening, wait_for};
pub(crate) use proxy::{Asked, wait_for_any};
#[cfg(feature = "draft")]
pub(crate) use rules::LONGEST_DATAGRAM;
pub(crate) use shared::SharedSignal;
#[cfg(all(feature = "draft", target_os = "linux"))]
pub(crate) use signals::{SignalSet, wait_for_masked};
pub(crate) use socket::{Direction, RawSocket};
#[cfg(any(feature = "draft", feature = "serde"))]
pub(crate) use value::Within;
pub(crate) use value::{FromOption, IntoOption, Secret, Value};
#[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
pub(crate) use watch::Touched;

/// Turns a return code of libzmq into a `Result`.
#[inline]
fn check(code: c_int) -> Result<c_int, Errno> {
    if code >= 0 { Ok(code) } else { Err(last_errno()) }
}

/// Returns a timeout in milliseconds for libzmq and the system: rounded up and capped, and -1 for no timeout.
fn milliseconds(timeout: Option<Duration>) -> c_int {
    match timeout {
        None => -1,
        Some(timeout) => timeout.as_nanos().div_ceil(1_000_000).try_into().unwrap_or(c_int::MAX),
    }
}

/// Repeats a call for as long as signals interrupt it.
#[inline]
pub(crate) fn uninterrupted<T, E: Copy + Into<Failure>>(mut call: impl FnMut() -> Result<T, E>) -> Result<T, E> {
    loop {
        match call() {
            Err(failure) if failure.into().is(Errno::EINTR) => {}
            result => return result,
        }
    }
}

/// Returns `true` if the linked libzmq was built with the fix of this fault. This searches a list, so use it in cold
/// code and constants.
pub(crate) const fn carries(fault: &str) -> bool {
    let mut index = 0;
    while index < sys::build::PATCHES.len() {
        if is_same(sys::build::PATCHES[index].id.as_bytes(), fault.as_bytes()) {
            return true;
        }
        index += 1;
    }
    false
}

/// Compares two slices in a constant, in which `==` is not available.
const fn is_same(mut one: &[u8], mut other: &[u8]) -> bool {
    while let ([first, one_rest @ ..], [second, other_rest @ ..]) = (one, other) {
        if *first != *second {
            return false;
        }
        (one, other) = (one_rest, other_rest);
    }
    one.is_empty() && other.is_empty()
}

/// Returns `true`, because this system has no check for the names of network interfaces. libzmq checks the name later.
#[cfg(not(unix))]
pub(crate) fn is_interface(_name: &str) -> bool {
    true
}

/// Returns the errno of the call that failed last on this thread.
#[cold]
fn last_errno() -> Errno {
    // SAFETY: it takes nothing and reads a thread-local variable.
    Errno::from_raw(unsafe { sys::zmq_errno() })
}
