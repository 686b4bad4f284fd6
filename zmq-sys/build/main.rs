//! Finds or builds libzmq, says how to link it, and provides the declarations.
//!
//! # Environment variables
//! Each is read with the target in front first, as in `X86_64_UNKNOWN_LINUX_GNU_ZMQ_LIB_DIR`, and then plain.
//!
//! | variable | meaning |
//! |---|---|
//! | `ZMQ_LIB_DIR` | the directory of an installed libzmq; wins over everything else |
//! | `ZMQ_INCLUDE_DIR` | the directory of its `zmq.h`; default: `include` beside `ZMQ_LIB_DIR` |
//! | `ZMQ_STATIC` | `1` links the library in `ZMQ_LIB_DIR` statically, `0` dynamically; default: dynamically if possible |
//! | `ZMQ_NO_VENDOR` | `1` sets the feature `vendored` aside, for whoever packages a program that enables it |
//! | `ZMQ_SOURCE_DIR` | where the source of libzmq 4.3.5 is, for the feature `vendored`; default: in the package `zeromq-src` |
//! | `ZMQ_VENDORED_UNPATCHED` | `1` builds the source without the fixes of `patches`, for the test that proves them |
//! | `ZMQ_UPDATE_BINDINGS` | `1` rewrites `src/bindings.rs` from the vendored header (features `bindgen` and `vendored`) |
//! | `DOCS_RS` | set by the documentation builder: nothing is found, built or linked |
//!
//! The C++ compiler is chosen by what the crate `cc` reads (`CXX`, `CXXFLAGS`, ...), pkg-config by what the crate
//! `pkg-config` reads (`PKG_CONFIG_PATH`, ...), vcpkg by `VCPKG_ROOT`, libsodium by `SODIUM_LIB_DIR` and its kin.
//!
//! # Metadata
//! A crate that depends on this one directly reads in its build script:
//!
//! | variable | value |
//! |---|---|
//! | `DEP_ZMQ_VERSION` | as in `4.3.5` |
//! | `DEP_ZMQ_DRAFT` | `1` if the draft functions are declared |
//! | `DEP_ZMQ_VENDORED` | `1` if libzmq was built from source |
//! | `DEP_ZMQ_PATCHED` | `1` if it carries the fixes of `patches` |
//! | `DEP_ZMQ_CURVE` | `1`, `0`, or `unknown` for a libzmq that was found |
//! | `DEP_ZMQ_INCLUDE`, `DEP_ZMQ_LIB`, `DEP_ZMQ_ROOT` | directories: of `zmq.h`, of the library, of both; where known |

#[cfg(feature = "bindgen")]
mod bindings;
mod failure;
mod find;
#[cfg(feature = "vendored")]
#[path = "../src/layout.rs"]
mod layout;
#[cfg(feature = "vendored")]
mod patches;
#[cfg(feature = "vendored")]
mod platform;
#[cfg(any(feature = "vendored", feature = "draft"))]
mod probe;
#[cfg(feature = "vendored")]
mod source;
#[cfg(feature = "vendored")]
mod vendored;

use std::path::PathBuf;
use std::{env, fs, process};

use failure::Failure;
use find::{Library, Version};

fn main() {
    if let Err(failure) = run() {
        // A text of its own instead of a panic: cargo shows all of stderr, and a backtrace would bury the advice.
        eprintln!("{failure}");
        process::exit(1);
    }
}

fn run() -> Result<(), Failure> {
    println!("cargo::rerun-if-env-changed=DOCS_RS");
    println!("cargo::rustc-check-cfg=cfg(zmq_vendored_curve)");

    // 1. The library: found or built, its version checked, the link instructions printed. A build that links nothing
    //    needs none. (A fake libzmq under `--cfg zmq_fake`, CARGO_CFG_ZMQ_FAKE here, is such a build too.)
    let library = if env::var_os("DOCS_RS").is_some() { None } else { Some(find::library()?) };

    // 2. The declarations.
    #[cfg(feature = "bindgen")]
    bindings::provide(library.as_ref())?;

    // 3. What it is, for this crate and for those that depend on it.
    export(library.as_ref())
}

