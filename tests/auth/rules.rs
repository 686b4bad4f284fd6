//! Authentication rules: every mechanism, role and rule over every transport, and rules that change while peers
//! connect.

use std::net::Ipv4Addr;

use zmq::auth::{AddressRange, Authenticator, Request, Rules};
use zmq::curve::{KeyPair, PublicKey};
use zmq::{Capability, Context, Mechanism, MonitorEventKind, Pull, Push, Result, Security, has};

use crate::common::auth::{OUTCOMES, admin, admins, client, outcome, server};
use crate::common::{PATIENCE, context, free, lacks, take};

/// The outcome of a peer's handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    In,
    /// The peer was refused with this ZAP status.
    Zap(u32),
    /// The handshake failed before the authenticator received a request.
    Broken,
}
use Outcome::{Broken, In, Zap};

struct Keys {
    server: KeyPair,
    known: KeyPair,
    unknown: KeyPair,
}

impl Keys {
    fn generate() -> Result<Self> {
        Ok(Self { server: KeyPair::generate()?, known: KeyPair::generate()?, unknown: KeyPair::generate()? })
    }
}

/// The clients, by their credentials.
fn clients(keys: Option<&Keys>) -> Vec<(&'static str, Security)> {
    let mut clients = vec![
        ("nobody", Security::null()),
        ("admin", Security::plain_client("admin", "secret")),
        ("admin with another password", Security::plain_client("admin", "Secret")),
        ("a stranger", Security::plain_client("stranger", "secret")),
    ];
    if let Some(keys) = keys {
        clients.extend([
            ("a known key", Security::curve_client(&keys.known, keys.server.public_key())),
            ("an unknown key", Security::curve_client(&keys.unknown, keys.server.public_key())),
            ("a key for another server", Security::curve_client(&keys.known, keys.unknown.public_key())),
        ]);
    }
    clients
}

/// The rules, each with the expected outcomes of a NULL client, the three PLAIN clients, and the two CURVE clients with
/// the right server key.
fn rules(transport: &str, keys: Option<&Keys>) -> Result<Vec<(&'static str, Rules, [Outcome; 6])>> {
    const NO: Outcome = Zap(400);
    let (here, elsewhere) = if transport == "ipc" { ("ipc", "127.0.0.1") } else { ("127.0.0.0/8", "ipc") };
    let all = || {
        let rules = Rules::new().plain_user("admin", "secret");
        match keys {
            Some(keys) => rules.curve_key(keys.known.public_key()),
            None => rules,
        }
    };
    Ok(vec![
        ("none", Rules::new(), [NO; 6]),
        ("credentials", all(), [NO, In, NO, NO, In, NO]),
        ("credentials, from here", all().allow(here)?, [In, In, NO, NO, In, NO]),
        ("credentials, from elsewhere", all().allow(elsewhere)?, [NO; 6]),
        ("credentials, not from here", all().allow(here)?.deny(here)?, [NO; 6]),
        ("credentials, not from elsewhere", all().deny(elsewhere)?, [NO, In, NO, NO, In, NO]),
        (
            "any key, any user called admin",
            Rules::new().curve_any().plain_with(|user, _| user == "admin"),
            [NO, In, In, NO, In, In],
        ),
        ("from here", Rules::new().allow(here)?, [In, NO, NO, NO, NO, NO]),
    ])
}

