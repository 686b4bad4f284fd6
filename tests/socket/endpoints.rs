//! Endpoints: the error for each malformed one, and the harmlessness of arbitrary texts.

use std::time::Duration;

use proptest::prelude::*;
use zmq::{Endpoint, Errno, ErrorKind, Operation, Pull, Push, Req, Result};

use crate::common::{context, pair, skip, take};

const FORM: &str = "the form must be transport://address, for example tcp://127.0.0.1:5555";
const NO_HOST: &str = "the host is missing before the port";
const NO_PORT: &str = "the port is missing after the colon";
const TCP_SOURCE: &str = "a source address is only supported by tcp";
const BRACKETS: &str = "an IPv6 address must be in brackets: [::1]:5555";
const ANY_HOST: &str = "* is only valid in bind; to connect, name the host";
const ANY_PORT: &str = "only bind can choose a port; connect to the endpoint that it returned";

/// Malformed endpoints, with the reasons of their errors.
const MALFORMED: &[(&str, &str)] = &[
    ("", FORM),
    ("tcp", FORM),
    ("tcp:", FORM),
    ("tcp:/127.0.0.1:5555", FORM),
    ("127.0.0.1:5555", FORM),
    ("tcp:127.0.0.1:5555", FORM),
    ("://127.0.0.1:5555", "the transport is missing before ://"),
    ("tcp://", "the address is missing after tcp://"),
    ("ipc://", "the address is missing after ipc://"),
    ("inproc://", "the address is missing after inproc://"),
    ("tcp://127.0.0.1:99999", "port 99999 is above 65535"),
    ("tcp://127.0.0.1:65536", "port 65536 is above 65535"),
    (
        "tcp://127.0.0.1:340282366920938463463374607431768211456",
        "port 340282366920938463463374607431768211456 is above 65535",
    ),
    ("tcp://127.0.0.1:12ab", "port \"12ab\" is not a number"),
    ("tcp://127.0.0.1:-1", "port \"-1\" is not a number"),
    ("tcp://127.0.0.1:+1", "port \"+1\" is not a number"),
    ("tcp://127.0.0.1: 1", "port \" 1\" is not a number"),
    ("tcp://127.0.0.1:1 ", "port \"1 \" is not a number"),
    ("tcp://127.0.0.1:**", "port \"**\" is not a number"),
    ("tcp://127.0.0.1:५५५५", "port \"५५५५\" is not a number"),
    ("tcp://127.0.0.1:5555/path", "port \"5555/path\" is not a number"),
    ("tcp://::1:5555", BRACKETS),
    ("tcp://[::1:5555", BRACKETS),
    ("tcp://::1]:5555", BRACKETS),
    ("tcp://[::1]", BRACKETS),
    ("tcp://;127.0.0.1:5555", "the source address is missing before ;"),
    ("tcp://:0;127.0.0.1:5555", "the source address is missing before its port"),
    ("tcp://127.0.0.2;127.0.0.1:5555", "the port of the source is missing: 127.0.0.2:0 for any free one"),
    ("tcp://127.0.0.2:;127.0.0.1:5555", "the port of the source is missing: 127.0.0.2:0 for any free one"),
    ("tcp://eth0;127.0.0.1:5555", "the port of the source is missing: eth0:0 for any free one"),
    ("tcp://::1;[::1]:5555", "the port of the source is missing: [::1]:0 for any free one"),
    ("tcp://[::1];[::1]:5555", "the port of the source is missing: [::1]:0 for any free one"),
    ("tcp://*:0;127.0.0.1:5555", "the source must be an address or an interface; to use any, leave it out"),
    ("tcp://127.0.0.1:99999;127.0.0.1:1", "port 99999 is above 65535"),
    ("udp://127.0.0.1:99999", "port 99999 is above 65535"),
    ("ws://127.0.0.1:99999/path", "port 99999 is above 65535"),
    ("ws://127.0.0.2:0;127.0.0.1:5555", TCP_SOURCE),
    ("ipc://@", "the name is missing after @"),
    ("ipc://*.sock", "* stands for any free path, so nothing may follow it; for a file of that name, write ./*.sock"),
    ("wss://127.0.0.1:x", "port \"x\" is not a number"),
    ("tcp://127.0.0.1:55\u{0}55", "it contains a NUL byte"),
    ("inproc://a\u{0}b", "it contains a NUL byte"),
    ("\u{0}", "it contains a NUL byte"),
];

