//! The omitted parts of the test, and the reasons.
//!
//! Without the fixes of the vendored build, some actions of a peer end the process, so the test omits them. Each row of
//! the table names the fixes that a part needs. The test prints the rows that it omits.

use zmq::sys::build::PATCHES;

/// A part of the test that needs a fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Heartbeats,
    ReceiveMarks,
    GuardsThatConnect,
    WsHeartbeats,
    GeneratedIds,
    WholeOverCurve,
    CurveMonitors,
    SurplusPeers,
    ControlFrames,
    GuardedReq,
    Unread,
    WsCurveSubscriptions,
    WsDescriptors,
    OldPeers,
}

/// A part, the IDs of the fixes that it needs, and the reason.
const PARTS: [(Part, &[&str], &str); 14] = [
    (
        Part::Heartbeats,
        &["heartbeat-io-error", "heartbeat-restart-input"],
        "a peer that leaves at the wrong moment ends the process",
    ),
    (
        Part::ReceiveMarks,
        &["heartbeat-io-error", "heartbeat-restart-input"],
        "a peer that pings a full queue and leaves ends the process",
    ),
    (Part::GuardsThatConnect, &["zap-client-connects"], "a refused peer ends the process"),
    (Part::WsHeartbeats, &["ws-heartbeat"], "the first heartbeat ends the process"),
    (Part::GeneratedIds, &["router-auto-id"], "a peer with the next ID that a ROUTER generates ends the process"),
    (Part::WholeOverCurve, &["curve-flags", "curve-gap"], "encrypted frames can be joined and removed"),
    (Part::CurveMonitors, &["monitor-errno"], "a wrong byte leaks the connection"),
    (Part::SurplusPeers, &["pair-surplus"], "a peer that a PAIR socket refuses leaks its connection"),
    (Part::ControlFrames, &["xpub-control-frames"], "a frame like a subscription tears its message"),
    (Part::GuardedReq, &["req-user-id"], "a REQ socket that requires credentials loses every reply"),
    (Part::WsDescriptors, &["ws-bad-frame", "ws-handshake-timer"], "a malformed WebSocket frame leaks its connection"),
    (
        Part::OldPeers,
        &["routing-id-full"],
        "a peer of ZMTP 1.0 or 2.0 ends the process if a PUB, XPUB, REP or ROUTER socket reconnects with a full queue",
    ),
    (Part::WsCurveSubscriptions, &["ws-curve-subscribe"], "no subscription arrives"),
    (
        Part::Unread,
        &["push-unread", "router-duplicate"],
        "a peer whose messages are never read, such as that of a PUSH socket, leaks its connection at a small mark",
    ),
];

/// Returns `true` if the library cannot run this part.
pub(crate) fn is_left_out(part: Part) -> bool {
    let has = |id: &&str| PATCHES.iter().any(|patch| patch.id == *id);
    PARTS.iter().any(|(left_out, ids, _)| *left_out == part && !ids.iter().all(has))
}

/// Returns `true` if any part is omitted.
pub(crate) fn is_reduced() -> bool {
    PARTS.iter().any(|(part, ..)| is_left_out(*part))
}

/// Prints the omitted parts.
pub(crate) fn report() {
    for (part, ids, why) in PARTS.iter().filter(|(part, ..)| is_left_out(*part)) {
        println!("left out: {part:?}, because without {} {why}", ids.join(" and "));
    }
}

#[test]
fn nothing_is_left_out_with_the_fixes() {
    assert!(!zmq::sys::build::PATCHED || !is_reduced(), "a fix has been renamed");
}
