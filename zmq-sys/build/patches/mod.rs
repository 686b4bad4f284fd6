// SPDX-License-Identifier: MPL-2.0

//! The fixes of the vendored libzmq: a table of edits to the source of 4.3.5, each with its reason and its proof.
//!
//! An edit replaces a text that occurs exactly once in its file. If the table does not match the source, the build
//! fails instead of compiling it without the fix. The edited files are copies, so the package that contains the source
//! does not change. CI builds with `ZMQ_VENDORED_UNPATCHED=1` to prove that each fix is needed.

mod connections;
mod engine;
mod groups;
mod inproc;
mod lingering;
mod losses;
mod pipes;
mod security;
mod shared;
mod udp;
mod upstream;
mod websocket;
mod windows;

use std::fs;
use std::path::Path;

use crate::failure::Failure;

/// A fix: a fault, and the edits that remove it.
#[derive(Debug)]
pub(crate) struct Patch {
    /// The name of the fault, as in the guide.
    pub(crate) id: &'static str,
    /// The failure without the fix, and its cause.
    pub(crate) why: &'static str,
    /// The upstream issue, or the commit that fixed the fault after 4.3.5.
    pub(crate) upstream: Option<&'static str>,
    pub(crate) proof: Proof,
    pub(crate) edits: &'static [Edit],
}

impl Patch {
    /// Returns the fix as an element of a Rust array, without its edits.
    pub(crate) fn declared(&self) -> String {
        let Self { id, why, upstream, .. } = self;
        let proof = match self.proof {
            Proof::Test(test) => format!("Proof::Test({test:?})"),
            Proof::Draft(test) => format!("Proof::Draft({test:?})"),
            Proof::Unproven(reason) => format!("Proof::Unproven({reason:?})"),
        };
        format!("Patch {{ id: {id:?}, why: {why:?}, upstream: {upstream:?}, proof: {proof} }},")
    }
}

/// The proof that a fix works.
#[derive(Debug)]
pub(crate) enum Proof {
    /// The path of a test in `tests/faults` that fails without the fix.
    Test(&'static str),
    /// The same, for a test that needs the feature `draft`.
    Draft(&'static str),
    /// The reason why no test covers the fix.
    Unproven(&'static str),
}

/// A change in one file of libzmq's `src`.
#[derive(Debug)]
pub(crate) struct Edit {
    pub(crate) file: &'static str,
    /// The text to replace, which must occur exactly once.
    pub(crate) find: &'static str,
    pub(crate) replace: &'static str,
}

/// All fixes, by area.
const AREAS: [&[Patch]; 13] = [
    engine::PATCHES,
    pipes::PATCHES,
    inproc::PATCHES,
    lingering::PATCHES,
    losses::PATCHES,
    security::PATCHES,
    websocket::PATCHES,
    udp::PATCHES,
    groups::PATCHES,
    shared::PATCHES,
    windows::PATCHES,
    connections::PATCHES,
    upstream::PATCHES,
];

/// Returns all fixes.
pub(crate) fn all() -> impl Iterator<Item = &'static Patch> {
    AREAS.into_iter().flatten()
}

/// Applies every fix to the source in `directory`.
pub(crate) fn apply(directory: &Path) -> Result<(), Failure> {
    for patch in all() {
        for edit in patch.edits {
            let path = directory.join(edit.file);
            let failed = |action, error| Failure::io(&format!("{action} {}", path.display()), &error);
            let text = fs::read_to_string(&path).map_err(|error| failed("read", error))?;
            let edited = edited(&text, edit).map_err(|count| {
                Failure::new(format!(
                    "the fix \"{}\" does not match libzmq's source: its text occurs {count} times in {} instead of once.\n\
                     The fixes are for libzmq 4.3.5. To build without them, set ZMQ_VENDORED_UNPATCHED=1.",
                    patch.id, edit.file
                ))
            })?;
            fs::write(&path, edited).map_err(|error| failed("write", error))?;
        }
    }
    Ok(())
}

/// Applies the edit, or returns the number of occurrences of the text to replace if that is not 1.
fn edited(text: &str, edit: &Edit) -> Result<String, usize> {
    match text.matches(edit.find).count() {
        1 => Ok(text.replacen(edit.find, edit.replace, 1)),
        count => Err(count),
    }
}