#[test]
fn every_malformed_endpoint_is_refused_with_the_reason() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Pull)?;
    for (text, reason) in MALFORMED {
        for (operation, words, error) in [
            (Operation::ParseEndpoint, "read the endpoint", Endpoint::parse(text).unwrap_err()),
            (Operation::ParseEndpoint, "read the endpoint", text.parse::<Endpoint>().unwrap_err()),
            (Operation::Bind, "bind", socket.bind(text).unwrap_err()),
            (Operation::Connect, "connect", socket.connect(text).unwrap_err()),
            (Operation::Unbind, "unbind", socket.unbind(text).unwrap_err()),
            (Operation::Disconnect, "disconnect", socket.disconnect(text).unwrap_err()),
        ] {
            assert_eq!(error.to_string(), format!("cannot {words} {text:?}: {reason}"));
            assert_eq!((error.kind(), error.errno()), (ErrorKind::InvalidEndpoint, Errno::EINVAL));
            assert_eq!((error.operation(), error.subject()), (operation, Some(*text)));
        }
    }
    Ok(())
}

#[test]
fn the_error_for_a_long_ipc_path_names_both_lengths() -> Result<()> {
    let socket = context()?.socket(Pull)?;
    let longest = if cfg!(target_os = "linux") { 107 } else { 103 };
    for len in [longest + 1, 200, 4000] {
        let text = format!("ipc:///{}", "x".repeat(len - 1));
        for (word, error) in
            [("bind", socket.bind(&text).unwrap_err()), ("connect", socket.connect(&text).unwrap_err())]
        {
            assert_eq!((error.kind(), error.errno()), (ErrorKind::NameTooLong, Errno::ENAMETOOLONG));
            assert_eq!(
                error.to_string(),
                format!(
                    "cannot {word} {text:?}: the path has {len} bytes, but at most {longest} fit a socket address (ENAMETOOLONG)"
                )
            );
        }
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn the_longest_ipc_path_that_fits_works() -> Result<()> {
    let longest = if cfg!(target_os = "linux") { 107 } else { 103 };
    let directory = std::env::temp_dir();
    let stem = format!("{}/zmq-{}-", directory.display(), std::process::id());
    let endpoint = format!("ipc://{stem}{}", "x".repeat(longest - stem.len()));
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    assert_eq!(sink.bind(&endpoint)?, *endpoint);
    source.connect(&endpoint)?;
    source.send("it fits")?;
    assert_eq!(take(&sink)?, "it fits");
    // libzmq does not remove the file.
    let _ = std::fs::remove_file(&endpoint["ipc://".len()..]);
    Ok(())
}

/// Incomplete endpoints, with the reason of the error and the remedy that a bind adds.
const INCOMPLETE: &[(&str, &str, &str)] = &[
    ("tcp://127.0.0.1", "the port is missing: 127.0.0.1:PORT", ", or 127.0.0.1:* for any free one"),
    ("tcp://127.0.0.2:0;127.0.0.1", "the port is missing: 127.0.0.1:PORT", ", or 127.0.0.1:* for any free one"),
    ("ws://127.0.0.1/path", "the port is missing: 127.0.0.1:PORT", ", or 127.0.0.1:* for any free one"),
    ("tcp://127.0.0.1:", NO_PORT, "; * stands for any free one"),
    ("tcp://:5555", NO_HOST, "; * stands for all interfaces"),
    ("tcp://:*", NO_HOST, "; * stands for all interfaces"),
    ("tcp://[]:5555", NO_HOST, "; * stands for all interfaces"),
];

#[test]
fn the_remedy_for_an_incomplete_endpoint_depends_on_the_operation() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Pull)?;
    for (text, reason, in_bind) in INCOMPLETE {
        for (words, remedy, error) in [
            ("read the endpoint", in_bind, Endpoint::parse(text).unwrap_err()),
            ("bind", in_bind, socket.bind(text).unwrap_err()),
            ("connect", &"", socket.connect(text).unwrap_err()),
            ("unbind", &"", socket.unbind(text).unwrap_err()),
            ("disconnect", &"", socket.disconnect(text).unwrap_err()),
        ] {
            assert_eq!(error.to_string(), format!("cannot {words} {text:?}: {reason}{remedy}"));
            assert_eq!((error.kind(), error.errno()), (ErrorKind::InvalidEndpoint, Errno::EINVAL));
        }
    }
    Ok(())
}