/// Connects a client to a server, and returns the outcome and the user ID that the server sees.
fn meet(
    context: &Context,
    transport: &str,
    server: &Security,
    client: &Security,
    server_binds: bool,
) -> Result<(Outcome, Option<String>)> {
    let sink = context.socket(Pull)?;
    let monitor = sink.monitor(OUTCOMES)?;
    sink.set_security(server)?;
    // The client is in another context, so that its side has no authenticator.
    let outside = crate::common::context()?;
    let source = outside.socket(Push)?;
    source.set_security(client)?;
    if server_binds {
        source.connect(sink.bind(free(transport))?)?;
    } else {
        sink.connect(source.bind(free(transport))?)?;
    }
    let event = outcome(&monitor)?;
    let outcome = match event.kind() {
        MonitorEventKind::HandshakeSucceeded => In,
        MonitorEventKind::HandshakeFailedAuth => Zap(event.zap_status().unwrap_or_default()),
        _ => Broken,
    };
    if outcome != In {
        // No message arrives from a refused peer.
        assert_eq!(sink.try_recv()?, None);
        return Ok((outcome, None));
    }
    source.send_timeout("hello", PATIENCE)?;
    let message = take(&sink)?;
    assert_eq!(message, "hello");
    Ok((In, message.user_id().map(str::to_owned)))
}

fn matrix(transport: &str) -> Result<()> {
    if transport == "ipc" && lacks(Capability::Ipc) {
        return Ok(());
    }
    let keys = has(Capability::Curve).then(Keys::generate).transpose()?;
    let keys = keys.as_ref();
    let mut servers = vec![
        ("NULL", Security::null().domain("global"), Mechanism::Null),
        ("PLAIN", Security::plain_server(), Mechanism::Plain),
    ];
    if let Some(keys) = keys {
        servers.push(("CURVE", Security::curve_server(&keys.server), Mechanism::Curve));
    }
    let context = context()?;
    let authenticator = Authenticator::builder(&context).spawn()?;
    let mut cases = 0;
    for (rule, rules, expected) in rules(transport, keys)? {
        authenticator.set_rules(rules);
        for (server_name, server, mechanism) in &servers {
            for (index, (client_name, client)) in clients(keys).into_iter().enumerate() {
                let wanted = match (mechanism, index) {
                    (Mechanism::Null, 0) => expected[0],
                    (Mechanism::Plain, 1..=3) | (Mechanism::Curve, 4..=5) => expected[index],
                    _ => Broken,
                };
                let user = match (wanted, index) {
                    (In, 0) => Some("anonymous".to_owned()),
                    (In, 1..=3) => Some("admin".to_owned()),
                    (In, 4) => keys.map(|keys| keys.known.public_key().to_string()),
                    (In, _) => keys.map(|keys| keys.unknown.public_key().to_string()),
                    _ => None,
                };
                let found = meet(&context, transport, server, &client, cases % 2 == 0)?;
                let case = format!("{client_name} at a {server_name} server over {transport}, rules: {rule}");
                assert_eq!(found, (wanted, user), "{case}");
                cases += 1;
            }
        }
    }
    assert_eq!(cases, if keys.is_some() { 8 * 3 * 7 } else { 8 * 2 * 4 });
    Ok(())
}

#[test]
fn over_tcp_the_rules_decide_for_every_mechanism() -> Result<()> {
    matrix("tcp")
}

#[test]
fn over_ipc_the_rules_decide_for_every_mechanism() -> Result<()> {
    matrix("ipc")
}

#[test]
fn each_domain_has_its_own_rules_and_other_domains_share_the_default() -> Result<()> {
    let context = context()?;
    let builder = Authenticator::builder(&context).rules(admins());
    let authenticator = builder.domain("closed", Rules::new()).spawn()?;
    let (_open, open, open_at) = server(&context, &Security::plain_server())?;
    let (_closed, closed, closed_at) = server(&context, &Security::plain_server().domain("closed"))?;
    let _clients = [client(&open_at, &admin())?, client(&closed_at, &admin())?];
    assert_eq!(outcome(&open)?.kind(), MonitorEventKind::HandshakeSucceeded);
    assert_eq!(outcome(&closed)?.zap_status(), Some(400));

    authenticator.replace_all(Rules::new(), [("closed", admins())]);
    let _clients = [client(&open_at, &admin())?, client(&closed_at, &admin())?];
    assert_eq!(outcome(&open)?.zap_status(), Some(400));
    assert_eq!(outcome(&closed)?.kind(), MonitorEventKind::HandshakeSucceeded);

    authenticator.set_domain("global", admins());
    authenticator.remove_domain("closed");
    let _clients = [client(&open_at, &admin())?, client(&closed_at, &admin())?];
    assert_eq!(outcome(&open)?.kind(), MonitorEventKind::HandshakeSucceeded);
    assert_eq!(outcome(&closed)?.zap_status(), Some(400));
    Ok(())
}

