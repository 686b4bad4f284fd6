//! Comparisons of the guide's page on faults with the table of fixes.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::skip;
use zmq::sys::build::{Patch, Proof, TABLE};

const PAGE: &str = include_str!("../../src/guide/libzmq.md");

const HEAD: &str = "| fault | what happens without protection | caused by | vendored | installed |";

const CAUSES: [&str; 4] = ["a peer", "the program", "on the way", "the system"];

const VENDORED: [&str; 5] = ["patched", "patched, not run", "prevented", "documented", "not built"];

const INSTALLED: [&str; 4] = ["prevented", "documented", "exposed", "not built"];

/// A row of the page: a fault and its states.
#[derive(Debug)]
struct Row {
    id: &'static str,
    /// The name of the fix, if there is one.
    fix: &'static str,
    what: &'static str,
    cause: &'static str,
    vendored: &'static str,
    installed: &'static str,
}

impl Row {
    fn parse(line: &'static str) -> Self {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let ["", name, what, cause, vendored, installed, ""] = cells[..] else { panic!("not five cells: {line}") };
        let names: Vec<_> = name.split('`').collect();
        let (id, fix) = match names[..] {
            ["", id, ""] => (id, id),
            ["", id, " (", fix, ")"] => (id, fix),
            _ => panic!("not a name: {line}"),
        };
        Self { id, fix, what, cause, vendored, installed }
    }
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut lines = PAGE.lines();
    while lines.by_ref().any(|line| line == HEAD) {
        assert_eq!(lines.next(), Some("|---|---|---|---|---|"));
        rows.extend(lines.by_ref().take_while(|line| line.starts_with('|')).map(Row::parse));
    }
    assert!(rows.len() > TABLE.len() && !rows.is_empty(), "{} rows", rows.len());
    rows
}

fn fixes() -> BTreeMap<&'static str, &'static Patch> {
    TABLE.iter().map(|patch| (patch.id, patch)).collect()
}

#[test]
fn every_fault_of_the_page_has_a_name_of_its_own() {
    let rows = rows();
    let ids: BTreeSet<_> = rows.iter().map(|row| row.id).collect();
    assert_eq!(ids.len(), rows.len(), "two rows have the same name");
}

#[test]
fn every_row_of_the_page_has_known_states() {
    for row in rows() {
        assert!(!row.what.is_empty() && CAUSES.contains(&row.cause), "{row:?}");
        assert!(VENDORED.contains(&row.vendored) && INSTALLED.contains(&row.installed), "{row:?}");
    }
}

#[test]
fn every_fix_has_a_row_of_its_name() {
    let rows = rows();
    for patch in TABLE {
        assert!(rows.iter().any(|row| row.id == patch.id), "{} has no row", patch.id);
    }
}

#[test]
fn every_commit_that_a_fix_follows_is_listed() {
    for patch in TABLE {
        let words = patch.upstream.unwrap_or_default().split(|character: char| !character.is_ascii_alphanumeric());
        for commit in words.filter(|word| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            assert!(PAGE.contains(commit), "{commit} of {} is not listed", patch.id);
        }
    }
}

#[test]
fn every_name_of_a_fault_in_the_tables_of_the_page_has_a_row() {
    let ids: BTreeSet<_> = rows().iter().map(|row| row.id).collect();
    let (_, commits) = PAGE.split_once("| commit |").expect("a table of commits");
    let answers = commits.lines().take_while(|line| line.starts_with('|') || line.starts_with(' '));
    for answer in answers.filter_map(|line| line.rsplit('|').nth(1)) {
        for name in answer.split('`').skip(1).step_by(2) {
            assert!(ids.contains(name), "{name} has no row");
        }
    }
}

#[test]
fn the_state_of_each_row_agrees_with_the_table_of_fixes() {
    if TABLE.is_empty() {
        skip("without the feature `vendored` the table of fixes is empty");
        return;
    }
    let fixes = fixes();
    for row in rows() {
        let expected = fixes.get(row.fix).map(|patch| match patch.proof {
            Proof::Test(_) | Proof::Draft(_) => "patched",
            Proof::Unproven(_) => "patched, not run",
        });
        let said = Some(row.vendored).filter(|verdict| verdict.starts_with("patched"));
        assert_eq!(said, expected, "{row:?}");
    }
}

#[test]
fn the_remaining_faults_are_counted_and_named() {
    let (_, remains) = PAGE.split_once("# What remains on an installed libzmq\n").expect("a section");
    let (remains, _) = remains.split_once("\n# ").expect("its end");
    let rows = rows();
    let exposed: BTreeSet<_> = rows.iter().filter(|row| row.installed == "exposed").map(|row| row.id).collect();
    let said = remains.split_whitespace().next().and_then(|number| number.parse().ok());
    assert_eq!(said, Some(exposed.len()), "the number of exposed rows");
    // The other names in backticks are faults that remain.
    let names = remains.split('`').skip(1).step_by(2).filter(|name| name.contains('-'));
    for name in names {
        assert!(exposed.contains(name), "{name} is not exposed");
    }
}

#[test]
fn every_fault_that_remains_has_a_fix() {
    for row in rows().iter().filter(|row| row.installed == "exposed") {
        assert!(row.vendored.starts_with("patched"), "{row:?}");
    }
}