#[test]
fn a_connection_to_a_wildcard_is_refused() -> Result<()> {
    let socket = context()?.socket(Push)?;
    for (text, reason) in [
        ("tcp://127.0.0.1:*", ANY_PORT),
        ("tcp://127.0.0.1:0", ANY_PORT),
        ("tcp://127.0.0.1:00", ANY_PORT),
        ("ws://127.0.0.1:0/path", ANY_PORT),
        ("tcp://127.0.0.1:5555;127.0.0.1:*", ANY_PORT),
        ("tcp://*:5555", ANY_HOST),
        ("tcp://*:*", ANY_HOST),
        ("tcp://*", ANY_HOST),
        ("tcp://[*]:5555", ANY_HOST),
        ("ws://*:5555/path", ANY_HOST),
        ("tcp://127.0.0.1:0;*:5555", ANY_HOST),
        ("ipc://*", "only bind can choose a path; connect to the endpoint that it returned"),
    ] {
        let error = socket.connect(text).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot connect {text:?}: {reason}"));
        assert_eq!((error.kind(), error.errno()), (ErrorKind::InvalidEndpoint, Errno::EINVAL));
        assert!(Endpoint::parse(text).is_ok() || text == "tcp://*", "{text}");
    }
    Ok(())
}

#[test]
fn a_host_that_libzmq_refuses_is_an_invalid_endpoint() -> Result<()> {
    let socket = context()?.socket(Push)?;
    for text in ["tcp://two words:5555", "tcp://_name:5555", "tcp://näme:5555"] {
        let error = socket.connect(text).unwrap_err();
        let reason = "a host consists of letters, digits and .-_, and starts with a letter or digit";
        assert_eq!(error.to_string(), format!("cannot connect {text:?}: {reason}"));
        assert_eq!((error.kind(), error.errno()), (ErrorKind::InvalidEndpoint, Errno::EINVAL));
    }
    Ok(())
}

#[test]
fn a_connection_uses_the_source_address_of_its_endpoint() -> Result<()> {
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    let endpoint = sink.bind("tcp://127.0.0.1:*")?;
    source.connect(format!("tcp://127.0.0.1:0;{}", endpoint.address()))?;
    source.send("from there")?;
    assert_eq!(take(&sink)?, "from there");
    Ok(())
}

#[test]
fn a_transport_that_libzmq_lacks_is_named() -> Result<()> {
    let socket = context()?.socket(Pull)?;
    for (word, error) in [
        ("bind", socket.bind("bogus://somewhere").unwrap_err()),
        ("connect", socket.connect("bogus://somewhere").unwrap_err()),
    ] {
        assert_eq!((error.kind(), error.errno()), (ErrorKind::UnsupportedProtocol, Errno::EPROTONOSUPPORT));
        assert_eq!(
            error.to_string(),
            format!("cannot {word} \"bogus://somewhere\": this libzmq does not know the transport (EPROTONOSUPPORT)")
        );
    }
    Ok(())
}

#[test]
fn a_transport_that_cannot_carry_the_socket_is_named() -> Result<()> {
    let socket = context()?.socket(Req)?;
    let error = socket.connect("udp://127.0.0.1:5555").unwrap_err();
    assert_eq!((error.kind(), error.errno()), (ErrorKind::IncompatibleProtocol, Errno::ENOCOMPATPROTO));
    assert_eq!(
        error.to_string(),
        "cannot connect \"udp://127.0.0.1:5555\": the transport cannot carry this type of socket (ENOCOMPATPROTO)"
    );
    Ok(())
}

