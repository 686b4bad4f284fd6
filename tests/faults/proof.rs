//! The table of fixes and its tests. Each fix has a test that fails without it.

use std::collections::BTreeSet;
use std::env;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use zmq::sys::build::{PATCHED, PATCHES, Patch, Proof, TABLE, VENDORED};

/// Returns the number of runs in which a test must fail without the fix: `ZMQ_PROOF_ROUNDS`. Default: 1.
fn rounds() -> usize {
    env::var("ZMQ_PROOF_ROUNDS").map_or(1, |rounds| rounds.parse().expect("a number of rounds"))
}

/// The time limit of a test without the fix. A test that hangs has failed.
const LIMIT: Duration = Duration::from_secs(6);

/// Returns a command that runs this test program.
fn this_program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::current_exe().expect("the path of this program"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Returns `true` if a test passes in time.
fn passes(test: &str) -> bool {
    let mut command = this_program(&["--exact", test, "--include-ignored", "--test-threads=1"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a run of this program");
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("its status") {
            return status.success();
        }
        if start.elapsed() > LIMIT {
            child.kill().and_then(|()| child.wait()).expect("its end");
            return false;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

fn proofs() -> impl Iterator<Item = (&'static Patch, &'static str)> {
    TABLE.iter().filter_map(|patch| match patch.proof {
        Proof::Test(test) => Some((patch, test)),
        Proof::Draft(test) => cfg!(feature = "draft").then_some((patch, test)),
        Proof::Unproven(_) => None,
    })
}

#[test]
fn every_fix_has_a_name_of_its_own_and_a_test_or_a_reason() {
    let names: BTreeSet<_> = TABLE.iter().map(|patch| patch.id).collect();
    assert_eq!(names.len(), TABLE.len(), "two fixes have the same name");
    let listed = this_program(&["--list", "--format=terse"]).output().expect("the list of tests");
    let listed = String::from_utf8_lossy(&listed.stdout);
    let tests: BTreeSet<_> = listed.lines().filter_map(|line| line.strip_suffix(": test")).collect();
    for (patch, test) in proofs() {
        assert!(tests.contains(test), "{}: no test has the name {test}", patch.id);
        assert!(test.contains(&patch.id.replace('-', "_")), "{test} does not name {}", patch.id);
    }
    for patch in TABLE {
        if let Proof::Unproven(reason) = patch.proof {
            assert!(!reason.is_empty(), "{} has neither a test nor a reason", patch.id);
        }
    }
}

#[test]
fn the_build_lists_the_fixes_of_the_library() {
    assert_eq!(PATCHES.len(), if PATCHED { TABLE.len() } else { 0 });
    const { assert!(VENDORED || !PATCHED, "an installed library has no fixes") };
    assert_eq!(TABLE.is_empty(), cfg!(not(feature = "vendored")));
}

#[test]
#[cfg_attr(any(zmq_patched, not(feature = "vendored")), ignore = "needs a build with ZMQ_VENDORED_UNPATCHED=1")]
fn every_fix_is_needed() {
    if PATCHED {
        panic!("the fixes are in this libzmq: build with ZMQ_VENDORED_UNPATCHED=1");
    }
    let mut needless = Vec::new();
    for (patch, test) in proofs() {
        let passed = (0..rounds()).filter(|_| passes(test)).count();
        println!("{}: failed {} of {} times", patch.id, rounds() - passed, rounds());
        if passed > 0 {
            needless.push(format!("{}: {test} passed {passed} of {} times", patch.id, rounds()));
        }
    }
    assert!(needless.is_empty(), "these tests pass without the fix:\n{}", needless.join("\n"));
}
