//! The layers of the source: a module imports only from lower layers, and only the lowest module contains `unsafe`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The layers from the lowest to the highest. Modules of one layer do not import each other. The children of a module
/// count as the module, except the table of kinds, which is in a lower layer.
const LAYERS: &[&[&str]] = &[
    &["sys"],
    &["deadline", "unique"],
    &["kinds", "lock"],
    &["error"],
    &["raw"],
    &["endpoint", "events", "message", "password", "timers", "version", "z85"],
    &["context", "curve", "multipart"],
    &["socket"],
    &["auth", "config", "monitor", "proxy"],
    &["poll", "with_fd"],
    &["aio", "guide", "reactor"],
];

/// A file of the source with its module, without comments and without its tests.
struct Source {
    path: String,
    module: String,
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 20, "{files:?}");
    let read = |file: PathBuf| {
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let tests = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
        let code = text[..tests].lines().filter(|line| !line.trim_start().starts_with("//"));
        let code = code.map(|line| line.split(" // ").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
        let path = file.strip_prefix(&root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        let top = path.split(['/', '.']).next().unwrap_or_default();
        let module = if path.starts_with("socket/kinds") { "kinds" } else { top };
        Source { module: module.to_owned(), path, code }
    };
    files.into_iter().map(read).filter(|source| !source.path.ends_with("/tests.rs")).collect()
}

/// Adds the Rust files below a directory.
pub(crate) fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Returns the paths after each `prefix`: one path, or each path of a group in braces.
fn paths_behind<'a>(code: &'a str, prefix: &str) -> Vec<&'a str> {
    let mut paths = Vec::new();
    for (start, _) in code.match_indices(prefix) {
        let rest = &code[start + prefix.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut begin = 0;
            for (index, character) in group.char_indices() {
                match character {
                    '{' => depth += 1,
                    '}' if depth > 0 => depth -= 1,
                    ',' | '}' if depth == 0 => {
                        paths.push(group[begin..index].trim());
                        begin = index + 1;
                        if character == '}' {
                            break;
                        }
                    }
                    _ => {}
                }
            }
        } else {
            let end = rest.find(|character: char| !character.is_alphanumeric() && !"_:".contains(character));
            paths.push(&rest[..end.unwrap_or(rest.len())]);
        }
    }
    paths.retain(|path| !path.is_empty());
    paths
}

/// Returns the module that each name at the root of the crate comes from.
fn reexports(root: &str) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for statement in root.split(';').filter_map(|statement| statement.trim().split("pub use ").nth(1)) {
        let Some((module, _)) = statement.split_once("::") else { continue };
        let module = if statement.starts_with("socket::kinds::") { "kinds" } else { module };
        for name in statement.split(|character: char| !character.is_alphanumeric() && character != '_') {
            names.insert(name.to_owned(), module.to_owned());
        }
    }
    names
}

#[test]
fn every_module_imports_only_from_lower_layers() {
    let sources = sources();
    let root = sources.iter().find(|source| source.path == "lib.rs").map_or("", |source| &source.code);
    let reexports = reexports(root);
    let layer = |module: &str| LAYERS.iter().position(|layer| layer.contains(&module));
    let mut imports = 0;
    // The root may import everything.
    for source in sources.iter().filter(|source| source.module != "lib") {
        let own = layer(&source.module).unwrap_or_else(|| panic!("{} is in no layer", source.path));
        for path in paths_behind(&source.code, "crate::") {
            let first = path.split("::").next().unwrap_or_default();
            let imported = match first {
                "socket" if path.starts_with("socket::kinds") => "kinds",
                name => reexports.get(name).map_or(name, String::as_str),
            };
            let imported = if imported == "zmq_sys" { "sys" } else { imported };
            let other = layer(imported).unwrap_or_else(|| panic!("{}: crate::{path} is in no layer", source.path));
            assert!(
                other < own || imported == source.module,
                "{} imports crate::{path}, of the layer {:?}, into the layer {:?}",
                source.path,
                LAYERS[other],
                LAYERS[own]
            );
            imports += 1;
        }
    }
    assert!(imports > 50, "only {imports} imports were found");
}

/// Files by the path of their module, such as `["socket", "core"]`.
type Files<'a> = BTreeMap<Vec<&'a str>, &'a str>;

/// Returns the files that must not import each other in a circle. The files of the raw layer may, because they share
/// handles.
fn files(sources: &[Source]) -> Files<'_> {
    let counts = |source: &&Source| source.path != "lib.rs" && source.module != "raw";
    sources.iter().filter(counts).map(|source| (module_path(&source.path), source.code.as_str())).collect()
}

fn module_path(file: &str) -> Vec<&str> {
    file.trim_end_matches(".rs").trim_end_matches("/mod").split('/').collect()
}

/// Returns the file that a path leads to from `module`. A re-exported name leads to the file that defines it.
fn file_of<'a>(files: &Files<'a>, module: &[&'a str], path: &'a str) -> Vec<&'a str> {
    let mut found = module.to_vec();
    for name in path.split("::").map(|part| part.trim_end_matches(|end: char| !end.is_alphanumeric())) {
        if name == "super" {
            found.pop();
            continue;
        }
        found.push(name);
        if files.contains_key(&found) {
            continue;
        }
        found.pop();
        let origin = files.get(&found).and_then(|code| reexport(files, &found, code, name));
        return origin.unwrap_or(found);
    }
    found
}

