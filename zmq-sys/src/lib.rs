//! Raw declarations of libzmq, the ZeroMQ messaging library.
//!
//! This crate declares every function, type and constant of `zmq.h` 4.3.5 under its C name, and the [`errno`] values.
//! For their documentation, see libzmq's manual under the same name, such as `zmq_send(3)`. The crate `zmq` is a safe
//! API on top of this crate.
//!
//! The build script uses the first libzmq that it finds in these sources. The version must be 4.3.4 or newer.
//!
//! 1. The directory in `ZMQ_LIB_DIR`.
//! 2. The source build, with the feature `vendored`, unless `ZMQ_NO_VENDOR` is `1`.
//! 3. pkg-config.
//! 4. vcpkg, on Windows.
//!
//! | feature | description |
//! |---|---|
//! | `vendored` | builds libzmq 4.3.5 from source and links it statically |
//! | `curve` | adds CURVE to the vendored libzmq, and builds libsodium |
//! | `draft` | declares the draft functions, which the linked libzmq must have |
//! | `bindgen` | generates the declarations from the `zmq.h` of the libzmq that is used |
//!
//! # Safety
//! These are C functions. The caller must follow the manual's rules for pointers and threads. libzmq aborts the process
//! on some misuse.

#[expect(non_camel_case_types, reason = "the C names")]
mod types;

// Names the crate of libsodium, because a crate that is not named is not linked.
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

/// Properties of the libzmq that this crate was built against. A program can load another libzmq at run time.
pub mod build {
    /// A fix of the vendored libzmq, whose source is the release with these changes.
    #[derive(Clone, Copy, Debug)]
    #[non_exhaustive]
    pub struct Patch {
        /// The name of the fault that the fix removes.
        pub id: &'static str,
        /// The failure without the fix, and its cause.
        pub why: &'static str,
        /// The upstream issue or commit, if there is one.
        pub upstream: Option<&'static str>,
        /// The proof that the fix works.
        #[doc(hidden)]
        pub proof: Proof,
    }

    /// The proof that a fix works: a test of the crate `zmq`, which may need the feature `draft`, or the reason why there is
    /// none.
    #[doc(hidden)]
    #[derive(Clone, Copy, Debug)]
    #[expect(clippy::exhaustive_enums, reason = "only for the tests of the crate `zmq`")]
    pub enum Proof {
        Test(&'static str),
        Draft(&'static str),
        Unproven(&'static str),
    }

    /// The fixes of the linked libzmq. Empty for an installed libzmq.
    pub const PATCHES: &[Patch] = if PATCHED { TABLE } else { &[] };

    include!(concat!(env!("OUT_DIR"), "/build_info.rs"));
}
