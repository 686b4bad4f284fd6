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
    /// A fix that the vendored libzmq carries: its source is that of the release with these changes.
    #[derive(Clone, Copy, Debug)]
    #[non_exhaustive]
    pub struct Patch {
        /// The name of the fault that the fix removes.
        pub id: &'static str,
        /// What happens without the fix, and why.
        pub why: &'static str,
        /// Where upstream knows of the fault.
        pub upstream: Option<&'static str>,
        /// What shows that the fix works.
        #[doc(hidden)]
        pub proof: Proof,
    }

    /// What shows that a fix works: a test of the crate `zmq`, or why nothing does.
    #[doc(hidden)]
    #[derive(Clone, Copy, Debug)]
    #[expect(clippy::exhaustive_enums, reason = "for the tests of the crate `zmq` alone")]
    pub enum Proof {
        Test(&'static str),
        Unproven(&'static str),
    }

    /// The fixes that it carries; none, for an installed libzmq.
    pub const PATCHES: &[Patch] = if PATCHED { TABLE } else { &[] };

    include!(concat!(env!("OUT_DIR"), "/build_info.rs"));
}
