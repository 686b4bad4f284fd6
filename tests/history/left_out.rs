//! The omitted parts of the test, and the reasons.
//!
//! Without the fixes of the vendored build, some actions of a program end the process, so the test omits them. Each row
//! of the table names the fixes that a part needs. The test prints the rows that it omits.

use zmq::sys::build::PATCHES;

/// A part of the test that needs a fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Heartbeats,
    /// Multipart messages over connections that end before their sockets.
    TornConnections,
    /// Options that drop the queue of a connection.
    Immediate,
    /// Inproc names that are bound and unbound while other sockets connect.
    InprocChurn,
    /// Subscribers that disconnect and reconnect.
    SubscriberChurn,
}

/// A part, the IDs of the fixes that it needs, and the reason.
const PARTS: [(Part, &[&str], &str); 5] = [
    (
        Part::Heartbeats,
        &["heartbeat-io-error", "heartbeat-restart-input"],
        "a peer that leaves at the wrong moment ends the process",
    ),
    (Part::TornConnections, &["clean-pipes"], "a connection that ends within a message ends the process"),
    (Part::Immediate, &["fq-more"], "a connection that ends within a message ends the process"),
    (Part::InprocChurn, &["inproc-names", "inproc-refused"], "a connection to an unbound name ends the process"),
    (Part::SubscriberChurn, &["disconnected-reconnects"], "a message arrives twice"),
];

/// Returns `true` if the library cannot run this part.
pub(crate) fn is_left_out(part: Part) -> bool {
    let has = |id: &&str| PATCHES.iter().any(|patch| patch.id == *id);
    PARTS.iter().any(|(left_out, ids, _)| *left_out == part && !ids.iter().all(has))
}

/// Prints the omitted parts.
pub(crate) fn report() {
    for (part, ids, why) in PARTS.iter().filter(|(part, ..)| is_left_out(*part)) {
        println!("left out: {part:?}, because without {} {why}", ids.join(" and "));
    }
}

#[test]
fn a_part_with_a_fix_is_not_left_out_with_the_fixes() {
    let is_reduced = PARTS.iter().any(|(part, ..)| is_left_out(*part));
    assert!(!zmq::sys::build::PATCHED || !is_reduced, "a fix has been renamed");
}