/// Returns the file below `module` from which `code` imports `name`.
fn reexport<'a>(files: &Files<'a>, module: &[&'a str], code: &'a str, name: &str) -> Option<Vec<&'a str>> {
    let imports = code.split(';').filter_map(|statement| statement.rsplit_once("use ").map(|(_, import)| import));
    imports.filter_map(|import| import.trim_start_matches("self::").split_once("::")).find_map(|(child, names)| {
        let file = [module, &[child]].concat();
        let has =
            names.split(|character: char| !character.is_alphanumeric() && character != '_').any(|had| had == name);
        (has && files.contains_key(&file)).then_some(file)
    })
}

/// Returns the files that each file imports from, without its ancestors and its descendants.
fn imports<'a>(files: &Files<'a>) -> BTreeMap<Vec<&'a str>, BTreeSet<Vec<&'a str>>> {
    let within = |one: &[&str], other: &[&str]| one.starts_with(other) || other.starts_with(one);
    let of = |(module, code): (&Vec<&'a str>, &&'a str)| {
        let (parent, top) = (&module[..module.len() - 1], &module[..1]);
        let beside = paths_behind(code, "super::").into_iter().map(|path| file_of(files, parent, path));
        let own = top.concat() + "::";
        let below = paths_behind(code, "crate::").into_iter().filter(|path| path.starts_with(&own));
        let below = below.map(|path| file_of(files, &[], path));
        (module.clone(), beside.chain(below).filter(|file| files.contains_key(file) && !within(file, module)).collect())
    };
    files.iter().map(of).collect()
}

#[test]
fn files_import_each_other_in_no_circle() {
    let sources = sources();
    let mut imports = imports(&files(&sources));
    assert!(imports.values().map(BTreeSet::len).sum::<usize>() > 100, "{imports:#?}");
    // A file without remaining imports is in no circle.
    loop {
        let done: BTreeSet<_> =
            imports.iter().filter(|(_, from)| from.is_empty()).map(|(file, _)| file.clone()).collect();
        if done.is_empty() {
            break;
        }
        imports.retain(|file, _| !done.contains(file));
        imports.values_mut().for_each(|from| from.retain(|file| !done.contains(file)));
    }
    assert!(imports.is_empty(), "circles, and the files that import from them: {imports:#?}");
}

#[test]
fn the_table_of_kinds_imports_nothing_from_its_parent() {
    let sources = sources();
    let kinds = sources.iter().find(|source| source.path == "socket/kinds.rs").map(|source| source.code.as_str());
    assert_eq!(kinds.map(|code| code.contains("super::")), Some(false));
}

#[test]
fn every_layer_consists_of_existing_modules() {
    let modules: BTreeSet<String> = sources().into_iter().map(|source| source.module).collect();
    for module in LAYERS.iter().copied().flatten().filter(|module| **module != "sys") {
        assert!(modules.contains(*module), "{module} is a layer without a file");
    }
}

#[test]
fn unsafe_code_is_in_the_raw_layer_and_in_unsafe_functions() {
    for source in sources().iter().filter(|source| source.module != "raw") {
        let mut lines = source.code.lines().enumerate();
        let mut spoken = 0;
        while let Some((number, line)) = lines.next() {
            if !line.contains("allow(unsafe_code)") {
                continue;
            }
            // The attribute allows one function, which passes its caller's promise on.
            let declared = lines.by_ref().map(|(_, line)| line).find(|line| line.contains("fn "));
            assert!(
                declared.is_some_and(|line| line.contains("unsafe fn ")),
                "{}:{number} allows unsafe code to {declared:?}",
                source.path
            );
            spoken += 1;
        }
        assert_eq!(source.code.matches("unsafe fn ").count(), spoken, "{}", source.path);
        assert!(spoken > 0 || !source.code.contains("unsafe {"), "{} says unsafe", source.path);
    }
}

#[test]
fn functions_of_libzmq_are_called_only_in_the_raw_layer() {
    let mut called = 0;
    for source in &sources() {
        let calls: Vec<_> =
            paths_behind(&source.code, "sys::").into_iter().filter(|path| path.starts_with("zmq_")).collect();
        if source.module == "raw" {
            called += calls.len();
        } else {
            // Types have the same prefix, but no parenthesis follows them.
            let call = calls.iter().find(|call| source.code.contains(&format!("sys::{call}(")));
            assert_eq!(call, None, "{}", source.path);
        }
    }
    assert!(called > 30, "only {called} calls were found");
}

/// The number of lines up to which a file can be read in one go.
const MOST_LINES: usize = 450;

#[test]
fn no_file_is_too_long_to_read_in_one_go() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for directory in ["benches", "examples", "src", "tests", "zmq-sys"] {
        collect(&root.join(directory), &mut files);
    }
    // Files that are generated.
    files.retain(|file| !file.ends_with("zmq-sys/src/bindings.rs") && !file.iter().any(|name| name == "target"));
    assert!(files.len() > 200, "only {} files were found", files.len());
    let lines = |file: &Path| fs::read_to_string(file).unwrap().lines().count();
    let long: Vec<_> = files.iter().map(|file| (file, lines(file))).filter(|(_, lines)| *lines > MOST_LINES).collect();
    assert!(long.is_empty(), "longer than {MOST_LINES} lines: {long:#?}");
}
