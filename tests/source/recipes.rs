//! The recipes of CONTRIBUTING.md are complete: a copy of the source with each recipe's new line compiles, and the
//! additions are public.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use crate::common::skip;

/// The names of recipes, and the text that each adds after the line in CONTRIBUTING.md.
const ADDED: &[(&str, &str)] = &[
    ("a socket option", "/// Sets a number.\nmade_up -> u16, set_made_up(u16) = ZMQ_TOS;"),
    (
        "a type for options",
        "u16: |value| Value::Int(value.into()), |socket, option| socket.get_int(option)?.try_into().unwrap_or(0);",
    ),
    ("the type of a number in configurations", "Short(u16), \"a number from 0 to 65535\";"),
    ("a kind of socket", "/// Does nothing else.\nMadeUp = ZMQ_PUSH: Sends SendsMultipart HasMadeUp [DealsOut];"),
    ("a draft kind of socket", "/// Does nothing else.\nMadeUpDraft = ZMQ_SCATTER: Sends ThreadSafe [DealsOut];"),
    ("an ability of kinds", "/// A kind that has it.\n#[lacking = \"`{Self}` sockets do not have it\"]\nHasMadeUp;"),
    ("an errno with a kind of its own", "/// Something else.\nMadeUp = ELOOP, \"something else\";"),
    ("an errno of an existing kind", "EXDEV => MadeUp, \"something else, elsewhere\";"),
    ("an operation that errors name", "/// Making up.\nMakeUp = \"make up\","),
    ("a monitor event", "/// Something else happened.\nMadeUp, MADE_UP = ZMQ_EVENT_ALL;"),
    ("a capability", "/// Something else.\nMadeUp = c\"made_up\","),
];

/// The recipes that the compiler cannot check, and those that change a line instead of adding one.
const NOT_TRIED: &[&str] = &["an option's test", "a fix of the vendored libzmq", "a conversion of tuples"];

/// A program that uses the additions.
const PROGRAM: &str = r#"
    use zmq::abilities::{HasMadeUp, SendsMultipart};
    use zmq::{Capability, Context, Errno, ErrorKind, MadeUp, MadeUpDraft, MonitorEventKind, MonitorEvents, Operation};

    fn has<K: HasMadeUp + SendsMultipart>(_: K) {}

    pub fn uses() -> zmq::Result<()> {
        let context = Context::new()?;
        has(MadeUp);
        let socket = context.socket(MadeUp)?;
        socket.set_made_up(7)?.send_multipart(["whole", "messages"])?;
        let _: u16 = socket.made_up()?;
        let mut config = zmq::SocketConfig::new();
        config.set_made_up(7).apply(&socket)?;
        assert_eq!([Errno::ELOOP.kind(), Errno::EXDEV.kind()], [ErrorKind::MadeUp; 2]);
        assert_eq!(Operation::MakeUp.as_str(), "make up");
        let _ = (MonitorEventKind::MadeUp, MonitorEvents::MADE_UP, Capability::MadeUp);
        let shared = context.socket(MadeUpDraft)?;
        std::thread::scope(|threads| threads.spawn(|| shared.send("from another thread")).join().unwrap())?;
        Ok(())
    }
"#;

#[test]
fn each_recipe_of_contributing_needs_only_its_line() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if !root.join("zmq-sys/Cargo.toml").exists() {
        skip("the package of this crate does not contain zmq-sys");
        return;
    }
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recipes");
    for entry in ["src", "tests", "benches", "examples", "zmq-sys", "build.rs", "Cargo.lock", "README.md"] {
        copy_with(&root.join(entry), &copy.join(entry), &|path, text| changed(root, path, text)).unwrap();
    }
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let manifest = manifest.replace("members = [\"zmq-sys\"]", "members = [\"zmq-sys\", \"program\"]");
    write(&copy.join("Cargo.toml"), manifest.as_bytes()).unwrap();
    let dependency = r#"zmq = { path = "..", default-features = false, features = ["draft", "serde"] }"#;
    let manifest = format!("[package]\nname = \"program\"\nedition = \"2024\"\n\n[dependencies]\n{dependency}\n");
    write(&copy.join("program/Cargo.toml"), manifest.as_bytes()).unwrap();
    write(&copy.join("program/src/lib.rs"), PROGRAM.as_bytes()).unwrap();

    let mut command = Command::new(env!("CARGO"));
    command.args(["check", "--package", "program", "--offline", "--color=never"]).current_dir(&copy);
    // Nothing is linked, so no libzmq is needed.
    command.env("DOCS_RS", "1").env("RUSTFLAGS", "-Dwarnings").env("CARGO_TARGET_DIR", copy.join("target"));
    command.env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("CARGO_BUILD_TARGET");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_recipe_is_tried_or_listed_as_not_tried() {
    let tried: BTreeSet<_> = ADDED.iter().map(|(name, _)| *name).chain(NOT_TRIED.iter().copied()).collect();
    let recipes = recipes();
    assert_eq!(recipes.iter().map(|recipe| recipe.name.as_str()).collect::<BTreeSet<_>>(), tried);
}

/// A row of the table of recipes.
struct Recipe {
    name: String,
    file: String,
    line: String,
}

fn recipes() -> Vec<Recipe> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("CONTRIBUTING.md")).unwrap();
    let rows = text.lines().skip_while(|line| !line.starts_with("| to add |")).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|')).map(|row| row.replace("\\|", "\0"));
    let cell = |cell: &str| cell.trim().trim_matches('`').replace('\0', "|");
    rows.map(|row| {
        let cells: Vec<_> = row.split('|').map(cell).collect();
        Recipe { name: cells[1].clone(), file: cells[2].clone(), line: cells[3].clone() }
    })
    .collect()
}

/// Returns the text of a file with its recipes applied.
fn changed(root: &Path, path: &Path, mut text: String) -> String {
    let file = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
    for recipe in recipes().iter().filter(|recipe| recipe.file == file) {
        let Some((_, added)) = ADDED.iter().find(|(name, _)| *name == recipe.name) else { continue };
        let line = text.lines().find(|line| line.trim() == recipe.line).unwrap_or_else(|| panic!("{}", recipe.line));
        let line = format!("{line}\n");
        text = text.replacen(&line, &format!("{line}{added}\n"), 1);
    }
    text
}

/// Copies a file or a folder, and changes each source with `change`.
fn copy_with(from: &Path, to: &Path, change: &dyn Fn(&Path, String) -> String) -> io::Result<()> {
    if from.is_dir() {
        // The copy is kept for the next run. Files that the source no longer has are removed.
        for old in fs::read_dir(to).into_iter().flatten().flatten() {
            if !from.join(old.file_name()).exists() {
                let old = old.path();
                if old.is_dir() { fs::remove_dir_all(old)? } else { fs::remove_file(old)? }
            }
        }
        for entry in fs::read_dir(from)? {
            let entry = entry?.path();
            if let Some(name) = entry.file_name().filter(|name| *name != "target") {
                copy_with(&entry, &to.join(name), change)?;
            }
        }
        return Ok(());
    }
    let content = fs::read(from)?;
    let content =
        match from.extension().is_some_and(|extension| extension == "rs").then(|| String::from_utf8(content.clone())) {
            Some(Ok(text)) => change(from, text).into_bytes(),
            _ => content,
        };
    write(to, &content)
}

/// Writes a file unless it has this content already, so that unchanged files are not compiled again.
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().map_or_else(PathBuf::new, Path::to_path_buf))?;
    fs::write(path, content)
}
