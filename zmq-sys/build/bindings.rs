//! The declarations: the checked-in ones, or those that bindgen generates from a `zmq.h`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use bindgen::callbacks::{DeriveTrait, ImplementsTrait, IntKind, ParseCallbacks};

use crate::failure::Failure;
use crate::find::{Library, Version};
use crate::{manifest_dir, out_dir, switch};

/// Writes `OUT_DIR/bindings.rs` from the library's header, or copies the checked-in file if there is no library.
pub(crate) fn provide(library: Option<&Library>) -> Result<(), Failure> {
    if switch("ZMQ_UPDATE_BINDINGS")? == Some(true) {
        update(library)?;
    }
    println!("cargo::rerun-if-changed=wrapper.h");
    let path = checked_in();
    println!("cargo::rerun-if-changed={}", path.display());
    let checked_in = fs::read_to_string(path).map_err(|error| Failure::io("read src/bindings.rs", &error))?;
    let text = match library {
        Some(library) => with_absent_constants(declarations(library)?, &checked_in),
        None => checked_in,
    };
    write(&out_dir().join("bindings.rs"), &text)
}

/// Rewrites the checked-in file, to update this crate to another libzmq.
fn update(library: Option<&Library>) -> Result<(), Failure> {
    match library {
        Some(library) if library.vendored && library.version == Version::NEWEST => {
            write(&checked_in(), &declarations(library)?)
        }
        _ => Err(Failure::new(format!(
            "ZMQ_UPDATE_BINDINGS=1 needs the header of libzmq {}: enable the feature `vendored`.",
            Version::NEWEST
        ))),
    }
}

fn checked_in() -> PathBuf {
    manifest_dir().join("src/bindings.rs")
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| Failure::io(&format!("write {}", path.display()), &error))
}

/// Returns the header's declarations with the draft API, where each draft function needs the feature `draft`.
fn declarations(library: &Library) -> Result<String, Failure> {
    let stable = run(library, false)?;
    let stable: BTreeSet<&str> = stable.lines().filter_map(function_name).collect();
    let mut text = String::new();
    for line in run(library, true)?.lines() {
        if function_name(line).is_some_and(|name| !stable.contains(name)) {
            text.push_str("    #[cfg(feature = \"draft\")]\n");
        }
        text.push_str(line);
        text.push('\n');
    }
    Ok(text)
}

fn function_name(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix("pub fn ")?.split('(').next()
}

fn run(library: &Library, drafts: bool) -> Result<String, Failure> {
    let mut builder = bindgen::Builder::default()
        .header(manifest_dir().join("wrapper.h").to_string_lossy())
        .allowlist_function("zmq_.*")
        .allowlist_type("zmq_.*")
        .allowlist_var("ZMQ_.*")
        // These depend on the platform that bindgen runs on, so they are written by hand in src/types.rs.
        .blocklist_type("zmq_fd_t|zmq_msg_t|iovec|sigset_t|__sigset_t")
        .blocklist_function("zmq_ppoll")
        // Sizes and offsets are valid for one platform only. tests/layout.rs compares them on each.
        .layout_tests(false)
        .derive_copy(true)
        .derive_debug(true)
        .generate_cstr(true)
        .merge_extern_blocks(true)
        .use_core()
        .rust_edition(bindgen::RustEdition::Edition2024)
        .rust_target(bindgen::RustTarget::stable(85, 0).unwrap_or_default())
        .formatter(bindgen::Formatter::Prettyplease)
        .disable_header_comment()
        .raw_line(
            "// Generated from zmq.h: `ZMQ_UPDATE_BINDINGS=1 cargo build -p zmq-sys --features bindgen` rewrites it.",
        )
        .raw_line("pub use crate::types::*;")
        .parse_callbacks(Box::new(HandWrittenTypes));
    if let Some(include) = &library.include {
        builder = builder.clang_arg(format!("-I{}", include.display()));
    }
    if drafts {
        builder = builder.clang_arg("-DZMQ_BUILD_DRAFT_API");
    }
    match builder.generate() {
        Ok(bindings) => Ok(bindings.to_string()),
        Err(error) => Err(Failure::new(format!(
            "bindgen cannot read zmq.h: {error}\n\
             The feature `bindgen` needs libclang (Debian, Ubuntu: libclang-dev). Without it, the build needs no libclang."
        ))),
    }
}

/// Appends the constants that an older header lacks, so that the API does not depend on the header.
fn with_absent_constants(mut text: String, checked_in: &str) -> String {
    let present = constants(&text);
    let absent: Vec<&str> = constants(checked_in)
        .into_iter()
        .filter(|(name, _)| !present.contains_key(name))
        .map(|(_, line)| line)
        .collect();
    if !absent.is_empty() {
        text.push_str("// Absent from this zmq.h: constants of libzmq 4.3.5.\n");
        for item in absent {
            text.push_str(item);
            text.push('\n');
        }
    }
    text
}

/// Returns the `pub const` items of a generated file by name.
fn constants(text: &str) -> BTreeMap<&str, &str> {
    text.match_indices("pub const ")
        .filter_map(|(start, prefix)| {
            let item = &text[start..start + text[start..].find(';')? + 1];
            Some((item[prefix.len()..].split(':').next()?, item))
        })
        .collect()
}

/// Type information that bindgen cannot find in the header.
#[derive(Debug)]
struct HandWrittenTypes;

impl ParseCallbacks for HandWrittenTypes {
    /// Returns `int`, because libzmq's functions take the values of all its macros as an `int`.
    fn int_macro(&self, _name: &str, _value: i64) -> Option<IntKind> {
        Some(IntKind::Int)
    }

    /// Returns `Yes`, because the only blocklisted type inside another type is `zmq_fd_t`, which is an integer.
    fn blocklisted_type_implements_trait(&self, _name: &str, _trait: DeriveTrait) -> Option<ImplementsTrait> {
        Some(ImplementsTrait::Yes)
    }
}
