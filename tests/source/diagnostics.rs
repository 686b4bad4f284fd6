//! The compiler's errors for programs that do not compile.
//!
//! `compile_fail` in the documentation checks only that a program does not compile, because a stable compiler does not
//! compare the error there.

use std::cmp::Reverse;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::SystemTime;
use std::{env, fs};

/// The compiler's messages about a program.
struct Messages {
    text: String,
}

impl Messages {
    /// Returns the first line of each error, without the paths into the crate that the compiler adds if std has the
    /// same name.
    fn errors(&self) -> Vec<String> {
        let lines = self.text.lines().filter(|line| line.starts_with("error") && !line.starts_with("error: aborting"));
        lines.map(|line| line.replace("zmq::", "")).collect()
    }
}

/// Compiles `body` as the body of a function that imports everything of the crate, against the library of this build.
fn compile(body: &str) -> Messages {
    static LIBRARY: LazyLock<PathBuf> = LazyLock::new(library);
    compile_against(&LIBRARY, body)
}

fn compile_against(library: &Path, body: &str) -> Messages {
    let source =
        format!("use std::{{sync::Arc, thread}}; use zmq::*; pub fn body() -> Result<()> {{\n{body}\nOk(()) }}");
    let mut command = Command::new(compiler());
    command.args(["--edition=2024", "--crate-type=lib", "--crate-name=body", "--color=never", "--emit=metadata=-"]);
    command.arg("-Awarnings").arg("--extern").arg(concat("zmq=", library));
    command.arg("-L").arg(concat("dependency=", library.parent().unwrap())).arg("-");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(source.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Messages { text: String::from_utf8(output.stderr).unwrap() }
}

/// Returns the compiler that cargo runs, which is in the same directory as cargo.
fn compiler() -> PathBuf {
    let beside = Path::new(env!("CARGO")).with_file_name("rustc").with_extension(env::consts::EXE_EXTENSION);
    if beside.exists() { beside } else { "rustc".into() }
}

/// Returns the newest library with the features of this build. Cargo builds it before the tests.
fn library() -> PathBuf {
    let built = env::current_exe().unwrap().parent().unwrap().to_owned();
    let is_library = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("libzmq-") && name.ends_with(".rlib")
    };
    let made = |path: &PathBuf| fs::metadata(path).and_then(|data| data.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let files = fs::read_dir(&built).unwrap().map(|entry| entry.unwrap().path());
    let mut libraries: Vec<_> = files.filter(is_library).collect();
    libraries.sort_by_key(|path| Reverse(made(path)));
    let right = right_program();
    let said = libraries.iter().map(|library| compile_against(library, &right).text);
    let Some(found) = said.clone().position(|text| text.is_empty()) else {
        panic!("no library in {} fits: {:#?}", built.display(), said.collect::<Vec<_>>());
    };
    libraries.swap_remove(found)
}

/// Returns a program that compiles, with the names that the features of this build add.
fn right_program() -> String {
    let mut names = vec!["Context"];
    if cfg!(feature = "serde") {
        names.push("SocketConfig");
    }
    if cfg!(all(unix, feature = "tokio")) {
        names.push("aio::tokio::Tokio");
    }
    if cfg!(all(unix, feature = "async-io")) {
        names.push("aio::async_io::AsyncIo");
    }
    let uses = names.iter().map(|name| format!("use zmq::{name} as _;"));
    uses.chain(["let _: Message = Context::new()?.socket(Pull)?.recv()?;".to_owned()]).collect()
}

fn concat(text: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(text);
    argument.push(path);
    argument
}

#[test]
fn a_right_program_compiles() {
    assert_eq!(compile(&right_program()).text, "");
}

#[test]
fn a_missing_ability_is_one_error_that_names_it() {
    for (call, expected) in [
        ("socket(Push)?.recv()?", "`Push` sockets cannot receive"),
        ("socket(Pub)?.recv_multipart()?", "`Pub` sockets cannot receive"),
        ("socket(Sub)?.send(\"x\")?", "`Sub` sockets cannot send"),
        ("socket(Pull)?.send_multipart([\"x\"])?", "`Pull` sockets cannot send multipart messages"),
        ("socket(Pull)?.subscribe(\"\")?", "`Pull` sockets cannot subscribe"),
        ("socket(Sub)?.set_mandatory(true)?", "`Sub` sockets do not address peers by routing id"),
        ("socket(Pair)?.recv_stream()?", "`Pair` sockets do not talk raw TCP"),
        ("socket(Sub)?.recv_subscription()?", "`Sub` sockets do not see subscriptions"),
        ("socket(\"ROUTER\")?", "`&str` is not a kind of socket"),
    ] {
        let said = compile(&format!("Context::new()?.{call};"));
        assert_eq!(said.errors(), [format!("error[E0277]: {expected}")], "{}", said.text);
    }
}

#[test]
fn a_shared_socket_is_one_error_without_cells() {
    for body in [
        "thread::scope(|scope| { scope.spawn(|| drop(socket.send(\"x\"))); });",
        "let socket = Arc::new(socket); thread::spawn(move || drop(socket.send(\"x\")));",
    ] {
        let said = compile(&format!("let socket = Context::new()?.socket(Push)?;\n{body}"));
        let expected = "error[E0277]: `Push` sockets are used by one thread at a time";
        assert_eq!(said.errors(), [expected], "{}", said.text);
        assert!(said.text.contains("note: open a socket for each thread"), "{}", said.text);
        assert!(!said.text.contains("Cell"), "{}", said.text);
        assert!(said.text.lines().count() < 40, "{}", said.text);
    }
}

#[test]
fn a_shared_monitor_is_one_error() {
    let said = compile(
        "let monitor = Context::new()?.socket(Push)?.monitor(MonitorEvents::all())?;
         thread::scope(|scope| { scope.spawn(|| drop(monitor.recv())); });",
    );
    let expected = "error[E0277]: `Any` sockets are used by one thread at a time";
    assert_eq!(said.errors(), [expected], "{}", said.text);
}

#[cfg(unix)]
#[test]
fn hazard_poller_shared_normal_a_poller_on_another_thread_is_an_error_without_cells() {
    let said = compile(
        "let socket = Context::new()?.socket(Pull)?;
         let mut poller = Poller::new()?;
         poller.add(&socket, Events::READABLE, 1)?;
         thread::scope(|scope| { scope.spawn(move || drop(poller.wait(None))); });",
    );
    let expected = "error[E0277]: `Any` sockets are used by one thread at a time";
    assert!(!said.errors().is_empty() && said.errors().iter().all(|error| error == expected), "{}", said.text);
    assert!(!said.text.contains("Cell"), "{}", said.text);
}

#[cfg(unix)]
#[test]
fn hazard_poller_dead_socket_a_socket_cannot_close_while_a_poller_has_it() {
    let said = compile(
        "let socket = Context::new()?.socket(Pull)?;
         let mut poller = Poller::new()?;
         poller.add(&socket, Events::READABLE, 1)?;
         drop(socket);
         poller.wait(None)?;",
    );
    assert_eq!(said.errors(), ["error[E0505]: cannot move out of `socket` because it is borrowed"], "{}", said.text);
}

#[cfg(unix)]
#[test]
fn hazard_poller_fd_reuse_a_descriptor_cannot_close_while_a_poller_has_it() {
    let said = compile(
        "let stream = std::os::unix::net::UnixStream::pair().unwrap().0;
         let mut poller = Poller::new()?;
         poller.add_fd(std::os::fd::AsFd::as_fd(&stream), Events::READABLE, 1)?;
         drop(stream);
         poller.wait(None)?;",
    );
    assert_eq!(said.errors(), ["error[E0505]: cannot move out of `stream` because it is borrowed"], "{}", said.text);
}

#[test]
fn internal_conversions_are_not_public() {
    let said = compile("let endpoint: Endpoint = \"inproc://name\".parse()?; let _: Box<str> = (&endpoint).into();");
    let [error] = &said.errors()[..] else { panic!("{}", said.text) };
    assert!(error.starts_with("error[E0277]: the trait bound `Box<str>: From<&Endpoint>` is not"), "{}", said.text);
}

#[cfg(all(unix, any(feature = "tokio", feature = "async-io")))]
#[test]
fn descriptors_of_a_runtime_are_not_public() {
    let said = compile("use zmq::aio::EventFd;");
    assert_eq!(said.errors(), ["error[E0432]: unresolved import `aio::EventFd`"], "{}", said.text);
}

#[cfg(all(unix, feature = "tokio"))]
#[test]
fn an_asynchronous_socket_names_the_missing_ability() {
    for (kind, call, expected) in [
        ("Push", "recv()", "`Push` sockets cannot receive"),
        ("Pull", "send(\"x\")", "`Pull` sockets cannot send"),
        ("Sub", "send_multipart([\"x\"])", "`Sub` sockets cannot send multipart messages"),
    ] {
        let open = format!("aio::tokio::AsyncSocket::open(&Context::new()?, {kind})?");
        let said = compile(&format!("let mut socket = {open}; drop(socket.{call});"));
        // The compiler reports the call and its future in two places.
        let expected = format!("error[E0277]: {expected}");
        assert!(!said.errors().is_empty() && said.errors().iter().all(|error| *error == expected), "{}", said.text);
    }
}
