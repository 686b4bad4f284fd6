//! The test programs of libzmq that are ported here, and those that are left out, each with a reason.

use std::collections::BTreeSet;
use std::env;
use std::process::Command;

/// The number of test programs of libzmq 4.3.5.
const PROGRAMS: usize = 139;

/// The minimum number of ported programs.
const AT_LEAST: usize = 60;

/// The module that is not a test program of libzmq: shared helpers.
const SHARED: &[&str] = &["common", "coverage"];

const LEFT_OUT: &[(&str, &[&str])] = &[
    #[cfg(not(feature = "draft"))]
    (
        "they need the feature `draft`",
        &["channel", "client_server", "dgram", "peer", "radio_dish", "scatter_gather", "thread_safe"],
    ),
    (
        "they need a transport that most machines lack: TIPC, VMCI, NORM, or WebSocket over TLS",
        &[
            "address_tipc",
            "connect_delay_tipc",
            "pair_tipc",
            "reqrep_device_tipc",
            "reqrep_tipc",
            "router_mandatory_tipc",
            "shutdown_stress_tipc",
            "sub_forward_tipc",
            "term_endpoint_tipc",
            "pair_vmci",
            "reqrep_vmci",
            "pubsub",
            "wss_transport",
        ],
    ),
    (
        "they feed a fuzzer's corpus, which is not published with the sources, straight to the library",
        &[
            "bind_curve_fuzzer",
            "bind_fuzzer",
            "bind_null_fuzzer",
            "bind_stream_fuzzer",
            "bind_ws_fuzzer",
            "connect_curve_fuzzer",
            "connect_fuzzer",
            "connect_null_fuzzer",
            "connect_stream_fuzzer",
            "connect_ws_fuzzer",
            "socket_options_fuzzer",
        ],
    ),
    ("std has atomic numbers", &["atomics"]),
    ("it needs the privilege to bind to a device", &["pair_tcp_cap_net_admin"]),
    ("it needs a Kerberos server", &["security_gssapi"]),
    (
        "the crate has neither the filters nor the descriptor, which libzmq has deprecated",
        &["filter_ipc", "srcfd", "tcp_accept_filter"],
    ),
    ("forks have tests of their own: tests/process/forks.rs", &["fork"]),
    ("the crate has no null handles", &["socket_null"]),
    ("it describes the machine, not the library", &["system"]),
    #[cfg(not(all(feature = "draft", target_os = "linux")))]
    ("the waits that signals end need the feature `draft` and Linux", &["zmq_ppoll_fd", "zmq_ppoll_signals"]),
];

/// Returns the names of the modules that have tests, as the test program lists them.
fn modules_with_tests() -> BTreeSet<String> {
    let output = Command::new(env::current_exe().unwrap()).args(["--list", "--format", "terse"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let listed = String::from_utf8(output.stdout).unwrap();
    let modules = listed.lines().filter(|line| line.ends_with(": test")).filter_map(|line| line.split_once("::"));
    modules.map(|(module, _)| module.to_owned()).filter(|module| !SHARED.contains(&module.as_str())).collect()
}

fn left_out() -> Vec<&'static str> {
    LEFT_OUT.iter().flat_map(|(_, programs)| *programs).copied().collect()
}

#[test]
fn enough_programs_are_covered() {
    let covered = modules_with_tests();
    assert!(covered.len() >= AT_LEAST, "only {} are covered: {covered:?}", covered.len());
}

#[test]
fn every_program_is_covered_or_left_out_with_a_reason() {
    let (covered, left_out) = (modules_with_tests(), left_out());
    let both: Vec<_> = left_out.iter().filter(|program| covered.contains(**program)).collect();
    assert!(both.is_empty(), "both covered and left out: {both:?}");
    let distinct: BTreeSet<_> = left_out.iter().collect();
    assert_eq!(distinct.len(), left_out.len(), "a program is left out twice");
    assert_eq!(covered.len() + left_out.len(), PROGRAMS, "covered: {covered:?}");
}
