//! Runs the examples and compares their output with golden files. Examples with roles also run as several processes.
//!
//! A golden file has one regular expression for each line of the output.

mod common;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use common::{directory, lacks};
use regex_lite::Regex;

/// The time limit of an example, including all of its roles.
const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn every_example_prints_its_golden_file() {
    for name in names() {
        let golden = fs::read_to_string(examples().join(format!("golden/{name}.txt")));
        let golden = golden.unwrap_or_else(|error| panic!("examples/golden/{name}.txt: {error}"));
        expect_story(&name, &golden, &run(&name, &[]).finish());
    }
}

#[test]
fn hello_world_runs_as_two_processes() {
    let mut server = run("hello_world", &["server", "tcp://127.0.0.1:*"]);
    let endpoint = server.endpoint();
    let client = run("hello_world", &["client", &endpoint]).finish();
    let rounds =
        |from: &str, to: &str| (0..5).map(|round| format!("{from} {round}\n{to} {round}\n")).collect::<String>();
    assert_eq!(client, rounds("client: Hello", "client: got World") + "done: 5 replies\n");
    assert_eq!(server.finish(), (0..5).map(|round| format!("server: got Hello {round}\n")).collect::<String>());
}

#[test]
fn weather_runs_as_two_processes() {
    let mut publisher = run("weather", &["publish", "tcp://127.0.0.1:*"]);
    let endpoint = publisher.endpoint();
    let subscriber = run("weather", &["subscribe", &endpoint, "10002"]).finish();
    assert_eq!(subscriber, "subscriber 10002: 100 reports, average temperature 35.9 F\n");
    assert_eq!(publisher.finish(), "publisher: 1 subscriptions, 1000 reports\n");
}

#[cfg(unix)]
#[test]
fn pipeline_runs_as_three_processes() {
    let directory = directory();
    let path = |name| format!("ipc://{}/{name}", directory.path().display());
    let (tasks, results, control) = (path("tasks"), path("results"), path("control"));
    let worker = run("pipeline", &["worker", "A", &tasks, &results, &control]);
    let sink = run("pipeline", &["sink", &results, &control, "1"]);
    assert_eq!(run("pipeline", &["source", &tasks]).finish(), "");
    let story = "sink: 1 workers · 100 tasks · per worker 100 · sum 3142\nsink: stop sent, 1 workers acknowledged\n";
    assert_eq!(sink.finish(), story);
    assert_eq!(worker.finish(), "");
}

#[test]
fn envelopes_runs_as_two_processes() {
    let mut publisher = run("envelopes", &["publish", "tcp://127.0.0.1:*"]);
    let endpoint = publisher.endpoint();
    let subscriber = run("envelopes", &["subscribe", &endpoint]).finish();
    assert_eq!(subscriber, "[B] We would like to see this (1 + 4 + 25 bytes)\n".repeat(3));
    assert_eq!(publisher.finish(), "A filtered: 3\n");
}

#[test]
fn pubsub_sync_runs_as_three_processes() {
    let mut publisher = run("pubsub_sync", &["publish", "tcp://127.0.0.1:*", "2"]);
    let endpoint = publisher.endpoint();
    let subscribers = ["one", "two"].map(|name| (name, run("pubsub_sync", &["subscribe", &endpoint, name])));
    for (name, subscriber) in subscribers {
        assert_eq!(subscriber.finish(), format!("subscriber {name}: 10000/10000\n"));
    }
    assert_eq!(publisher.finish(), "publisher: 2 subscribers connected\n");
}

#[cfg(unix)]
#[test]
fn broker_runs_as_five_processes_in_any_order() {
    for order in ["bwc", "bcw", "wbc", "wcb", "cbw", "cwb"] {
        let directory = directory();
        let path = |name| format!("ipc://{}/{name}", directory.path().display());
        let (front, back) = (path("front"), path("back"));
        let (mut broker, mut worker, mut clients) = (None, None, Vec::new());
        for role in order.chars() {
            match role {
                'b' => broker = Some(run("broker", &["broker", &front, &back])),
                // The broker waits for more requests when the clients are done, and is killed.
                'w' => worker = Some(run("broker", &["worker", &back])),
                _ => {
                    clients.extend(["one", "two", "three"].map(|name| (name, run("broker", &["client", &front, name]))))
                }
            }
        }
        for (name, client) in clients {
            assert_eq!(client.finish(), format!("client {name}: 10 replies\n"), "{order}");
        }
        let broker = broker.expect("a broker in every order");
        assert_eq!(broker.finish(), "broker: 30 requests, 30 replies\n", "{order}");
        drop(worker);
    }
}

