//! Passes on the properties of the libzmq that `zmq-sys` found or built.

use std::env;

/// The metadata of `zmq-sys`, and the variables that make it available to `env!`.
const EXPORTED: &[(&str, &str)] = &[
    // The directory of zmq.h, for the tests that read the header. Empty if the compiler finds it itself.
    ("DEP_ZMQ_INCLUDE", "ZMQ_INCLUDE"),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for (metadata, variable) in EXPORTED {
        println!("cargo::rustc-env={variable}={}", env::var(metadata).unwrap_or_default());
    }
    // With a libzmq that lacks the fixes, their tests are reported as ignored.
    println!("cargo::rustc-check-cfg=cfg(zmq_patched)");
    if env::var("DEP_ZMQ_PATCHED").as_deref() == Ok("1") {
        println!("cargo::rustc-cfg=zmq_patched");
    }
}
