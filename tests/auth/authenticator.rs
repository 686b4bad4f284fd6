//! The authenticator: the requests and answers of its policy, its life and its end.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, Weak, mpsc};
use std::thread;
use std::time::Duration;

use zmq::auth::{Answer, Authenticator, Credentials, Origin, Request, Rules, Status, Verdict};
use zmq::curve::KeyPair;
use zmq::{
    Capability, Context, Dealer, ErrorKind, MonitorEventKind, Multipart, Pair, Pull, Push, Rep, Result, Router,
    Security, has,
};

use crate::common::auth::{OUTCOMES, admin, admins, client, outcome, server};
use crate::common::{PATIENCE, context, eventually, in_child, in_time, set_raw, take, take_all, this_test};

#[test]
fn user_and_metadata_of_the_verdict_are_on_every_message() -> Result<()> {
    let context = context()?;
    let _authenticator = Authenticator::with(&context, |_: Request, answer: Answer| {
        let alice = Verdict::accept("alice").with_metadata("Role", "operator").with_metadata("X-Shift", "night");
        // If a name occurs twice, the first property counts.
        answer.give(alice.with_metadata("Role", "guest"));
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
fn a_verdict_that_libzmq_would_misread_is_refused() {
    assert_eq!(Verdict::accept("root\0guest").status(), Status::Failed);
    assert_eq!(Verdict::accept("x".repeat(256)).status(), Status::Failed);
    for name in ["", "User-Id", "user-id", "Identity", "Socket-Type", "Peer-Address", "a b", "a\0", &"x".repeat(256)] {
        assert_eq!(Verdict::accept("me").with_metadata(name, "value").status(), Status::Failed, "{name:?}");
    }
    assert_eq!(Verdict::accept("me").with_metadata("Role", "a\0b").status(), Status::Failed);
    assert!(!Verdict::refuse("no").with_metadata("Role", "x").is_accepted());
}

#[test]
fn a_policy_sees_the_credentials_and_the_origin_of_a_peer() -> Result<()> {
    let context = context()?;
    let (sender, requests) = mpsc::channel();
    let _authenticator = Authenticator::with(&context, move |request: Request, answer: Answer| {
        let _ = sender.send(request);
        answer.give(Verdict::refuse("every peer is refused"));
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
fn requests_are_decided_concurrently_if_the_policy_answers_later() -> Result<()> {
    let context = context()?;
    let (sender, pending) = mpsc::channel();
    let _authenticator = Authenticator::with(&context, move |request: Request, answer: Answer| {
        let _ = sender.send((request, answer));
    })?;
    let (_server, monitor, endpoint) = server(&context, &Security::plain_server())?;
    let _clients = [client(&endpoint, &admin())?, client(&endpoint, &admin())?];
    let first = pending.recv_timeout(PATIENCE).expect("no request").1;
    // The second request arrives although the first one has no answer yet.
    let second = pending.recv_timeout(PATIENCE).expect("no second request").1;
    second.give(Verdict::accept("second"));
    assert_eq!(outcome(&monitor)?.kind(), MonitorEventKind::HandshakeSucceeded);
    thread::spawn(move || first.give(Verdict::refuse("first")));
    assert_eq!(outcome(&monitor)?.zap_status(), Some(400));
    Ok(())
}

#[test]
fn a_dropped_answer_and_a_panicking_callback_refuse_the_peer() -> Result<()> {
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
    // The authenticator continues.
    let _client = client(&endpoint, &Security::plain_client("other", "secret"))?;
    assert_eq!(outcome(&monitor)?.kind(), MonitorEventKind::HandshakeSucceeded);
    assert!(authenticator.is_running());
    Ok(())
}

#[test]
fn a_postponed_peer_retries() -> Result<()> {
    let context = context()?;
    let mut asked = 0;
    let _authenticator = Authenticator::with(&context, move |_: Request, answer: Answer| {
        asked += 1;
        answer.give(if asked < 3 { Verdict::postpone("not yet") } else { Verdict::accept("third") });
    })?;
    let (sink, monitor, endpoint) = server(&context, &Security::plain_server())?;
    let source = crate::common::context()?.socket(Push)?;
    source.set_handshake_interval(Duration::from_millis(50))?.set_security(&admin())?.connect(&endpoint)?;
    for _ in 0..2 {
        assert_eq!(outcome(&monitor)?.zap_status(), Some(300));
    }
    source.send_timeout("finally", PATIENCE)?;
    assert_eq!(take(&sink)?.user_id(), Some("third"));
    Ok(())
}

#[test]
fn the_monitor_of_a_client_reports_why_it_is_refused() -> Result<()> {
    let context = context()?;
    let _authenticator = Authenticator::builder(&context).rules(admins()).spawn()?;
    let (_server, _, endpoint) = server(&context, &Security::plain_server())?;
    let socket = crate::common::context()?.socket(Push)?;
    let monitor = socket.monitor(OUTCOMES)?;
    socket.set_security(&Security::plain_client("admin", "wrong"))?.connect(&endpoint)?;
    let event = outcome(&monitor)?;
    assert_eq!((event.kind(), event.zap_status()), (MonitorEventKind::HandshakeFailedAuth, Some(400)));
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
    // Each context has its own authenticator.
    let _others =
        [Authenticator::builder(&crate::common::context()?).spawn()?, Authenticator::builder(&context).spawn()?];
    Ok(())
}

#[test]
fn an_authenticator_counts_as_one_socket_of_the_limit() -> Result<()> {
    let context = Context::builder().max_sockets(2).build()?;
    let (_one, other) = (context.socket(Pull)?, context.socket(Pull)?);
    let error = Authenticator::builder(&context).spawn().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitReached);
    drop(other);
    let _authenticator = Authenticator::builder(&context).spawn()?;
    assert_eq!(context.socket(Pull).unwrap_err().kind(), ErrorKind::LimitReached);
    Ok(())
}

#[test]
fn the_drop_of_replaced_rules_can_change_the_rules() {
    /// Changes the rules of the authenticator when it is dropped.
    struct Changing(Arc<OnceLock<Weak<Authenticator>>>, Arc<AtomicU32>);

    impl Drop for Changing {
        fn drop(&mut self) {
            if let Some(authenticator) = self.0.get().and_then(Weak::upgrade) {
                authenticator.set_domain("changed", Rules::new());
                self.1.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    in_time(|| -> Result<()> {
        let (handle, changes) = (Arc::default(), Arc::default());
        let rules = || {
            let changing = Changing(Arc::clone(&handle), Arc::clone(&changes));
            Rules::new().plain_with(move |_, _| changing.0.get().is_some())
        };
        let builder = Authenticator::builder(&context()?).rules(rules()).domain("named", rules());
        let authenticator = Arc::new(builder.spawn()?);
        handle.set(Arc::downgrade(&authenticator)).expect("the cell is empty");
        authenticator.set_rules(rules());
        authenticator.set_domain("named", rules());
        authenticator.remove_domain("named");
        authenticator.replace_all(Rules::new(), [("named", Rules::new())]);
        assert_eq!(changes.load(Ordering::Relaxed), 4);
        Ok(())
    })
    .unwrap();
}

#[test]
fn the_drop_waits_for_a_running_callback() -> Result<()> {
    let context = context()?;
    let (asked, began) = mpsc::channel();
    let (go, told_to_go) = mpsc::channel::<()>();
    let done = Arc::new(AtomicBool::new(false));
    let is_done = Arc::clone(&done);
    let authenticator = Authenticator::with(&context, move |_: Request, answer: Answer| {
        let _ = asked.send(());
        let _ = told_to_go.recv_timeout(PATIENCE);
        is_done.store(true, Ordering::Release);
        drop(answer);
    })?;
    let (_server, _, endpoint) = server(&context, &Security::plain_server())?;
    let _client = client(&endpoint, &admin())?;
    began.recv_timeout(PATIENCE).expect("no request arrives");
    let dropping = thread::spawn(move || drop(authenticator));
    go.send(()).expect("the policy waits");
    dropping.join().expect("the thread does not panic");
    assert!(done.load(Ordering::Acquire));
    Ok(())
}

#[test]
fn a_zap_handler_of_the_program_counts_as_an_authenticator() -> Result<()> {
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
fn after_the_drop_of_the_authenticator_new_peers_are_refused() -> Result<()> {
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
        // The connected peer stays connected.
        inside.send_timeout("still here", PATIENCE)?;
        assert_eq!(take(&sink)?, "still here");
    }
    Ok(())
}

#[test]
fn a_username_that_is_not_utf_8_is_refused_permanently() -> Result<()> {
    let context = context()?;
    let _authenticator = Authenticator::builder(&context).rules(admins()).spawn()?;
    let (_server, monitor, endpoint) = server(&context, &Security::plain_server())?;
    let client = context.socket(Push)?;
    client.set_security(&admin())?;
    set_raw(&client, zmq::sys::ZMQ_PLAIN_USERNAME, b"adm\xFFn");
    client.connect(&endpoint)?;
    let event = outcome(&monitor)?;
    assert_eq!((event.kind(), event.zap_status()), (MonitorEventKind::HandshakeFailedAuth, Some(400)));
    Ok(())
}

#[test]
fn the_reply_to_a_malformed_request_names_its_defect() {
    for (frames, status, reason) in [
        (&[&b"1.0"[..], b"7", b"", b"::1", b"", b"PLAIN", b"\xFF", b"x"][..], "400", "the username is not UTF-8"),
        (&[b"1.0", b"7", b"", b"::1", b"", b"GSSAPI", b"\xFF"], "400", "the principal is not UTF-8"),
        (&[b"1.0", b"7", b"", b"::1", b"", b"PLAIN"], "500", "the username is missing or too long"),
        (&[b"1.0", b"7", b"\xFF", b"::1", b"", b"NULL"], "500", "its domain is missing or not UTF-8"),
    ] {
        let malformed = Request::read(frames).unwrap_err();
        assert_eq!(malformed.reply(), Some(["1.0", "7", status, reason, "", ""].into()));
    }
    assert_eq!(Request::read(&["1.0"]).unwrap_err().reply(), None);
}

#[test]
fn the_authenticator_survives_broken_requests_of_other_sockets() -> Result<()> {
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
    // Each message with a request ID gets an answer, and only the whole request is accepted.
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
fn hazard_zap_wrong_type_only_router_and_rep_sockets_take_requests() -> Result<()> {
    let context = context()?;
    let error = context.socket(Pair)?.bind("inproc://zeromq.zap.01").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    context.socket(Router)?.bind("inproc://zeromq.zap.01")?;
    Ok(())
}

#[test]
fn the_end_of_a_context_does_not_wait_for_its_authenticator() -> Result<()> {
    let context = context()?;
    let authenticator = Authenticator::builder(&context).spawn()?;
    assert!(in_time({
        let context = context.clone();
        move || context.terminate(PATIENCE).is_ok()
    }));
    eventually("the authenticator ends", || !authenticator.is_running());
    assert_eq!(Authenticator::builder(&context).spawn().unwrap_err().kind(), ErrorKind::ContextTerminated);
    // The authenticator may also be dropped after its context, before it, or by its own policy.
    drop(authenticator);
    let context = crate::common::context()?;
    let authenticator = Authenticator::builder(&context).spawn()?;
    drop(context);
    in_time(move || drop(authenticator));

    let context = crate::common::context()?;
    let (sender, receiver) = mpsc::channel::<Authenticator>();
    let authenticator = Authenticator::with(&context, move |_: Request, answer: Answer| {
        drop(receiver.recv());
        answer.give(Verdict::accept("too late"));
    })?;
    let (_server, monitor, endpoint) = server(&context, &Security::plain_server())?;
    sender.send(authenticator).expect("the policy waits");
    let _client = client(&endpoint, &admin())?;
    assert_eq!(outcome(&monitor)?.kind(), MonitorEventKind::HandshakeSucceeded);
    Ok(())
}

#[cfg(unix)]
#[test]
fn in_a_forked_child_the_authenticator_does_nothing_and_is_dropped() {
    in_child(this_test!(), || {
        let run = || -> Result<()> {
            let context = context()?;
            let authenticator = Authenticator::builder(&context).rules(admins()).spawn()?;
            // SAFETY: the child only makes calls that the crate supports in forked children, and ends without
            // unwinding.
            let child = unsafe { libc::fork() };
            if child == 0 {
                let was_running = authenticator.is_running();
                drop(authenticator);
                // SAFETY: the call ends the child, which has nothing to clean up.
                unsafe { libc::_exit(i32::from(was_running)) };
            }
            let mut status = -1;
            // SAFETY: the child is a child of this process, and the pointer is to a variable that outlives the call.
            let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
            assert_eq!((waited, status), (child, 0));
            // The parent's authenticator continues.
            let (_server, monitor, endpoint) = server(&context, &Security::plain_server())?;
            let _client = client(&endpoint, &admin())?;
            assert_eq!(outcome(&monitor)?.kind(), MonitorEventKind::HandshakeSucceeded);
            Ok(())
        };
        run().unwrap();
    });
}
