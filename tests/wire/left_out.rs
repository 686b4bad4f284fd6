//! What is left out, and why.
//!
//! A libzmq without the fixes of the vendored build ends by what peers may send, so that only what it survives is tried
//! there. Each row of the table names the fix without which a part of the test cannot be run; the run prints those rows.

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

/// A part, the ids of the fixes that it needs, and why.
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
    (Part::GuardsThatConnect, &["zap-client-connects"], "a peer that is refused ends the process"),
    (Part::WsHeartbeats, &["ws-heartbeat"], "the first heartbeat ends the process"),
    (Part::GeneratedIds, &["router-auto-id"], "a peer with the next id that a ROUTER generates ends the process"),
    (Part::WholeOverCurve, &["curve-flags", "curve-gap"], "encrypted frames can be joined and taken out"),
    (Part::CurveMonitors, &["monitor-errno"], "a wrong byte leaks the connection"),
    (Part::SurplusPeers, &["pair-surplus"], "a peer that a PAIR socket turns away leaks its connection"),
    (Part::ControlFrames, &["xpub-control-frames"], "a frame like a subscription tears its message"),
    (Part::GuardedReq, &["req-user-id"], "a REQ socket that asks for credentials loses every reply"),
    (
        Part::WsDescriptors,
        &["ws-bad-frame", "ws-handshake-timer"],
        "a malformed frame of WebSocket leaks its connection",
    ),
    (
        Part::OldPeers,
        &["routing-id-full"],
        "a peer of ZMTP 1.0 or 2.0 to which a PUB, XPUB, REP or ROUTER socket connects again, with a full queue, ends the process",
    ),
    (Part::WsCurveSubscriptions, &["ws-curve-subscribe"], "no subscription arrives"),
    (
        Part::Unread,
        &["push-unread", "router-duplicate"],
        "a peer from which nothing is read, such as one of a PUSH socket, leaks its connection at a small mark",
    ),
];

/// Returns `true` if the library cannot do this.
pub(crate) fn is_left_out(part: Part) -> bool {
    let has = |id: &&str| PATCHES.iter().any(|patch| patch.id == *id);
    PARTS.iter().any(|(left_out, ids, _)| *left_out == part && !ids.iter().all(has))
}

/// Whether anything is left out.
pub(crate) fn is_reduced() -> bool {
    PARTS.iter().any(|(part, ..)| is_left_out(*part))
}

/// Prints what is left out.
pub(crate) fn report() {
    for (part, ids, why) in PARTS.iter().filter(|(part, ..)| is_left_out(*part)) {
        println!("left out: {part:?}, because without {} {why}", ids.join(" and "));
    }
}

#[test]
fn nothing_is_left_out_with_the_fixes() {
    assert!(!zmq::sys::build::PATCHED || !is_reduced(), "a fix has another name");
}
