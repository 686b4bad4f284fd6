//! What is left out, and why.
//!
//! A libzmq without the fixes of the vendored build ends by what a program may do, so that only what it survives is tried
//! there. Each row of the table names the fix without which a part of the test cannot be run; the run prints those rows.

use zmq::sys::build::PATCHES;

/// A part of the test that needs a fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Heartbeats,
    /// Multipart messages over connections that end before their sockets.
    TornConnections,
    /// Options that drop what waits for a connection.
    Immediate,
    /// Names in the process that are bound and left while others connect.
    InprocChurn,
    /// Subscribers that leave and come back.
    SubscriberChurn,
}

/// A part, the ids of the fixes that it needs, and why.
const PARTS: [(Part, &[&str], &str); 5] = [
    (
        Part::Heartbeats,
        &["heartbeat-io-error", "heartbeat-restart-input"],
        "a peer that leaves at the wrong moment ends the process",
    ),
    (Part::TornConnections, &["clean-pipes"], "a connection that ends within a message ends the process"),
    (Part::Immediate, &["fq-more"], "a connection that ends within a message ends the process"),
    (Part::InprocChurn, &["inproc-names", "inproc-refused"], "a connection that waits for its name ends the process"),
    (Part::SubscriberChurn, &["disconnected-reconnects"], "a message comes twice"),
];

/// Returns `true` if the library cannot do this.
pub(crate) fn is_left_out(part: Part) -> bool {
    let has = |id: &&str| PATCHES.iter().any(|patch| patch.id == *id);
    PARTS.iter().any(|(left_out, ids, _)| *left_out == part && !ids.iter().all(has))
}

/// Prints what is left out.
pub(crate) fn report() {
    for (part, ids, why) in PARTS.iter().filter(|(part, ..)| is_left_out(*part)) {
        println!("left out: {part:?}, because without {} {why}", ids.join(" and "));
    }
}

#[test]
fn what_has_a_fix_is_not_left_out_with_the_fixes() {
    let is_reduced = PARTS.iter().any(|(part, ..)| is_left_out(*part));
    assert!(!zmq::sys::build::PATCHED || !is_reduced, "a fix has another name");
}
