//! Security settings of a socket: applied in the right order, as a whole or not at all, and never printed with their
//! secrets.

use zmq::auth::{Authenticator, Request, Rules};
use zmq::curve::KeyPair;
use zmq::{
    Capability, ErrorKind, Mechanism, MonitorEventKind, Operation, Pull, Rep, Result, Security, Socket, Stream, has,
};

use crate::common::auth::{OUTCOMES, admin, admins, client, outcome, server};
use crate::common::{context, free, in_child, lacks, skip, this_test};

#[test]
fn security_is_applied_as_a_whole_and_replaced_by_a_later_one() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Rep)?;
    // The order of the options matters to libzmq: a username and a password turn a server into a client.
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
fn settings_that_cannot_be_secure_are_refused() -> Result<()> {
    let context = context()?;
    let refused = |security: &Security| {
        let error = context.socket(Rep).and_then(|socket| socket.set_security(security).map(drop)).unwrap_err();
        (error.kind(), error.to_string())
    };
    for (security, text) in [
        (admin().domain("lab"), "cannot set security: a client has no domain; set the domain on the server"),
        (
            Security::plain_server().without_authentication(),
            "cannot set security: a PLAIN server needs authentication; without it, libzmq rejects every client",
        ),
        (Security::plain_client("", "x"), r#"cannot set plain_username to Some(""): an empty text is not possible"#),
        (Security::plain_client("x", ""), "cannot set plain_password to a secret: it must have 1 to 255 bytes"),
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
fn curve_with_missing_or_mismatched_keys_is_an_error() -> Result<()> {
    if lacks(Capability::Curve) {
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
    let mismatch = format!("curve_public_key {public} does not belong to curve_secret_key, whose public key is {own}");
    assert!(text(&client).ends_with(&mismatch), "{}", text(&client));
    client.set_curve_public_key(&own)?.bind("tcp://127.0.0.1:*")?;
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
        // The inproc transport does not use the authenticator.
        socket.bind(free("inproc"))?;
        socket.set_zap_enforce_domain(false)?.bind("tcp://127.0.0.1:*")?;
    }
    // Clients need no authenticator.
    drop(client(&"tcp://127.0.0.1:1".parse()?, &admin())?);
    Ok(())
}

#[test]
fn a_curve_server_without_authentication_encrypts_and_needs_no_authenticator() -> Result<()> {
    if lacks(Capability::Curve) {
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
    in_child(this_test!(), || {
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
fn hazard_gssapi_zap_a_server_whose_authenticator_would_be_ignored_does_not_bind() -> Result<()> {
    if !has(Capability::Gssapi) || zmq::version() > (zmq::Version { major: 4, minor: 3, patch: 5 }) {
        skip("this libzmq has no GSSAPI, or a later one that asks the authenticator");
        return Ok(());
    }
    let context = context()?;
    let _authenticator = Authenticator::builder(&context).spawn()?;
    let socket = context.socket(Rep)?;
    socket.set_security(&Security::gssapi_server("service@localhost"))?;
    assert_eq!(socket.mechanism()?, Mechanism::Gssapi);
    assert!(socket.gssapi_server()?);
    let error = socket.bind("tcp://127.0.0.1:*").unwrap_err();
    assert!(error.to_string().contains("accepts GSSAPI peers that the authenticator rejects"), "{error}");
    socket.set_zap_enforce_domain(false)?.bind("tcp://127.0.0.1:*")?;
    Ok(())
}

/// Secrets must not reach logs.
#[test]
fn no_debug_text_and_no_error_contains_a_password_or_a_secret_key() -> Result<()> {
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
fn a_mechanism_round_trips_through_its_text() -> Result<()> {
    let known = [Mechanism::Null, Mechanism::Plain, Mechanism::Curve, Mechanism::Gssapi, Mechanism::Other(9)];
    assert_eq!(known.map(|mechanism| mechanism.to_string()), ["NULL", "PLAIN", "CURVE", "GSSAPI", "9"]);
    for mechanism in known {
        assert_eq!(mechanism.to_string().parse::<Mechanism>()?, mechanism);
        assert_eq!(mechanism.to_string().to_lowercase().parse::<Mechanism>()?, mechanism);
    }
    // The number of a named mechanism is read as that mechanism.
    assert_eq!("2".parse::<Mechanism>()?, Mechanism::Curve);
    assert_eq!(format!("{:>6}|", Mechanism::Null), "  NULL|");
    let error = "SASL".parse::<Mechanism>().unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Operation::ParseMechanism));
    assert_eq!(
        error.to_string(),
        "cannot read the mechanism \"SASL\": unknown mechanism; the mechanisms are NULL, PLAIN, CURVE and GSSAPI"
    );
    Ok(())
}

#[test]
fn a_capability_round_trips_through_its_text() -> Result<()> {
    for capability in Capability::ALL {
        assert_eq!(capability.to_string().parse::<Capability>()?, *capability);
        assert_eq!(capability.to_string().to_uppercase().parse::<Capability>()?, *capability);
    }
    let error = "tls".parse::<Capability>().unwrap_err();
    assert_eq!(error.operation(), Operation::ParseCapability);
    assert!(error.to_string().contains("the capabilities are ipc, pgm, tipc,"), "{error}");
    Ok(())
}
