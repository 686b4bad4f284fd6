//! Everything that the header declares is bound, or refused with a reason. A new name of a later libzmq makes a test
//! fail.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs, io};

use regex_lite::Regex;

use crate::common::header;

/// The names that the crate does not bind, with the reasons.
const REFUSED: &[(&str, &[&str])] = &[
    (
        "the old name of something with a new name",
        &[
            "ZMQ_XREP",
            "ZMQ_XREQ",
            "ZMQ_IDENTITY",
            "ZMQ_CONNECT_RID",
            "ZMQ_DELAY_ATTACH_ON_CONNECT",
            "ZMQ_FAIL_UNROUTABLE",
            "ZMQ_ROUTER_BEHAVIOR",
            "ZMQ_NOBLOCK",
            "ZMQ_IPV4ONLY",
            "zmq_init",
            "zmq_term",
            "zmq_ctx_destroy",
            "zmq_sendmsg",
            "zmq_recvmsg",
        ],
    ),
    ("deprecated by libzmq: replaced by Stream", &["ZMQ_ROUTER_RAW"]),
    (
        "deprecated by libzmq: replaced by an authenticator with rules for addresses and processes",
        &["ZMQ_TCP_ACCEPT_FILTER", "ZMQ_IPC_FILTER_PID", "ZMQ_IPC_FILTER_UID", "ZMQ_IPC_FILTER_GID"],
    ),
    (
        "deprecated by libzmq: replaced by a proxy, and the kind of device has no effect",
        &["zmq_device", "ZMQ_STREAMER", "ZMQ_FORWARDER", "ZMQ_QUEUE"],
    ),
    ("deprecated by libzmq: the descriptor may have been reused", &["ZMQ_SRCFD"]),
    (
        "replaced by whole multipart messages, which lose nothing after an error in the middle",
        &["zmq_sendiov", "zmq_recviov"],
    ),
    (
        "replaced by the message functions, because a borrowed buffer would have to outlive the message",
        &["zmq_send_const"],
    ),
    ("replaced by the message functions, because a short buffer loses the rest", &["zmq_recv"]),
    ("a move of a Rust value", &["zmq_msg_move"]),
    ("no property can be set", &["zmq_msg_set"]),
    ("replaced by zmq_msg_more", &["ZMQ_MORE"]),
    ("an internal detail of zmq_poll", &["ZMQ_POLLITEMS_DFLT"]),
    (
        "errors have their own texts and those of std, because the C text may belong to another thread",
        &["zmq_strerror"],
    ),
    (
        "written in Rust, without the buffers and the handlers of C",
        &[
            "zmq_z85_encode",
            "zmq_z85_decode",
            "zmq_timers_new",
            "zmq_timers_destroy",
            "zmq_timers_add",
            "zmq_timers_cancel",
            "zmq_timers_set_interval",
            "zmq_timers_reset",
            "zmq_timers_timeout",
            "zmq_timers_execute",
            "ZMQ_HAVE_TIMERS",
        ],
    ),
    (
        "written in Rust, because libzmq's proxy waits for the slowest peer, and its commands differ by version",
        &["zmq_proxy", "zmq_proxy_steerable"],
    ),
    ("the crate requests the known events by their names", &["ZMQ_EVENT_ALL"]),
    (
        "part of std: atomics",
        &[
            "zmq_atomic_counter_new",
            "zmq_atomic_counter_set",
            "zmq_atomic_counter_inc",
            "zmq_atomic_counter_dec",
            "zmq_atomic_counter_value",
            "zmq_atomic_counter_destroy",
        ],
    ),
    (
        "part of std: time and threads",
        &[
            "zmq_stopwatch_start",
            "zmq_stopwatch_intermediate",
            "zmq_stopwatch_stop",
            "zmq_sleep",
            "zmq_threadstart",
            "zmq_threadclose",
        ],
    ),
    ("a set of processors is built in Rust before it is added", &["ZMQ_THREAD_AFFINITY_CPU_REMOVE"]),
    (
        "a default that libzmq applies itself",
        &["ZMQ_IO_THREADS_DFLT", "ZMQ_THREAD_PRIORITY_DFLT", "ZMQ_THREAD_SCHED_POLICY_DFLT"],
    ),
    (
        "replaced by zmq_version, which describes the loaded library",
        &["ZMQ_VERSION", "ZMQ_VERSION_MAJOR", "ZMQ_VERSION_MINOR", "ZMQ_VERSION_PATCH", "ZMQ_MAKE_VERSION"],
    ),
    ("only for the C preprocessor", &["ZMQ_EXPORT", "ZMQ_DEFINED_STDINT", "ZMQ_HAS_CAPABILITIES", "ZMQ_HAUSNUMERO"]),
];

