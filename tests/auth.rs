//! Who gets in: every mechanism, role and rule, over every transport; and what happens while the authenticator runs.

mod common;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use zmq::auth::{Answer, Authenticator, Credentials, Origin, Request, Rules, Status, Verdict};
use zmq::curve::KeyPair;
use zmq::{
    Capability, Context, Dealer, Endpoint, ErrorKind, Mechanism, Monitor, MonitorEvent, MonitorEventKind,
    MonitorEvents, Multipart, Pair, Pull, Push, Rep, Result, Router, Security, Socket, Stream, has,
};

use common::{PATIENCE, context, eventually, free, in_child, in_time, take, take_all};

/// What a server says of a peer once the handshake is over, one way or the other.
const OUTCOMES: MonitorEvents = MonitorEvents::HANDSHAKE_SUCCEEDED
    .union(MonitorEvents::HANDSHAKE_FAILED_AUTH)
    .union(MonitorEvents::HANDSHAKE_FAILED_PROTOCOL)
    .union(MonitorEvents::HANDSHAKE_FAILED_NO_DETAIL);

/// What becomes of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    In,
    /// Refused with this status.
    Zap(u32),
    /// The handshake failed before anybody was asked.
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

/// The other side, by what it brings.
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

/// The rules, with who gets in by them: a NULL peer, the three PLAIN ones, and the two CURVE ones with the right server
/// key.
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

/// Lets a client meet a server, and returns what the server says of it, and as whom it got in.
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
    // The client is in another context, so that no authenticator is asked there.
    let outside = common::context()?;
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
        // And nothing arrives.
        assert_eq!(sink.try_recv()?, None);
        return Ok((outcome, None));
    }
    source.send_timeout("hello", PATIENCE)?;
    let message = take(&sink)?;
    assert_eq!(message, "hello");
    Ok((In, message.user_id().map(str::to_owned)))
}

fn outcome(monitor: &Monitor) -> Result<MonitorEvent> {
    Ok(monitor.recv_timeout(PATIENCE)?.expect("nothing is told of the peer"))
}

