// SPDX-License-Identifier: MPL-2.0

//! The fixes that the vendored libzmq carries: a table of edits to the source of 4.3.5, each with its reason and its proof.
//!
//! An edit replaces a text that occurs exactly once in its file, so a source that the table does not fit fails the build
//! instead of being compiled without the fix. The edited files are copies: the package that brings the source is left
//! alone. `ZMQ_VENDORED_UNPATCHED=1` builds without the fixes, which is how CI proves that each is needed.

mod connections;
mod engine;
mod inproc;
mod lingering;
mod losses;
mod pipes;
mod security;
mod udp;
mod upstream;
mod websocket;
mod windows;

use std::fs;
use std::path::Path;

use crate::failure::Failure;

/// A fix: the fault that it removes, and the edits that remove it.
#[derive(Debug)]
pub(crate) struct Patch {
    /// The name of the fault, as the guide lists it.
    pub(crate) id: &'static str,
    /// What happens without the fix, and why.
    pub(crate) why: &'static str,
    /// Where upstream knows of it: an issue, or the commit that fixed it after 4.3.5.
    pub(crate) upstream: Option<&'static str>,
    pub(crate) proof: Proof,
    pub(crate) edits: &'static [Edit],
}

impl Patch {
    /// The fix as an element of a Rust array, without its edits.
    pub(crate) fn declared(&self) -> String {
        let Self { id, why, upstream, .. } = self;
        let proof = match self.proof {
            Proof::Test(test) => format!("Proof::Test({test:?})"),
            Proof::Unproven(reason) => format!("Proof::Unproven({reason:?})"),
        };
        format!("Patch {{ id: {id:?}, why: {why:?}, upstream: {upstream:?}, proof: {proof} }},")
    }
}

/// What shows that a fix works.
#[derive(Debug)]
pub(crate) enum Proof {
    /// A test of `tests/faults`, by its path, which fails without the fix.
    Test(&'static str),
    /// Why nothing runs it.
    Unproven(&'static str),
}

/// A change of one place in one file of libzmq's `src`.
#[derive(Debug)]
pub(crate) struct Edit {
    pub(crate) file: &'static str,
    /// What stands there: it has to occur exactly once.
    pub(crate) find: &'static str,
    pub(crate) replace: &'static str,
}

/// All fixes, by area.
const AREAS: [&[Patch]; 11] = [
    engine::PATCHES,
    pipes::PATCHES,
    inproc::PATCHES,
    lingering::PATCHES,
    losses::PATCHES,
    security::PATCHES,
    websocket::PATCHES,
    udp::PATCHES,
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
                    "the fix \"{}\" does not fit libzmq's source: its text occurs {count} times in {}, not once.\n\
                     The fixes are made for libzmq 4.3.5. ZMQ_VENDORED_UNPATCHED=1 builds without them.",
                    patch.id, edit.file
                ))
            })?;
            fs::write(&path, edited).map_err(|error| failed("write", error))?;
        }
    }
    Ok(())
}

/// Returns the text with the edit, or how often the text to be replaced occurs if that is not once.
fn edited(text: &str, edit: &Edit) -> Result<String, usize> {
    match text.matches(edit.find).count() {
        1 => Ok(text.replacen(edit.find, edit.replace, 1)),
        count => Err(count),
    }
}