/// The names of the drafts that the crate does not bind, with the reasons.
const REFUSED_DRAFTS: &[(&str, &[&str])] = &[
    (
        "replaced by ppoll(2), because libzmq aborts for more than 1024 items and for descriptors above 1023, and 4.3.4 \
         lacks the function",
        &["zmq_ppoll"],
    ),
    ("replaced by zmq_msg_init_size and a copy, which is all that it does", &["zmq_msg_init_buffer"]),
    (
        "the crate decodes fixed versions of events, and requests the known events by their names",
        &["ZMQ_CURRENT_EVENT_VERSION", "ZMQ_CURRENT_EVENT_VERSION_DRAFT", "ZMQ_EVENT_ALL_V1", "ZMQ_EVENT_ALL_V2"],
    ),
    (
        "the names of properties that stable builds have too, without the constants",
        &[
            "ZMQ_MSG_PROPERTY_ROUTING_ID",
            "ZMQ_MSG_PROPERTY_SOCKET_TYPE",
            "ZMQ_MSG_PROPERTY_USER_ID",
            "ZMQ_MSG_PROPERTY_PEER_ADDRESS",
        ],
    ),
    ("only for the C preprocessor", &["ZMQ_HAVE_POLLER"]),
    (
        "`Poller` has a set of its own, whose cost does not grow with it; libzmq's pollers signal one shared socket each",
        &[
            "zmq_poller_add_fd",
            "zmq_poller_modify",
            "zmq_poller_modify_fd",
            "zmq_poller_remove",
            "zmq_poller_remove_fd",
            "zmq_poller_size",
            "zmq_poller_wait_all",
        ],
    ),
];

/// The names of the header: constants and functions, of the stable part and of the draft part.
struct Names {
    stable: BTreeSet<String>,
    draft: BTreeSet<String>,
}

impl Names {
    fn read() -> Self {
        let comments = Regex::new(r"(?s)/\*.*?\*/|//[^\n]*").expect("a pattern");
        let text = comments.replace_all(&header(), "").into_owned();
        let (stable, draft) = text.split_once("#ifdef ZMQ_BUILD_DRAFT_API").expect("a draft part");
        let (stable, draft) = (declared(stable), declared(draft));
        assert!(stable.contains("zmq_ctx_new") && draft.contains("zmq_poller_new"), "{stable:?} {draft:?}");
        Self { stable, draft }
    }
}

fn declared(text: &str) -> BTreeSet<String> {
    let name = Regex::new(r"#\s*define\s+(ZMQ_\w+)|\b(zmq_\w+)\s*\(").expect("a pattern");
    let found = name.captures_iter(text).filter_map(|found| found.get(1).or(found.get(2)));
    found.map(|name| name.as_str().to_owned()).collect()
}