fn export(library: Option<&Library>) -> Result<(), Failure> {
    let version = library.map_or(Version::NEWEST, |library| library.version);
    let Version(major, minor, patch) = version;
    let draft = cfg!(feature = "draft");
    let vendored = library.is_some_and(|library| library.vendored);
    let patched = library.is_some_and(|library| library.patched);
    let layout = library.is_some_and(|library| library.layout);
    let curve = library.and_then(|library| library.curve);
    let include = library.and_then(|library| library.include.as_ref());
    let lib = library.and_then(|library| library.lib.as_ref());
    let root = library.and_then(|library| library.root.as_ref());

    println!("cargo::metadata=VERSION={version}");
    println!("cargo::metadata=DRAFT={}", u8::from(draft));
    println!("cargo::metadata=VENDORED={}", u8::from(vendored));
    println!("cargo::metadata=PATCHED={}", u8::from(patched));
    println!("cargo::metadata=CURVE={}", curve.map_or("unknown", |curve| if curve { "1" } else { "0" }));
    for (name, directory) in [("INCLUDE", include), ("LIB", lib), ("ROOT", root)] {
        if let Some(directory) = directory {
            println!("cargo::metadata={name}={}", directory.display());
        }
    }

    // The layout test compiles against this header; nothing else in the crate names these variables.
    let include = include.map(|directory| directory.display().to_string()).unwrap_or_default();
    println!("cargo::rustc-env=ZMQ_SYS_INCLUDE={include}");
    println!("cargo::rustc-env=ZMQ_SYS_TARGET={}", required("TARGET"));

    let table = table();
    let info = format!(
        "/// The version of its header.\n\
         pub const VERSION: [core::ffi::c_int; 3] = [{major}, {minor}, {patch}];\n\
         /// Whether it has the draft functions and this crate declares them.\n\
         pub const DRAFT: bool = {draft};\n\
         /// Whether it was built from source and is part of the program.\n\
         pub const VENDORED: bool = {vendored};\n\
         /// Whether the compiler confirmed where its messages have their parts.\n\
         pub const KNOWS_LAYOUT: bool = {layout};\n\
         /// Whether it carries the fixes of [`TABLE`].\n\
         pub const PATCHED: bool = {patched};\n\
         /// All fixes that a vendored libzmq carries, whether it was built with them or not.\n\
         #[doc(hidden)]\n\
         pub const TABLE: &[Patch] = &[{table}];\n"
    );
    let path = out_dir().join("build_info.rs");
    fs::write(&path, info).map_err(|error| Failure::io("write build_info.rs", &error))
}

/// The table of the vendored libzmq's fixes as Rust.
#[cfg(feature = "vendored")]
fn table() -> String {
    patches::all().map(patches::Patch::declared).collect()
}

#[cfg(not(feature = "vendored"))]
fn table() -> String {
    String::new()
}

/// The value of `name` for this target, or for all, whichever is set; an empty value counts as unset.
fn variable(name: &str) -> Option<String> {
    let target = required("TARGET").to_uppercase().replace(['-', '.'], "_");
    [format!("{target}_{name}"), name.to_owned()].into_iter().find_map(|name| {
        println!("cargo::rerun-if-env-changed={name}");
        env::var(name).ok().filter(|value| !value.is_empty())
    })
}

/// Whether `name` is switched on; anything but `1` and `0` would be a guess.
fn switch(name: &str) -> Result<Option<bool>, Failure> {
    match variable(name).as_deref() {
        None => Ok(None),
        Some("1") => Ok(Some(true)),
        Some("0") => Ok(Some(false)),
        Some(other) => Err(Failure::new(format!("{name} is \"{other}\": only 1 and 0 have a meaning."))),
    }
}

fn required(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name} for build scripts"))
}

fn out_dir() -> PathBuf {
    required("OUT_DIR").into()
}

#[cfg(feature = "bindgen")]
fn manifest_dir() -> PathBuf {
    required("CARGO_MANIFEST_DIR").into()
}
