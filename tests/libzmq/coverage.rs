//! Which of libzmq's test programs are written anew here, and which are left out, with the reason.

use std::collections::BTreeSet;
use std::env;
use std::process::Command;

/// How many test programs libzmq 4.3.5 has.
const PROGRAMS: usize = 139;

/// How many of them are to be covered at least.
const AT_LEAST: usize = 60;

/// What is no test program of libzmq's: what the tests share.
const SHARED: &[&str] = &["common", "coverage"];

const LEFT_OUT: &[(&str, &[&str])] = &[
    (
        "they need drafts of socket types, which this version of the crate does not support",
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
        "they feed a fuzzer's corpus, which is not published with the sources, to the library itself",
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
    ("the option makes libzmq abort where the system refuses it, for want of a privilege", &["busy_poll"]),
    ("it needs the privilege to bind to a device", &["pair_tcp_cap_net_admin"]),
    ("it needs a Kerberos server", &["security_gssapi"]),
    (
        "the crate leaves the filters and the descriptor out, which libzmq has deprecated",
        &["filter_ipc", "srcfd", "tcp_accept_filter"],
    ),
    ("a process that forks is a test of its own: tests/process/forks.rs", &["fork"]),
    ("there are no null handles", &["socket_null"]),
    ("it tells about the machine, and not about the library", &["system"]),
    ("the crate waits with poll(2) and epoll(7): zmq_ppoll has no use for it", &["zmq_ppoll_fd", "zmq_ppoll_signals"]),
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
    assert!(covered.len() >= AT_LEAST, "{} are: {covered:?}", covered.len());
}

#[test]
fn every_program_is_covered_or_left_out_with_a_reason() {
    let (covered, left_out) = (modules_with_tests(), left_out());
    let both: Vec<_> = left_out.iter().filter(|program| covered.contains(**program)).collect();
    assert!(both.is_empty(), "both covered and left out: {both:?}");
    let distinct: BTreeSet<_> = left_out.iter().collect();
    assert_eq!(distinct.len(), left_out.len(), "one is left out twice");
    assert_eq!(covered.len() + left_out.len(), PROGRAMS, "covered: {covered:?}");
}