fn matrix(transport: &str) -> Result<()> {
    if transport == "ipc" && !has(Capability::Ipc) {
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
fn over_tcp_those_get_in_whom_the_rules_let_in_and_nobody_else() -> Result<()> {
    matrix("tcp")
}

#[test]
fn over_ipc_those_get_in_whom_the_rules_let_in_and_nobody_else() -> Result<()> {
    matrix("ipc")
}

/// A server at a wildcard port, with a monitor.
fn server(context: &Context, security: &Security) -> Result<(Socket<Pull>, Monitor, Endpoint)> {
    let socket = context.socket(Pull)?;
    let monitor = socket.monitor(OUTCOMES)?;
    let endpoint = socket.set_security(security)?.bind("tcp://127.0.0.1:*")?;
    Ok((socket, monitor, endpoint))
}

/// A client of that server; the context goes with it.
fn client(endpoint: &Endpoint, security: &Security) -> Result<Socket<Push>> {
    let socket = context()?.socket(Push)?;
    socket.set_security(security)?.connect(endpoint)?;
    Ok(socket)
}

fn admin() -> Security {
    Security::plain_client("admin", "secret")
}

fn admins() -> Rules {
    Rules::new().plain_user("admin", "secret")
}

#[test]
fn each_domain_has_its_own_rules_and_the_others_share_the_default() -> Result<()> {
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
fn rules_change_all_together_while_peers_come() -> Result<()> {
    let context = context()?;
    // One password at a time is right, and it is the same for both users.
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

#[test]
fn user_and_metadata_of_the_verdict_are_on_every_message() -> Result<()> {
    let context = context()?;
    let _authenticator = Authenticator::with(&context, |_: Request, answer: Answer| {
        answer.give(Verdict::accept("alice").with_metadata("Role", "operator").with_metadata("X-Shift", "night"));
    })?;
    let (sink, _, endpoint) = server(&context, &Security::plain_server())?;
    let source = client(&endpoint, &admin())?;
    source.send_multipart(["one", "two"])?;
    for frame in take_all(&sink)? {
        assert_eq!(frame.user_id(), Some("alice"));
        assert_eq!(frame.metadata("Role"), Some("operator"));
        assert_eq!(frame.metadata("X-Shift"), Some("night"));
    }
    Ok(())
}

#[test]
fn a_policy_sees_who_comes_from_where() -> Result<()> {
    let context = context()?;
    let (sender, requests) = mpsc::channel();
    let _authenticator = Authenticator::with(&context, move |request: Request, answer: Answer| {
        let _ = sender.send(request);
        answer.give(Verdict::refuse("nobody gets in"));
    })?;
    let (_server, _, endpoint) = server(&context, &Security::plain_server().domain("lab"))?;
    let _client = client(&endpoint, &admin())?;
    let request = requests.recv_timeout(PATIENCE).expect("no request");
    assert_eq!((request.domain(), request.address(), request.routing_id()), ("lab", "127.0.0.1", &b""[..]));
    assert_eq!(request.origin(), Origin::Ip([127, 0, 0, 1].into()));
    let credentials = Credentials::Plain { username: "admin".to_owned(), password: "secret".into() };
    assert_eq!(request.credentials(), &credentials);

    if has(Capability::Ipc) && cfg!(target_os = "linux") {
        let server = context.socket(Pull)?;
        let endpoint = server.set_security(&Security::null().domain("lab"))?.bind("ipc://*")?;
        let _client = client(&endpoint, &Security::null())?;
        let request = requests.recv_timeout(PATIENCE).expect("no request");
        assert_eq!(request.credentials(), &Credentials::Null);
        let Origin::Ipc { uid: Some(uid), pid: Some(pid), .. } = request.origin() else { panic!("{request:?}") };
        assert_eq!(pid, std::process::id());
        let range = zmq::auth::AddressRange::ipc_user(uid);
        assert!(range.holds(&request.origin()) && range.to_string() == format!("ipc:uid={uid}"));
    }
    Ok(())
}

#[test]
fn requests_are_judged_side_by_side_where_the_policy_answers_later() -> Result<()> {
    let context = context()?;
    let (sender, pending) = mpsc::channel();
    let _authenticator = Authenticator::with(&context, move |request: Request, answer: Answer| {
        let _ = sender.send((request, answer));
    })?;
    let (_server, monitor, endpoint) = server(&context, &Security::plain_server())?;
    let _clients = [client(&endpoint, &admin())?, client(&endpoint, &admin())?];
    let first = pending.recv_timeout(PATIENCE).expect("no request").1;
    // The second is there although the first has no answer.
    let second = pending.recv_timeout(PATIENCE).expect("no second request").1;
    second.give(Verdict::accept("second"));
    assert_eq!(outcome(&monitor)?.kind(), MonitorEventKind::HandshakeSucceeded);
    thread::spawn(move || first.give(Verdict::refuse("first")));
    assert_eq!(outcome(&monitor)?.zap_status(), Some(400));
    Ok(())
}

#[test]
fn an_answer_that_is_dropped_and_a_callback_that_panics_let_nobody_in() -> Result<()> {
    let context = context()?;
    let authenticator = Authenticator::with(&context, |_: Request, answer: Answer| drop(answer))?;
    let (_server, monitor, endpoint) = server(&context, &Security::plain_server())?;
    let _client = client(&endpoint, &admin())?;
    assert_eq!(outcome(&monitor)?.zap_status(), Some(500));

    drop(authenticator);
    let panics = Rules::new().plain_with(|user, _| if user == "admin" { panic!("on purpose") } else { true });
    let authenticator = Authenticator::builder(&context).rules(panics).spawn()?;
    let _client = client(&endpoint, &admin())?;
    assert_eq!(outcome(&monitor)?.zap_status(), Some(500));
    // And it goes on.
    let _client = client(&endpoint, &Security::plain_client("other", "secret"))?;
    assert_eq!(outcome(&monitor)?.kind(), MonitorEventKind::HandshakeSucceeded);
    assert!(authenticator.is_running());
    Ok(())
}

#[test]
fn a_peer_that_is_postponed_tries_again() -> Result<()> {
    let context = context()?;
    let mut asked = 0;
    let _authenticator = Authenticator::with(&context, move |_: Request, answer: Answer| {
        asked += 1;
        answer.give(if asked < 3 { Verdict::postpone("not yet") } else { Verdict::accept("third") });
    })?;
    let (sink, monitor, endpoint) = server(&context, &Security::plain_server())?;
    let source = common::context()?.socket(Push)?;
    source.set_handshake_interval(Duration::from_millis(50))?.set_security(&admin())?.connect(&endpoint)?;
    for _ in 0..2 {
        assert_eq!(outcome(&monitor)?.zap_status(), Some(300));
    }
    source.send_timeout("finally", PATIENCE)?;
    assert_eq!(take(&sink)?.user_id(), Some("third"));
    Ok(())
}

#[test]
fn a_context_has_one_authenticator_at_a_time() -> Result<()> {
    let context = context()?;
    let first = Authenticator::builder(&context).spawn()?;
    let error = Authenticator::builder(&context).spawn().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddressInUse);
    let text = "cannot start the authenticator: the context has one: drop it first, or change its rules (EADDRINUSE)";
    assert_eq!(error.to_string(), text);
    drop(first);
    for _ in 0..100 {
        drop(Authenticator::builder(&context).spawn()?);
    }
    // Other contexts have their own.
    let _others = [Authenticator::builder(&common::context()?).spawn()?, Authenticator::builder(&context).spawn()?];
    Ok(())
}

#[test]
fn without_an_authenticator_a_server_neither_binds_nor_connects() -> Result<()> {
    let context = context()?;
    let mut secured = vec![Security::plain_server(), Security::null().domain("lab")];
    if has(Capability::Curve) {
        secured.push(Security::curve_server(&KeyPair::generate()?));
    }
    for security in secured {
        let socket = context.socket(Rep)?;
        socket.set_security(&security)?;
        let refused = [socket.bind("tcp://127.0.0.1:*"), socket.connect("tcp://127.0.0.1:1")];
        for error in refused.map(Result::unwrap_err) {
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{security:?}");
            assert!(error.to_string().contains("no authenticator"), "{error}");
        }
        // Over inproc nobody is asked.
        socket.bind(free("inproc"))?;
        socket.set_zap_enforce_domain(false)?.bind("tcp://127.0.0.1:*")?;
    }
    // Clients ask nobody.
    client(&"tcp://127.0.0.1:1".parse()?, &admin())?;
    Ok(())
}

#[test]
fn a_handler_of_the_programs_own_counts_as_an_authenticator() -> Result<()> {
    let context = context()?;
    let handler = context.socket(Rep)?;
    handler.bind("inproc://zeromq.zap.01")?;
    let (sink, _, endpoint) = server(&context, &Security::plain_server())?;
    let source = client(&endpoint, &admin())?;
    let request = Request::read(&take_all(&handler)?).expect("a request");
    handler.send_multipart(admins().judge(&request).reply_to(&request))?;
    source.send_timeout("hello", PATIENCE)?;
    assert_eq!(take(&sink)?.user_id(), Some("admin"));

    handler.unbind("inproc://zeromq.zap.01")?;
    let other = context.socket(Pull)?;
    assert!(other.set_security(&Security::plain_server())?.bind("tcp://127.0.0.1:*").is_err());
    Ok(())
}

#[test]
fn once_the_authenticator_is_gone_nobody_gets_in_any_more() -> Result<()> {
    let context = context()?;
    let mut cases = vec![
        (Security::plain_server(), admin(), admins()),
        (Security::null().domain("lab"), Security::null(), Rules::new().allow("*")?),
    ];
    if has(Capability::Curve) {
        let keys = KeyPair::generate()?;
        let anonymous = Security::curve_anonymous_client(keys.public_key())?;
        cases.push((Security::curve_server(&keys), anonymous, Rules::new().curve_any()));
    }
    for (security, peer, rules) in cases {
        let authenticator = Authenticator::builder(&context).rules(rules).spawn()?;
        let (sink, monitor, endpoint) = server(&context, &security)?;
        let inside = client(&endpoint, &peer)?;
        assert_eq!(outcome(&monitor)?.kind(), MonitorEventKind::HandshakeSucceeded);
        drop(authenticator);
        let _outside = client(&endpoint, &peer)?;
        assert_eq!(outcome(&monitor)?.kind(), MonitorEventKind::HandshakeFailedNoDetail, "{security:?}");
        // Who is in stays.
        inside.send_timeout("still here", PATIENCE)?;
        assert_eq!(take(&sink)?, "still here");
    }
    Ok(())
}

#[test]
fn a_curve_server_without_authentication_encrypts_and_asks_nobody() -> Result<()> {
    if !has(Capability::Curve) {
        return Ok(());
    }
    let context = context()?;
    let keys = KeyPair::generate()?;
    let (_server, monitor, endpoint) = server(&context, &Security::curve_server(&keys).without_authentication())?;
    let _inside = client(&endpoint, &Security::curve_anonymous_client(keys.public_key())?)?;
    assert_eq!(outcome(&monitor)?.kind(), MonitorEventKind::HandshakeSucceeded);
    let _outside = client(&endpoint, &Security::null())?;
    assert_ne!(outcome(&monitor)?.kind(), MonitorEventKind::HandshakeSucceeded);
    Ok(())
}

#[test]
fn hazard_plain_enforce_domain_a_plain_server_without_a_domain_outlives_its_first_client() {
    in_child("hazard_plain_enforce_domain_a_plain_server_without_a_domain_outlives_its_first_client", || {
        let run = || -> Result<()> {
            let context = context()?;
            let _authenticator = Authenticator::builder(&context).rules(admins()).spawn()?;
            let socket = context.socket(Pull)?;
            let monitor = socket.monitor(OUTCOMES)?;
            socket.set_plain_server(true)?.set_zap_enforce_domain(true)?;
            assert!(socket.zap_enforce_domain()?);
            let endpoint = socket.bind("tcp://127.0.0.1:*")?;
            let _client = client(&endpoint, &admin())?;
            assert_eq!(outcome(&monitor)?.kind(), MonitorEventKind::HandshakeSucceeded);
            Ok(())
        };
        run().unwrap();
    });
}

#[test]
fn hazard_zap_wrong_type_only_router_and_rep_sockets_take_requests() -> Result<()> {
    let context = context()?;
    let error = context.socket(Pair)?.bind("inproc://zeromq.zap.01").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    context.socket(Router)?.bind("inproc://zeromq.zap.01")?;
    Ok(())
}

#[test]
fn hazard_gssapi_zap_a_server_whose_authenticator_would_be_ignored_does_not_bind() -> Result<()> {
    if !has(Capability::Gssapi) || zmq::version() > (zmq::Version { major: 4, minor: 3, patch: 5 }) {
        return Ok(());
    }
    let context = context()?;
    let _authenticator = Authenticator::builder(&context).spawn()?;
    let socket = context.socket(Rep)?;
    socket.set_security(&Security::gssapi_server("service@localhost"))?;
    assert_eq!(socket.mechanism()?, Mechanism::Gssapi);
    assert!(socket.gssapi_server()?);
    let error = socket.bind("tcp://127.0.0.1:*").unwrap_err();
    assert!(error.to_string().contains("over GSSAPI"), "{error}");
    socket.set_zap_enforce_domain(false)?.bind("tcp://127.0.0.1:*")?;
    Ok(())
}

#[test]
fn whatever_a_socket_of_the_process_sends_the_authenticator_goes_on() -> Result<()> {
    let context = context()?;
    let authenticator = Authenticator::builder(&context).rules(admins()).spawn()?;
    let intruder = context.socket(Dealer)?;
    intruder.connect("inproc://zeromq.zap.01")?;
    let whole = ["", "1.0", "7", "global", "127.0.0.1", "", "PLAIN", "admin", "secret"];
    let mut broken: Vec<Multipart> = (1..whole.len()).map(|len| whole[..len].iter().copied().collect()).collect();
    broken.push(["no delimiter"; 9].into());
    broken.push(["", ""].into());
    broken.push([&[0xFF; 1 << 20][..]; 3].into());
    for message in broken {
        intruder.send_multipart(message)?;
    }
    intruder.send_multipart(whole)?;
    // What has a request id gets an answer, and none but the whole one is let in.
    let mut statuses = Vec::new();
    while statuses.last().is_none_or(|status| status != "200") {
        let reply = take_all(&intruder)?;
        assert_eq!(reply.len(), 7);
        statuses.push(reply[3].to_str()?.to_owned());
    }
    assert_eq!(statuses, [vec!["500"; 6], vec!["200"]].concat());
    assert!(authenticator.is_running());
    Ok(())
}

#[test]
fn the_end_of_a_context_waits_for_no_authenticator() -> Result<()> {
    let context = context()?;
    let authenticator = Authenticator::builder(&context).spawn()?;
    assert!(in_time({
        let context = context.clone();
        move || context.terminate(PATIENCE).is_ok()
    }));
    eventually("the authenticator ends", || !authenticator.is_running());
    assert_eq!(Authenticator::builder(&context).spawn().unwrap_err().kind(), ErrorKind::ContextTerminated);
    // It may also be dropped last, or first, or by its own policy.
    drop(authenticator);
    let context = common::context()?;
    let authenticator = Authenticator::builder(&context).spawn()?;
    drop(context);
    in_time(move || drop(authenticator));

    let context = common::context()?;
    let (sender, receiver) = mpsc::channel::<Authenticator>();
    let authenticator = Authenticator::with(&context, move |_: Request, answer: Answer| {
        drop(receiver.recv());
        answer.give(Verdict::accept("too late"));
    })?;
    let (_server, monitor, endpoint) = server(&context, &Security::plain_server())?;
    sender.send(authenticator).expect("it waits");
    let _client = client(&endpoint, &admin())?;
    assert_eq!(outcome(&monitor)?.kind(), MonitorEventKind::HandshakeSucceeded);
    Ok(())
}

#[cfg(unix)]
#[test]
fn in_a_forked_child_the_authenticator_does_nothing_and_is_dropped() {
    in_child("in_a_forked_child_the_authenticator_does_nothing_and_is_dropped", || {
        let run = || -> Result<()> {
            let context = context()?;
            let authenticator = Authenticator::builder(&context).rules(admins()).spawn()?;
            // SAFETY: the child calls nothing but what the crate says works there, and ends without unwinding.
            let child = unsafe { libc::fork() };
            if child == 0 {
                let was_running = authenticator.is_running();
                drop(authenticator);
                // SAFETY: it ends the child, which has nothing to clean up.
                unsafe { libc::_exit(i32::from(was_running)) };
            }
            let mut status = -1;
            // SAFETY: the child is this process's, and the pointer is to a variable that outlives the call.
            let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
            assert_eq!((waited, status), (child, 0));
            // The parent's goes on.
            let (_server, monitor, endpoint) = server(&context, &Security::plain_server())?;
            let _client = client(&endpoint, &admin())?;
            assert_eq!(outcome(&monitor)?.kind(), MonitorEventKind::HandshakeSucceeded);
            Ok(())
        };
        run().unwrap();
    });
}

#[test]
fn security_is_applied_whole_and_a_later_one_takes_its_place() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Rep)?;
    // The order matters to libzmq: user and password make a client of a server.
    socket.set_security(&admin())?.set_security(&Security::plain_server())?;
    assert!(socket.plain_server()?);
    assert_eq!(socket.zap_domain()?.as_deref(), Some("global"));
    socket.set_security(&admin())?;
    assert_eq!((socket.mechanism()?, socket.plain_server()?), (Mechanism::Plain, false));
    socket.set_security(&Security::null())?;
    assert_eq!(socket.mechanism()?, Mechanism::Null);
    if has(Capability::Curve) {
        let keys = KeyPair::generate()?;
        socket.set_security(&Security::plain_server())?.set_security(&Security::curve_server(&keys))?;
        assert_eq!((socket.mechanism()?, socket.curve_server()?), (Mechanism::Curve, true));
        assert_eq!(socket.curve_public_key()?, Some(keys.public_key()));
        assert_eq!(socket.curve_secret_key()?.as_ref(), Some(keys.secret_key()));
        assert_eq!(socket.curve_server_key()?, None);
        socket.set_security(&Security::curve_client(&keys, keys.public_key()))?;
        assert_eq!((socket.curve_server()?, socket.curve_server_key()?), (false, Some(keys.public_key())));
    }
    Ok(())
}

#[test]
fn what_cannot_be_secure_is_an_error() -> Result<()> {
    let context = context()?;
    let refused = |security: &Security| {
        let error = context.socket(Rep).and_then(|socket| socket.set_security(security).map(drop)).unwrap_err();
        (error.kind(), error.to_string())
    };
    for (security, text) in [
        (admin().domain("lab"), "cannot set security: a client has no domain: the server's authenticator judges"),
        (
            Security::plain_server().without_authentication(),
            "cannot set security: a PLAIN server cannot do without authentication: libzmq turns everybody away then",
        ),
        (Security::plain_client("", "x"), r#"cannot set plain_username to Some(""): an empty text is not possible"#),
        (Security::plain_client("x", ""), "cannot set plain_password to a secret: it has to have 1 to 255 bytes"),
        (Security::null().domain(""), r#"cannot set zap_domain to "": an empty text is not possible"#),
    ] {
        assert_eq!(refused(&security), (ErrorKind::InvalidInput, text.to_owned()));
    }
    let socket = context.socket(Pull)?;
    socket.bind("tcp://127.0.0.1:*")?;
    assert_eq!(socket.set_security(&admin()).unwrap_err().kind(), ErrorKind::WrongState);
    let socket = context.socket(Stream)?;
    assert_eq!(socket.set_security(&admin()).unwrap_err().kind(), ErrorKind::NotSupported);
    let error = socket.set_plain_server(true)?.bind("tcp://127.0.0.1:*").unwrap_err();
    assert!(error.to_string().contains("STREAM sockets have no handshake"), "{error}");
    Ok(())
}

#[test]
fn curve_with_keys_that_are_missing_or_do_not_fit_is_an_error() -> Result<()> {
    if !has(Capability::Curve) {
        return Ok(());
    }
    let context = context()?;
    let (keys, other) = (KeyPair::generate()?, KeyPair::generate()?);
    let text = |socket: &Socket<Rep>| socket.bind("tcp://127.0.0.1:*").unwrap_err().to_string();

    let server = context.socket(Rep)?;
    server.set_curve_server(true)?;
    assert!(text(&server).ends_with("curve_secret_key is not set, and CURVE needs it"), "{}", text(&server));

    let client = context.socket(Rep)?;
    client.set_curve_public_key(&keys.public_key())?.set_curve_secret_key(other.secret_key())?;
    assert!(text(&client).ends_with("curve_server_key is not set, and CURVE needs it"), "{}", text(&client));
    client.set_curve_server_key(&other.public_key())?;
    let (public, own) = (keys.public_key(), other.public_key());
    let mismatch = format!("curve_public_key, {public}, does not belong to curve_secret_key, whose own is {own}");
    assert!(text(&client).ends_with(&mismatch), "{}", text(&client));
    client.set_curve_public_key(&own)?.bind("tcp://127.0.0.1:*")?;
    Ok(())
}

#[test]
fn the_monitor_of_a_client_says_why_it_does_not_get_in() -> Result<()> {
    let context = context()?;
    let _authenticator = Authenticator::builder(&context).rules(admins()).spawn()?;
    let (_server, _, endpoint) = server(&context, &Security::plain_server())?;
    let socket = common::context()?.socket(Push)?;
    let monitor = socket.monitor(OUTCOMES)?;
    socket.set_security(&Security::plain_client("admin", "wrong"))?.connect(&endpoint)?;
    let event = outcome(&monitor)?;
    assert_eq!((event.kind(), event.zap_status()), (MonitorEventKind::HandshakeFailedAuth, Some(400)));
    Ok(())
}

/// What nobody may read in a log.
#[test]
fn no_debug_text_and_no_error_has_a_password_or_a_secret_key() -> Result<()> {
    const PASSWORD: &str = "correct-horse";
    let mut shown = String::new();
    let mut secrets = vec![PASSWORD.to_owned(), format!("{:?}", PASSWORD.as_bytes())];
    let mut show = |value: &dyn std::fmt::Debug| shown += &format!("{value:?}\n{value:#?}\n");

    let context = context()?;
    let rules = Rules::new().plain_user("admin", PASSWORD);
    show(&rules);
    show(&Security::plain_client("admin", PASSWORD));
    let frames = ["1.0", "1", "", "", "", "PLAIN", "admin", PASSWORD];
    let request = Request::read(&frames).expect("a request");
    show(&request);
    show(&request.credentials());
    show(&rules.judge(&request));
    show(&Request::read(&[&frames[..], &["more"]].concat()));
    let builder = Authenticator::builder(&context).rules(rules.clone()).domain("lab", rules);
    show(&builder);
    let socket = context.socket(Rep)?;
    show(&socket.set_plain_password(Some(&PASSWORD.repeat(30))).map(drop));
    show(&socket.set_security(&Security::plain_client("admin", PASSWORD.repeat(30))).map(drop));
    socket.set_security(&Security::plain_client("admin", PASSWORD))?;
    show(&socket);
    show(&builder.spawn()?);
    if has(Capability::Curve) {
        let keys = KeyPair::generate()?;
        secrets.push(keys.secret_key().to_z85().to_string());
        secrets.push(format!("{:?}", keys.secret_key().as_bytes()));
        for security in [Security::curve_server(&keys), Security::curve_client(&keys, keys.public_key())] {
            show(&security);
            let socket = context.socket(Rep)?;
            socket.set_security(&security)?;
            show(&socket);
            show(&socket.curve_secret_key()?);
        }
        show(&zmq::auth::Certificate::from(keys));
    }
    assert!(shown.contains("admin") && shown.lines().count() > 40, "{shown}");
    for secret in secrets {
        assert!(!shown.contains(&secret), "{secret} in\n{shown}");
    }
    Ok(())
}

#[test]
fn a_verdict_that_libzmq_would_misread_lets_nobody_in() {
    assert_eq!(Verdict::accept("root\0guest").status(), Status::Failed);
    assert_eq!(Verdict::accept("x".repeat(256)).status(), Status::Failed);
    for name in ["", "User-Id", "user-id", "Identity", "Socket-Type", "Peer-Address", "a b", "a\0", &"x".repeat(256)] {
        assert_eq!(Verdict::accept("me").with_metadata(name, "value").status(), Status::Failed, "{name:?}");
    }
    assert_eq!(Verdict::accept("me").with_metadata("Role", "a\0b").status(), Status::Failed);
    assert!(!Verdict::refuse("no").with_metadata("Role", "x").is_accepted());
}