#[test]
fn perf_measures_throughput_between_two_processes() {
    let mut local = run("perf", &["throughput", "local", "tcp://127.0.0.1:*", "1000", "500"]);
    let endpoint = local.endpoint();
    assert_eq!(run("perf", &["throughput", "remote", &endpoint, "1000", "500"]).finish(), "");
    let report = r"throughput over tcp, 1000 B: 500 messages, \d+ messages/s, \d+\.\d{3} MB/s";
    expect_story("perf", report, &local.finish());
}

#[cfg(unix)]
#[test]
fn perf_measures_latency_between_two_processes() {
    let mut local = run("perf", &["latency", "local", "ipc://*", "0", "20"]);
    let endpoint = local.endpoint();
    let remote = run("perf", &["latency", "remote", &endpoint, "0", "20"]);
    let report = r"latency over ipc, 0 B: 20 round trips, mean .*, 50 % .*, 99 % .*, 99\.9 % .*, longest \d+\.\d us";
    expect_story("perf", report, &remote.finish());
    assert_eq!(local.finish(), "");
}

#[cfg(unix)]
#[test]
fn perf_fails_if_the_other_side_measures_another_size() {
    let directory = directory();
    let endpoint = format!("ipc://{}/perf", directory.path().display());
    let _remote = run("perf", &["throughput", "remote", &endpoint, "999", "500"]);
    let (code, said) = refusal("perf", &["throughput", "local", &endpoint, "1000", "500"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("received 999 bytes instead of 1000"), "{said}");
}

#[cfg(feature = "tokio")]
#[test]
fn perf_reports_the_same_of_asynchronous_sockets() {
    let golden = fs::read_to_string(examples().join("golden/perf.txt")).unwrap();
    expect_story("perf", &golden, &run("perf", &["--async"]).finish());
}

#[cfg(not(feature = "tokio"))]
#[test]
fn perf_names_the_feature_that_asynchronous_sockets_need() {
    let (code, said) = refusal("perf", &["--async"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("--features tokio"), "{said}");
}

#[test]
fn perf_with_wrong_arguments_prints_its_usage() {
    for arguments in [&["nonsense"][..], &["latency", "both", "inproc://perf", "64", "1"]] {
        let (code, said) = refusal("perf", arguments);
        assert_eq!(code, Some(2));
        assert!(said.contains("usage: perf"), "{said}");
    }
}

#[cfg(feature = "tokio")]
#[test]
fn async_server_runs_as_four_processes() {
    let mut server = run("async_server", &["server", "tcp://127.0.0.1:*"]);
    let endpoint = server.endpoint();
    let clients = ["one", "two", "three"].map(|name| (name, run("async_server", &["client", &endpoint, name])));
    for (name, client) in clients {
        assert_eq!(client.finish(), format!("client {name}: 12 requests, 30 replies\n"));
    }
    assert_eq!(server.finish(), "server: 36 requests, 90 replies\n");
}

#[cfg(unix)]
#[test]
fn shutdown_ends_on_ctrl_c() {
    let mut waiting = run("shutdown", &["wait"]);
    assert_eq!(waiting.line().as_deref(), Some("receiver: blocked"));
    assert_eq!(waiting.line().as_deref(), Some("sender: blocked"));
    // The shell's own `kill`, because a small system may lack the program.
    let sent = Command::new("sh").args(["-c", &format!("kill -INT {}", waiting.child.id())]).status().unwrap();
    assert!(sent.success());
    let story = "main: shutdown\nreceiver: context terminated\nsender: context terminated\nmain: clean exit\n";
    assert_eq!(waiting.finish(), story);
}

#[cfg(unix)]
#[test]
fn ironhouse_runs_as_two_processes_with_the_certificates_of_curve_keys() {
    if lacks(zmq::Capability::Curve) {
        return;
    }
    let directory = directory();
    let file = |name: &str| directory.path().join(name).display().to_string();
    fs::create_dir_all(file("clients")).unwrap();
    for arguments in [&["save", &file("server.key")][..], &["save", &file("clients/alice.key"), "role=operator"]] {
        let story = run("curve_keys", arguments).finish();
        assert_eq!(story.lines().count(), 2, "{story}");
    }
    let mut server = run("ironhouse", &["server", "tcp://127.0.0.1:*", &file("server.key_secret"), &file("clients")]);
    let endpoint = server.endpoint();
    let client = ["client", &endpoint, &file("clients/alice.key_secret"), &file("server.key")];
    assert_eq!(run("ironhouse", &client).finish(), "client: sent\n");
    let story = server.finish();
    assert!(story.starts_with("user_id=") && story.ends_with(" role=operator\n"), "{story}");
}

#[test]
fn an_example_with_wrong_arguments_prints_its_usage() {
    let (code, said) = refusal("hello_world", &["nonsense"]);
    assert_ne!(code, Some(0));
    assert!(said.contains("usage: hello_world [server ENDPOINT | client ENDPOINT]"), "{said}");
}

/// Compares an output with the regular expressions of a golden file, line by line.
fn expect_story(name: &str, golden: &str, story: &str) {
    let (expected, told): (Vec<_>, Vec<_>) = (golden.lines().collect(), story.lines().collect());
    for (number, (expected, told)) in expected.iter().zip(&told).enumerate() {
        let line = Regex::new(&format!("^(?:{expected})$")).unwrap();
        assert!(line.is_match(told), "{name}, line {}: expected\n{expected}\nin\n{story}", number + 1);
    }
    assert_eq!(told.len(), expected.len(), "{name} printed a wrong number of lines:\n{story}");
}

/// Runs an example that fails early, and returns its exit code and its standard error.
fn refusal(name: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let ended = command(name).args(arguments).output().unwrap();
    (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
}

/// A running example. Dropping it kills the process.
struct Run {
    name: String,
    child: Child,
    lines: Receiver<String>,
    deadline: Instant,
}

fn run(name: &str, arguments: &[&str]) -> Run {
    let child = command(name).args(arguments).stdout(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{name}, which `cargo build --examples` builds: {error}"));
    let lines = read(child.stdout.take().unwrap());
    Run { name: name.to_owned(), child, lines, deadline: Instant::now() + LIMIT }
}

impl Run {
    /// Returns the endpoint at the end of the first line.
    fn endpoint(&mut self) -> String {
        let line = self.line().unwrap_or_default();
        let (_, endpoint) =
            line.split_once(": at ").unwrap_or_else(|| panic!("{}: no endpoint in {line:?}", self.name));
        endpoint.to_owned()
    }

    /// Waits for a successful end, and returns the rest of the output.
    fn finish(mut self) -> String {
        let mut story = String::new();
        while let Some(line) = self.line() {
            story += &(line + "\n");
        }
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{} ended with {status} after\n{story}", self.name);
        story
    }

    /// Returns the next line, or `None` at the end of the output.
    fn line(&mut self) -> Option<String> {
        match self.lines.recv_timeout(self.deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => Some(line),
            Err(mpsc::RecvTimeoutError::Disconnected) => None,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("{} did not end within {LIMIT:?}", self.name),
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(name: &str) -> Command {
    // The test is in `deps`, next to `examples`.
    let test = env::current_exe().unwrap();
    let built = test.parent().and_then(Path::parent).unwrap().join("examples");
    let mut command = Command::new(built.join(name).with_extension(env::consts::EXE_EXTENSION));
    command.stdin(Stdio::null());
    command
}

/// Reads lines on a thread of its own, so that the reader can time out.
fn read(output: ChildStdout) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || BufReader::new(output).lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    lines
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// Returns the names of the examples whose features are enabled. Each is a file or a directory.
fn names() -> Vec<String> {
    let files = fs::read_dir(examples()).unwrap().map(|file| file.unwrap().path());
    let sources = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs") || path.join("main.rs").exists());
    let mut names: Vec<_> = sources.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.retain(|name| needed(name).iter().all(|feature| has_feature(feature)));
    names.sort();
    assert!(!names.is_empty());
    names
}

/// Returns the features that an example needs.
fn needed(name: &str) -> Vec<String> {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let entries = manifest["example"].as_array().unwrap().iter();
    let entry = entries.clone().find(|entry| entry["name"].as_str() == Some(name));
    let features = entry.and_then(|entry| entry.get("required-features")?.as_array().cloned()).unwrap_or_default();
    features.iter().map(|feature| feature.as_str().unwrap().to_owned()).collect()
}

fn has_feature(name: &str) -> bool {
    match name {
        "tokio" => cfg!(feature = "tokio"),
        "async-io" => cfg!(feature = "async-io"),
        "futures" => cfg!(feature = "futures"),
        "draft" => cfg!(feature = "draft"),
        _ => panic!("unknown feature {name} of an example"),
    }
}
