//! Hands on what `zmq-sys` says of the libzmq that was found or built.

use std::env;

/// The metadata of `zmq-sys`, and the variable under which `env!` has it.
const EXPORTED: &[(&str, &str)] = &[
    // The directory of zmq.h, empty where the compiler finds it by itself; the tests read the header.
    ("DEP_ZMQ_INCLUDE", "ZMQ_INCLUDE"),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for (metadata, variable) in EXPORTED {
        println!("cargo::rustc-env={variable}={}", env::var(metadata).unwrap_or_default());
    }
    // Tests of the vendored libzmq's fixes are ignored, visibly, with a libzmq that lacks them.
    println!("cargo::rustc-check-cfg=cfg(zmq_patched)");
    if env::var("DEP_ZMQ_PATCHED").as_deref() == Ok("1") {
        println!("cargo::rustc-cfg=zmq_patched");
    }
}
