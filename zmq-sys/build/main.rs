//! Finds or builds libzmq, prints the link instructions, and provides the declarations.
//!
//! # Environment variables
//! Each variable can have the target as a prefix, as in `X86_64_UNKNOWN_LINUX_GNU_ZMQ_LIB_DIR`, which takes precedence.
//!
//! | variable | meaning |
//! |---|---|
//! | `ZMQ_LIB_DIR` | the directory of an installed libzmq; takes precedence over all other sources |
//! | `ZMQ_INCLUDE_DIR` | the directory of the library's `zmq.h`; default: `include` next to `ZMQ_LIB_DIR` |
//! | `ZMQ_STATIC` | `1` links the library in `ZMQ_LIB_DIR` statically, `0` dynamically; default: dynamically if possible |
//! | `ZMQ_NO_VENDOR` | `1` ignores the feature `vendored`, for packagers of programs that enable it |
//! | `ZMQ_SOURCE_DIR` | the source of libzmq 4.3.5 to build with the feature `vendored`; default: the package `zeromq-src` |
//! | `ZMQ_VENDORED_UNPATCHED` | `1` builds the source without the fixes in `patches`, to show that their tests fail without them |
//! | `ZMQ_UPDATE_BINDINGS` | `1` rewrites `src/bindings.rs` from the vendored header (features `bindgen` and `vendored`) |
//! | `DOCS_RS` | set by the documentation builder: the script does not find, build or link a library |
//!
//! The variables of the crate `cc` (`CXX`, `CXXFLAGS`, ...) select the C++ compiler. Those of the crate `pkg-config`
//! (`PKG_CONFIG_PATH`, ...) configure pkg-config, `VCPKG_ROOT` configures vcpkg, and `SODIUM_LIB_DIR` and related
//! variables configure libsodium.
//!
//! # Metadata
//! The build script of a crate that depends on this one directly can read these variables:
//!
//! | variable | value |
//! |---|---|
//! | `DEP_ZMQ_VERSION` | the version, such as `4.3.5` |
//! | `DEP_ZMQ_DRAFT` | `1` if the draft functions are declared |
//! | `DEP_ZMQ_VENDORED` | `1` if libzmq was built from source |
//! | `DEP_ZMQ_PATCHED` | `1` if libzmq contains the fixes in `patches` |
//! | `DEP_ZMQ_CURVE` | `1` or `0`, or `unknown` for an installed libzmq |
//! | `DEP_ZMQ_INCLUDE`, `DEP_ZMQ_LIB`, `DEP_ZMQ_ROOT` | the directories of `zmq.h`, of the library and of both, if known |

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
        // Prints the failure instead of panicking: cargo shows all of stderr, and a backtrace would hide the advice.
        eprintln!("{failure}");
        process::exit(1);
    }
}

fn run() -> Result<(), Failure> {
    println!("cargo::rerun-if-env-changed=DOCS_RS");
    println!("cargo::rustc-check-cfg=cfg(zmq_vendored_curve)");

    // 1. The library: find or build it, check its version, and print the link instructions. A build that does not link
    //    needs no library. (A fake libzmq under `--cfg zmq_fake`, CARGO_CFG_ZMQ_FAKE here, is such a build too.)
    let library = if env::var_os("DOCS_RS").is_some() { None } else { Some(find::library()?) };

    // 2. The declarations.
    #[cfg(feature = "bindgen")]
    bindings::provide(library.as_ref())?;

    // 3. The properties of the library, for this crate and for dependent crates.
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

    // Only the layout test uses these variables: it compiles against this header.
    let include = include.map(|directory| directory.display().to_string()).unwrap_or_default();
    println!("cargo::rustc-env=ZMQ_SYS_INCLUDE={include}");
    println!("cargo::rustc-env=ZMQ_SYS_TARGET={}", required("TARGET"));

    let table = table();
    let info = format!(
        "/// The version in the header of the library.\n\
         pub const VERSION: [core::ffi::c_int; 3] = [{major}, {minor}, {patch}];\n\
         /// `true` if the library has the draft functions and this crate declares them.\n\
         pub const DRAFT: bool = {draft};\n\
         /// `true` if the library was built from source and is linked into the program.\n\
         pub const VENDORED: bool = {vendored};\n\
         /// `true` if the compiler confirmed the layout of messages.\n\
         pub const KNOWS_LAYOUT: bool = {layout};\n\
         /// `true` if the library contains the fixes in [`TABLE`].\n\
         pub const PATCHED: bool = {patched};\n\
         /// All fixes of the vendored libzmq, even if the library was built without them.\n\
         #[doc(hidden)]\n\
         pub const TABLE: &[Patch] = &[{table}];\n"
    );
    let path = out_dir().join("build_info.rs");
    fs::write(&path, info).map_err(|error| Failure::io("write build_info.rs", &error))
}

/// Returns the elements of the table of fixes, as Rust source.
#[cfg(feature = "vendored")]
fn table() -> String {
    patches::all().map(patches::Patch::declared).collect()
}

#[cfg(not(feature = "vendored"))]
fn table() -> String {
    String::new()
}

/// Returns the value of `name` for this target or for all targets. An empty value counts as unset.
fn variable(name: &str) -> Option<String> {
    let target = required("TARGET").to_uppercase().replace(['-', '.'], "_");
    [format!("{target}_{name}"), name.to_owned()].into_iter().find_map(|name| {
        println!("cargo::rerun-if-env-changed={name}");
        env::var(name).ok().filter(|value| !value.is_empty())
    })
}

/// Returns `true` for `1` and `false` for `0`, and refuses all other values.
fn switch(name: &str) -> Result<Option<bool>, Failure> {
    match variable(name).as_deref() {
        None => Ok(None),
        Some("1") => Ok(Some(true)),
        Some("0") => Ok(Some(false)),
        Some(other) => Err(Failure::new(format!("{name} is \"{other}\": set it to 1 or 0."))),
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
