//! Raw declarations of libzmq, the ZeroMQ messaging library.
//!
//! Every function, type and constant of `zmq.h` 4.3.5 under its C name, and the [`errno`] numbers. What each does stands
//! in libzmq's manual, under the same name (`zmq_send(3)`). The safe API is the crate `zmq`.
//!
//! libzmq comes from, in this order: the directory in `ZMQ_LIB_DIR`; the source, with the feature `vendored`, unless
//! `ZMQ_NO_VENDOR` is `1`; pkg-config; vcpkg, on Windows. It has to be 4.3.4 or newer.
//!
//! | feature | what it does |
//! |---|---|
//! | `vendored` | builds libzmq 4.3.5 from source and links it statically |
//! | `curve` | builds CURVE, with libsodium, into the vendored libzmq |
//! | `draft` | declares the draft functions, which the libzmq that is linked must have |
//! | `bindgen` | generates the declarations from the `zmq.h` that was found |
//!
//! # Safety
//! The functions are C: what a pointer has to be, and which thread may call, is for the caller to keep, as the manual
//! says. libzmq aborts the process on some misuse.

#[expect(non_camel_case_types, reason = "the C names")]
mod types;

// libsodium is linked through its crate, and a crate is linked only where it is named.
#[cfg(zmq_vendored_curve)]
extern crate libsodium_sys as _;

pub mod errno;
pub mod inlined;
mod layout;

#[cfg(not(feature = "bindgen"))]
#[rustfmt::skip]
#[expect(missing_docs, non_camel_case_types, reason = "the C names, which libzmq's manual documents")]
mod bindings;

#[cfg(feature = "bindgen")]
#[expect(missing_docs, non_camel_case_types, reason = "the C names, which libzmq's manual documents")]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

pub use bindings::*;
pub use errno::*;

/// The libzmq that this crate was built against, which need not be the one that is loaded when the program runs.
pub mod build {
    include!(concat!(env!("OUT_DIR"), "/build_info.rs"));

    /// The fixes that the vendored libzmq carries, by the names of the faults; empty for any other.
    pub const PATCHES: &[&str] = &[];
}