#[test]
fn an_interface_or_address_that_this_machine_lacks_is_named() -> Result<()> {
    let socket = context()?.socket(Pull)?;
    let error = socket.bind("tcp://nosuchif0:*").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSuchDevice);
    assert_eq!(error.to_string(), "cannot bind \"tcp://nosuchif0:*\": no such interface or device (ENODEV)");
    // An address for documentation, which no machine has.
    let error = socket.bind("tcp://192.0.2.1:*").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddressNotAvailable);
    assert_eq!(
        error.to_string(),
        "cannot bind \"tcp://192.0.2.1:*\": the address is not available on this machine (EADDRNOTAVAIL)"
    );
    Ok(())
}

#[cfg(unix)]
#[test]
fn an_ipc_path_in_a_missing_directory_is_named() -> Result<()> {
    let error = context()?.socket(Pull)?.bind("ipc:///nowhere/at/all").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.to_string(), "cannot bind \"ipc:///nowhere/at/all\": no such endpoint or file (ENOENT)");
    Ok(())
}

#[test]
fn an_ipv6_address_while_ipv6_is_off_names_the_option_to_set() -> Result<()> {
    let socket = context()?.socket(Req)?;
    let reason =
        "IPv6 is off by default; to enable it, call set_ipv6(true) first, or ContextBuilder::ipv6(true) (ENODEV)";
    for endpoint in ["tcp://[::1]:5555", "tcp://[::1%lo]:5555", "tcp://[::1]:0;localhost:5555", "ws://[::1]:80/"] {
        // Without this check libzmq would accept the connect, but never establish the connection.
        let error = socket.connect(endpoint).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoSuchDevice);
        assert_eq!(error.to_string(), format!("cannot connect {endpoint:?}: {reason}"));
    }
    for endpoint in ["tcp://[::1]:*", "tcp://[::]:5555"] {
        let error = socket.bind(endpoint).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot bind {endpoint:?}: {reason}"));
    }
    // An IPv4 address may be in brackets as well.
    socket.bind("tcp://[127.0.0.1]:*")?;
    socket.set_ipv6(true)?.connect("tcp://[::1]:5555")?;
    Ok(())
}

#[test]
fn ipv6_endpoints_work_if_the_system_has_ipv6() -> Result<()> {
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        skip("this system has no IPv6");
        return Ok(());
    }
    let context = zmq::Context::builder().ipv6(true).linger(Duration::ZERO).build()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    let endpoint = sink.bind("tcp://[::1]:*")?;
    assert!(endpoint.as_str().starts_with("tcp://[::1]:"), "{endpoint}");
    assert!(endpoint.port().is_some());
    source.connect(&endpoint)?;
    source.send("over IPv6")?;
    let message = take(&sink)?;
    assert_eq!((message.to_str()?, message.peer_address()), ("over IPv6", Some("::1")));
    sink.unbind(&endpoint)
}

#[test]
fn the_parts_of_an_endpoint_can_be_read() -> Result<()> {
    let cases = [
        ("tcp://127.0.0.1:5555", "tcp", "127.0.0.1:5555", Some(5555)),
        ("tcp://[::1]:65535", "tcp", "[::1]:65535", Some(65535)),
        ("tcp://eth0:1;10.0.0.1:2", "tcp", "eth0:1;10.0.0.1:2", Some(2)),
        ("tcp://[::2]:0;[::1]:2", "tcp", "[::2]:0;[::1]:2", Some(2)),
        ("tcp://*:*", "tcp", "*:*", None),
        ("udp://239.0.0.1:7", "udp", "239.0.0.1:7", Some(7)),
        ("ws://127.0.0.1:80/chat:9", "ws", "127.0.0.1:80/chat:9", Some(80)),
        ("ipc:///tmp/a:1", "ipc", "/tmp/a:1", None),
        ("ipc://@abstract", "ipc", "@abstract", None),
        ("inproc://a://b:1", "inproc", "a://b:1", None),
        ("future://x", "future", "x", None),
    ];
    for (text, transport, address, port) in cases {
        let endpoint = Endpoint::parse(text)?;
        assert_eq!((endpoint.transport(), endpoint.address(), endpoint.port()), (transport, address, port), "{text}");
        assert_eq!(
            (endpoint.as_str(), endpoint.to_string(), format!("{endpoint:?}")),
            (text, text.to_owned(), format!("{text:?}"))
        );
        assert!(endpoint == text && endpoint == *text);
        assert_eq!(String::from(endpoint), text);
    }
    Ok(())
}

