//! The documents agree with the source.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::skip;

#[test]
fn the_readme_lists_every_example_with_its_first_sentence() {
    let readme = read("README.md");
    let files = fs::read_dir(Path::new(ROOT).join("examples")).unwrap().map(|file| file.unwrap().path());
    let is_source = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    let sources: Vec<_> = files.filter(|path| is_source(path) || path.join("main.rs").exists()).collect();
    assert!(!sources.is_empty());
    for path in sources {
        let source = fs::read_to_string(if path.is_dir() { path.join("main.rs") } else { path.clone() }).unwrap();
        let first = source.lines().next().unwrap().trim_start_matches("//! ");
        let row = format!("| `{}` | {first} |", path.file_stem().unwrap().display());
        assert!(readme.lines().any(|line| line == row), "README.md has no row\n{row}");
    }
}

#[test]
fn the_readme_lists_every_feature() {
    let manifest = read("Cargo.toml");
    let section = manifest.split("\n[").find_map(|section| section.strip_prefix("features]\n")).unwrap();
    let keys = section.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    let declared: BTreeSet<_> = keys.map(|(name, _)| name.to_owned()).filter(|name| name != "default").collect();
    assert_eq!(first_cells(&read("README.md"), "| feature |"), declared);
}

#[test]
fn the_readme_lists_every_variable_of_the_build() {
    let Ok(script) = fs::read_to_string(Path::new(ROOT).join("zmq-sys/build/main.rs")) else {
        skip("the package of this crate does not contain zmq-sys");
        return;
    };
    let ours = first_cells(&read("README.md"), "| variable |");
    let builds: BTreeSet<_> = first_cells(&script.replace("//! ", ""), "| variable |");
    assert!(!ours.is_empty() && ours.is_subset(&builds), "{ours:?} and {builds:?}");
}

#[test]
fn the_lines_in_contributing_exist_in_the_named_files() {
    let contributing = read("CONTRIBUTING.md");
    let rows = contributing.lines().skip_while(|line| !line.starts_with("| to add |")).skip(2);
    let mut count = 0;
    for row in rows.take_while(|line| line.starts_with('|')) {
        let row = row.replace("\\|", "\0");
        let cells: Vec<_> = row.split('|').map(|cell| cell.trim().trim_matches('`').replace('\0', "|")).collect();
        let (file, line) = (&cells[2], &cells[3]);
        let found = read(file).lines().any(|candidate| candidate.trim() == line);
        assert!(found, "{file} has no line\n{line}");
        count += 1;
    }
    assert!(count > 5, "only {count} rows were found");
}

/// Returns the first cells, without backticks, of the table whose head begins with `head`.
fn first_cells(text: &str, head: &str) -> BTreeSet<String> {
    let rows = text.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    rows.map(|row| row.split('|').nth(1).unwrap_or_default().trim().trim_matches('`').to_owned()).collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