#[test]
fn rules_change_as_a_whole_while_peers_connect() -> Result<()> {
    let context = context()?;
    // At any time only one password is valid, and it is the same for both users.
    let both = |password: &str| Rules::new().plain_user("a", password).plain_user("b", password);
    let authenticator = Authenticator::builder(&context).rules(both("0")).spawn()?;
    let (_server, monitor, endpoint) = server(&context, &Security::plain_server())?;
    for round in 1..20_u32 {
        authenticator.set_rules(both(&round.to_string()));
        for user in ["a", "b"] {
            let old = client(&endpoint, &Security::plain_client(user, (round - 1).to_string()))?;
            assert_eq!(outcome(&monitor)?.zap_status(), Some(400), "{user} in round {round}");
            drop(old);
            let _new = client(&endpoint, &Security::plain_client(user, round.to_string()))?;
            assert_eq!(outcome(&monitor)?.kind(), MonitorEventKind::HandshakeSucceeded, "{user} in round {round}");
        }
    }
    Ok(())
}

/// A request of a peer at this address with these credentials.
fn peer(address: &str, credentials: &[&[u8]]) -> Request {
    let head: [&[u8]; 5] = [b"1.0", b"1", b"global", address.as_bytes(), b""];
    Request::read(&[&head, credentials].concat()).expect("a request")
}

#[test]
fn ranges_of_addresses_users_and_groups_can_be_typed_values() {
    let rules = Rules::new().allow_range(Ipv4Addr::LOCALHOST).allow_range(AddressRange::ipc_group(7));
    let rules = rules.deny_range(AddressRange::ipc_user(5));
    for (address, is_let_in) in [
        ("127.0.0.1", true),
        ("127.0.0.2", false),
        ("localhost:4:7:1", true),
        ("localhost:4:8:1", false),
        ("localhost:5:7:1", false),
    ] {
        assert_eq!(rules.judge(&peer(address, &[b"NULL"])).is_accepted(), is_let_in, "{address}");
    }
    assert_eq!(AddressRange::ipc_group(7).to_string(), "ipc:gid=7");
    assert_eq!("ipc:gid=7".parse().ok(), Some(AddressRange::ipc_group(7)));
}

#[test]
fn a_callback_accepts_keys_in_addition_to_named_ones() {
    let rules = Rules::new().curve_key(PublicKey::from_bytes([1; 32]));
    let rules = rules.curve_with(|key| key.as_bytes()[0] == 2);
    for (first, is_let_in) in [(1, true), (2, true), (3, false)] {
        let verdict = rules.judge(&peer("127.0.0.1", &[b"CURVE", &[first; 32]]));
        assert_eq!(verdict.is_accepted(), is_let_in, "{first}");
    }
}

#[test]
fn over_gssapi_named_principals_or_all_are_accepted() {
    for (rules, is_let_in) in [
        (Rules::new(), [false, false]),
        (Rules::new().gssapi_principal("host@REALM"), [true, false]),
        (Rules::new().gssapi_any(), [true, true]),
    ] {
        let principals: [&[u8]; 2] = [b"host@REALM", b"host@ELSEWHERE"];
        let judged = principals.map(|name| rules.judge(&peer("127.0.0.1", &[b"GSSAPI", name])).is_accepted());
        assert_eq!(judged, is_let_in, "{rules:?}");
    }
}