/// Returns texts that resemble endpoints more than random texts do.
fn resembling() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("tcp".to_owned()),
        Just("udp".to_owned()),
        Just("ws".to_owned()),
        Just("ipc".to_owned()),
        Just("inproc".to_owned()),
        Just("://".to_owned()),
        Just(":".to_owned()),
        Just(";".to_owned()),
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just("::1".to_owned()),
        Just("127.0.0.1".to_owned()),
        Just("*".to_owned()),
        Just("/".to_owned()),
        Just("\0".to_owned()),
        "[0-9]{1,6}",
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn parsing_never_panics_and_accepted_texts_round_trip(text in resembling()) {
        if let Ok(endpoint) = Endpoint::parse(&text) {
            prop_assert_eq!(endpoint.as_str(), text.as_str());
            prop_assert_eq!(&Endpoint::parse(endpoint.as_str()).ok(), &Some(endpoint.clone()));
            prop_assert_eq!(format!("{}://{}", endpoint.transport(), endpoint.address()), text);
        }
    }

    #[test]
    fn ports_up_to_the_highest_are_accepted_and_none_above(port in 0..200_000_u32) {
        let endpoint = Endpoint::parse(&format!("tcp://127.0.0.1:{port}"));
        prop_assert_eq!(endpoint.is_ok(), port <= 65535);
        prop_assert_eq!(endpoint.ok().and_then(|endpoint| endpoint.port()).map(u32::from), Some(port).filter(|port| *port <= 65535));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    // These tests must not reach a name server or another machine. They only use inproc names, unknown transports, and
    // addresses of this machine.
    #[test]
    fn binds_and_connects_of_arbitrary_names_are_harmless(name: String, transport in "inproc|[b-h]{1,9}") {
        let context = context()?;
        let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
        let text = format!("{transport}://{name}");
        let bound = sink.bind(&text);
        if transport == "inproc" && !name.is_empty() && !name.contains('\0') {
            prop_assert_eq!(bound?.to_string(), text.as_str());
            source.connect(&text)?;
            source.send("through")?;
            prop_assert_eq!(take(&sink)?, "through");
            sink.unbind(&text)?;
        } else {
            prop_assert!(bound.is_err() && source.connect(&text).is_err());
        }
        prop_assert!(sink.unbind(&text).is_err());
    }

    #[test]
    fn binds_and_connects_of_arbitrary_local_addresses_are_harmless(
        host in "127\\.0\\.0\\.1|\\[::1\\]|\\*|\\[\\]|\\[\\*\\]|\\[::1%[0-9a-z]{0,12}\\]",
        port in "[0-9*]{0,6}|[ -~]{0,4}",
    ) {
        let context = context()?;
        let socket = context.socket(Pull)?;
        let text = format!("tcp://{host}:{port}");
        if let Ok(endpoint) = socket.bind(&text) {
            prop_assert!(endpoint.port().is_some_and(|port| port > 0), "{}", endpoint);
            socket.unbind(&endpoint)?;
        }
        prop_assert!(port != "*" || socket.connect(&text).is_err());
    }
}

#[test]
fn a_refused_endpoint_does_not_affect_the_socket() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    for text in ["tcp://127.0.0.1:99999", "bogus://x", "tcp://nosuchif0:*", "ipc:///nowhere/at/all"] {
        assert!(sink.bind(text).is_err());
    }
    source.send("as before")?;
    assert_eq!(take(&sink)?, "as before");
    let [open, _] = &sink.context().open_sockets()[..] else { panic!("two sockets are open") };
    assert_eq!(open.bound().len(), 1);
    Ok(())
}
