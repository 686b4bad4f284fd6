//! Fixes.

use super::Patch;

pub(super) const PATCHES: &[Patch] = &[];
