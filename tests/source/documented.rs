//! The public functions have examples: the documentation of each has a block of code.
//!
//! The options of sockets, which a table declares, are left out. They are set and read alike, and the documentation of
//! `Socket` has an example of that.

use std::fs;
use std::path::Path;

use crate::layers::collect;

/// Functions that need no example, with the reason.
const EXEMPT: &[(&str, &[&str])] = &[];

/// A public function.
struct Function {
    /// Its file, below `src`, and its name.
    path: String,
    line: usize,
    has_example: bool,
}

/// Returns the public functions of a source, in its order.
///
/// Functions that are `pub` are reachable from outside: the compiler warns about others.
fn functions(file: &str, text: &str) -> Vec<Function> {
    let tests = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let mut functions = Vec::new();
    let (mut fences, mut hidden, mut depth) = (Vec::new(), false, 0);
    for (index, line) in text[..tests].lines().map(str::trim).enumerate() {
        if let Some(documentation) = line.strip_prefix("///") {
            fences.extend(documentation.trim().strip_prefix("```").map(str::to_owned));
        } else if depth > 0 || line.starts_with("#[") || line.starts_with("$(#[") {
            // An attribute, which may take several lines.
            hidden |= line.starts_with("#[doc(hidden)]");
            let brackets = |bracket| line.matches(bracket).count() as isize;
            depth += brackets('[') - brackets(']');
        } else {
            if let Some(name) = name_of(line).filter(|_| !hidden) {
                let has_example =
                    fences.iter().step_by(2).any(|fence| ["", "no_run", "rust"].contains(&fence.as_str()));
                functions.push(Function { path: format!("{file}: {name}"), line: index + 1, has_example });
            }
            (fences, hidden) = (Vec::new(), false);
        }
    }
    functions
}

/// Returns the name of the public function that a line declares, except for names that a macro creates.
fn name_of(line: &str) -> Option<&str> {
    let words = line.strip_prefix("pub ")?.split_once("fn ")?;
    let (qualifiers, rest) = words;
    let end = rest.find(['(', '<'])?;
    let qualified = qualifiers.split_whitespace().all(|word| ["const", "async", "unsafe"].contains(&word));
    Some(&rest[..end]).filter(|name| qualified && !name.starts_with('$'))
}

fn all_functions() -> Vec<Function> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let file = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        functions(&file, &fs::read_to_string(path).unwrap())
    };
    let functions: Vec<_> = files.iter().flat_map(read).collect();
    assert!(functions.len() > 300, "only {} functions were found", functions.len());
    functions
}

fn exempt() -> impl Iterator<Item = &'static str> {
    EXEMPT.iter().flat_map(|(_, functions)| *functions).copied()
}

#[test]
fn every_public_function_has_an_example() {
    let functions = all_functions();
    let (with, without): (Vec<_>, Vec<_>) = functions.iter().partition(|function| function.has_example);
    println!("{} of {} public functions have an example", with.len(), functions.len());
    let missing = without.into_iter().filter(|function| !exempt().any(|path| path == function.path));
    let missing: Vec<_> = missing.map(|Function { path, line, .. }| format!("{path}, line {line}")).collect();
    assert!(missing.is_empty(), "without an example: {missing:#?}");
}

#[test]
fn the_list_of_functions_without_an_example_is_true() {
    let functions = all_functions();
    for path in exempt() {
        let function = functions.iter().find(|function| function.path == path);
        assert!(function.is_some_and(|function| !function.has_example), "{path} is not a function, or has an example");
    }
}
