//! The feature `draft` with an installed libzmq: the build fails with the reason if the library lacks the draft API.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const HEADER: &str = "#define ZMQ_VERSION_MAJOR 4\n#define ZMQ_VERSION_MINOR 3\n#define ZMQ_VERSION_PATCH 4\n";
const STABLE: &str = "void zmq_version (void) {}\n";
const DRAFT: &str = "void zmq_poller_new (void) {}\n";

#[test]
fn a_library_without_the_draft_api_is_refused_with_the_reason() {
    let library = library("stable", STABLE);
    let said = build_with(&library).expect_err("the library has no draft API");
    for part in [
        &format!("the libzmq 4.3.4 that was found in {} was built without its draft API", library.display()),
        "Enable the feature `vendored`",
        "--enable-drafts",
    ] {
        assert!(said.contains(part), "{part} is missing: {said}");
    }
}

#[test]
fn a_library_with_the_draft_api_is_accepted() {
    let library = library("draft", &format!("{STABLE}{DRAFT}"));
    if let Err(said) = build_with(&library) {
        panic!("{said}");
    }
}

/// Creates a static library with the functions in `source`, and its header. Returns its directory.
fn library(name: &str, source: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("installed").join(name);
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("zmq.h"), HEADER).unwrap();
    let file = directory.join("zmq.c");
    fs::write(&file, source).unwrap();
    // The crate `cc` reads these variables from cargo in a build script. A test has to set them.
    let target = env!("ZMQ_SYS_TARGET");
    let mut compiler = cc::Build::new();
    compiler.target(target).host(target).opt_level(0).debug(false).cargo_metadata(false).cargo_warnings(false);
    compiler.file(file).out_dir(&directory).compile("zmq");
    directory
}

/// Checks this package with the feature `draft` and an installed library. Returns cargo's output on failure.
fn build_with(library: &Path) -> Result<(), String> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["check", "--no-default-features", "--features", "draft", "--lib", "--offline", "--color=never"]);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("ZMQ_LIB_DIR", library).env("ZMQ_INCLUDE_DIR", library);
    command.env("CARGO_TARGET_DIR", library.join("target"));
    command.env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("CARGO_BUILD_TARGET").env_remove("RUSTFLAGS");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(said) }
}