/// Returns the names that the code under src uses. The file that lists the options of libzmq does not count, because it
/// names options that are not bound.
fn bound() -> io::Result<BTreeSet<String>> {
    // A replacement of a function of libzmq has the same name without the prefix.
    let name = Regex::new(r"\b(?:ZMQ|zmq)_\w+|\binlined::(\w+)").expect("a pattern");
    let whole = |found: regex_lite::Captures<'_>| match found.get(1) {
        Some(replacement) => format!("zmq_{}", replacement.as_str()),
        None => found[0].to_owned(),
    };
    let mut names = BTreeSet::new();
    let mut directories = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !path.ends_with("socket/supported.rs")
            {
                let text = fs::read_to_string(path)?;
                let is_code = |line: &&str| !["//", "#[doc("].iter().any(|start| line.trim_start().starts_with(start));
                let code = text.lines().filter(is_code);
                names.extend(code.flat_map(|line| name.captures_iter(line)).map(whole));
            }
        }
    }
    Ok(names)
}

fn refused() -> BTreeSet<String> {
    names_of(REFUSED)
}

fn names_of(list: &[(&str, &[&str])]) -> BTreeSet<String> {
    list.iter().flat_map(|(_, names)| *names).map(|name| (*name).to_owned()).collect()
}

/// Returns the checked-in declarations, which have all names of libzmq 4.3.5.
fn declarations() -> String {
    include_str!("../../zmq-sys/src/bindings.rs").to_owned() + include_str!("../../zmq-sys/src/types.rs")
}

#[test]
fn every_stable_name_is_bound_or_refused_with_a_reason() -> io::Result<()> {
    let known = &bound()? | &refused();
    let missing: Vec<_> = Names::read().stable.difference(&known).cloned().collect();
    assert!(missing.is_empty(), "neither bound nor refused: {missing:#?}");
    Ok(())
}

#[test]
fn nothing_is_bound_and_refused() -> io::Result<()> {
    let both: Vec<_> = bound()?.intersection(&(&refused() | &names_of(REFUSED_DRAFTS))).cloned().collect();
    assert!(both.is_empty(), "{both:#?}");
    Ok(())
}

#[test]
fn every_name_of_the_drafts_is_bound_or_refused_with_a_reason() -> io::Result<()> {
    let known = &bound()? | &names_of(REFUSED_DRAFTS);
    let missing: Vec<_> = Names::read().draft.difference(&known).cloned().collect();
    assert!(missing.is_empty(), "neither bound nor refused: {missing:#?}");
    Ok(())
}

/// The header of 4.3.4 lacks some drafts, so the declarations decide.
#[test]
fn every_draft_of_the_lists_is_declared() {
    let declarations = declarations();
    let listed = names_of(REFUSED_DRAFTS).into_iter();
    // A macro without a value has no declaration.
    let gone: Vec<_> = listed.filter(|name| name != "ZMQ_HAVE_POLLER" && !declarations.contains(name)).collect();
    assert!(gone.is_empty(), "not declared: {gone:#?}");
}

/// The stable parts of 4.3.4 and 4.3.5 have the same names. A name that a version lacks would need another list.
#[test]
fn every_name_of_the_lists_is_in_the_header() {
    let names = Names::read();
    let refused = refused();
    let gone: Vec<_> = refused.difference(&names.stable).collect();
    assert!(gone.is_empty(), "missing in the header: {gone:#?}");
}

#[test]
fn no_name_is_refused_twice_or_without_a_reason() {
    let mut seen = BTreeSet::new();
    for (reason, names) in REFUSED.iter().chain(REFUSED_DRAFTS) {
        assert!(!reason.is_empty() && !names.is_empty());
        for name in *names {
            assert!(seen.insert(name), "{name} is listed twice");
        }
    }
}

#[test]
fn every_function_of_the_drafts_is_declared_under_the_feature() {
    let declarations = declarations();
    let names = Names::read();
    let functions = names.draft.iter().filter(|name| name.starts_with("zmq_"));
    let missing: Vec<_> = functions.filter(|name| !declarations.contains(&format!("pub fn {name}("))).collect();
    assert!(missing.is_empty(), "draft: not yet declared: {missing:#?}");
}
