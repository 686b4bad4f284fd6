//! The text of a configuration: valid values, errors, serialised text, and secrets that are never shown.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zmq::context::SchedulingPolicy;
use zmq::curve::PublicKey;
use zmq::socket::{Affinity, NameType};
use zmq::{
    Capability, Endpoint, ErrorKind, Heartbeat, Mechanism, Message, Multipart, Password, Result, SocketConfig,
    SocketType, TcpKeepalive, Topic, Version,
};

use crate::common::config::{open, read};
use crate::common::context;

/// Returns the error message for a configuration in TOML, without the position.
fn wrong(toml: &str) -> String {
    let error = toml::from_str::<SocketConfig>(toml).expect_err(toml);
    assert!(error.span().is_some(), "{toml}: {error}");
    error.message().to_owned()
}

#[test]
fn an_unknown_key_is_named_with_the_most_similar_key() {
    for (key, meant) in [
        ("send_hmw", "unknown key \"send_hmw\": did you mean \"send_hwm\"?"),
        ("lingr", "unknown key \"lingr\": did you mean \"linger\"?"),
        ("binds", "unknown key \"binds\": did you mean \"bind\"?"),
        ("tcp_keep_alive", "unknown key \"tcp_keep_alive\": did you mean \"tcp_keepalive\"?"),
        ("RCVTIMEO", "unknown key \"RCVTIMEO\": did you mean \"recv_timeout\"?"),
        ("ZMQ_ROUTER_MANDATORY", "unknown key \"ZMQ_ROUTER_MANDATORY\": did you mean \"mandatory\"?"),
        ("set_linger", "unknown key \"set_linger\": did you mean \"linger\"?"),
        ("send-hwm", "unknown key \"send-hwm\": did you mean \"send_hwm\"?"),
    ] {
        assert_eq!(wrong(&format!("{key} = 1")), meant);
        let json = serde_json::from_str::<SocketConfig>(&format!("{{\"{key}\": 1}}")).unwrap_err();
        assert!(json.to_string().starts_with(meant), "{json}");
    }
    let unlike_any = wrong("colour = 1");
    assert!(unlike_any.starts_with("unknown key \"colour\"; there are type, send_hwm, recv_hwm, "), "{unlike_any}");
    assert!(unlike_any.ends_with(", subscribe, bind, connect"), "{unlike_any}");
    assert_eq!(wrong("heartbeat.timeuot = \"1s\""), "unknown key \"timeuot\": did you mean \"timeout\"?");
    assert_eq!(wrong("tcp_keepalive.x = 1"), "unknown key \"x\"; there are on, idle, interval, count");
}

#[test]
fn an_impossible_value_is_named_with_its_key_and_the_remedy() {
    let duration = "a duration is a text such as \"250ms\", \"5s\" or \"1h30m\", in d, h, m, s, ms, us and ns";
    for (file, message) in [
        ("send_hwm = -1", "invalid value: integer `-1`, expected a number from 0 to 2147483647 for send_hwm"),
        (
            "send_hwm = 5000000000",
            "invalid value: integer `5000000000`, expected a number from 0 to 2147483647 for send_hwm",
        ),
        ("send_hwm = 3000000000", "cannot set send_hwm to 3000000000: at most 2147483647 is possible"),
        ("send_hwm = \"7\"", "invalid type: string \"7\", expected a number from 0 to 2147483647 for send_hwm"),
        ("tos = 256", "invalid value: integer `256`, expected a number from 0 to 255 for tos"),
        ("immediate = 1", "invalid type: integer `1`, expected true or false for immediate"),
        ("send_buffer = -1", "cannot set send_buffer to -1: write \"none\""),
        ("linger = -1", "cannot set linger to -1: write \"forever\""),
        ("linger = 250", "cannot set linger to 250: it has no unit: write \"250ms\" or another"),
        ("linger = \"5 parsecs\"", &format!("cannot set linger to \"5 parsecs\": {duration}")),
        ("connect_timeout = \"forever\"", &format!("cannot set connect_timeout to \"forever\": {duration}")),
        ("linger = \"30d\"", "cannot set linger to 2592000s: at most 2147483647 ms (24 days) are possible"),
        (
            "heartbeat.time_to_live = \"2h\"",
            "cannot set heartbeat.time_to_live to 7200s: at most 6553.5 s are possible",
        ),
        (
            "heartbeat = \"1s\"",
            "invalid type: string \"1s\", expected a table of interval, timeout and time_to_live for heartbeat",
        ),
        ("routing_id = \"\"", "cannot set routing_id to \"\": a routing ID has at least one byte"),
        (
            "routing_id = [0, 1, 2, 3, 4]",
            "cannot set routing_id to \"\\x00\\x01\\x02\\x03\\x04\": routing IDs of 5 bytes with a leading zero are \
             reserved for libzmq",
        ),
        ("routing_id = [1, 256]", "invalid value: integer `256`, expected a number from 0 to 255 for routing_id"),
        ("affinity = [64]", "invalid value: integer `64`, expected a list of I/O threads, from 0 to 63 for affinity"),
        ("zap_domain = \"\"", "cannot set zap_domain to \"\": an empty text is not possible"),
        (
            "gssapi_principal_name_type = \"x\"",
            "invalid value: string \"x\", expected \"host_based\", \"user_name\" or \"krb5_principal\" for gssapi_principal_name_type",
        ),
        ("bind = \"tcp://127.0.0.1:99999\"", "cannot bind \"tcp://127.0.0.1:99999\": port 99999 is above 65535"),
        (
            "connect = [\"tcp://127.0.0.1:*\"]",
            "cannot connect \"tcp://127.0.0.1:*\": only bind can choose a port; connect to the endpoint that it returned",
        ),
        (
            "bind = [[\"inproc://a\"]]",
            "invalid type: sequence, expected a list of endpoints such as \"tcp://*:5555\" for bind",
        ),
        (
            "subscribe = [1]",
            "invalid type: integer `1`, expected a text, or a list of numbers from 0 to 255 for subscribe",
        ),
    ] {
        assert_eq!(wrong(file), message, "{file}");
    }
    let long = wrong(&format!("subscribe = \"{}\"", "x".repeat(3000)));
    assert_eq!(long, "cannot set subscribe: the prefix has 3000 bytes, at most 2048 are possible");
    let no_type = wrong("type = \"ROUTR\"");
    assert!(no_type.starts_with("cannot read the socket type \"ROUTR\": no socket type has this name"), "{no_type}");
}

#[test]
fn an_error_has_its_position_in_the_file() {
    let error = toml::from_str::<SocketConfig>("send_hwm = 5\nlinger = \"soon\"\n").unwrap_err();
    assert!(error.to_string().starts_with("TOML parse error at line 2, column 10\n"), "{error}");
    let error = serde_json::from_str::<SocketConfig>("{\n\"tos\": 300}").unwrap_err();
    assert_eq!(error.line(), 2);
    let twice = serde_json::from_str::<SocketConfig>(r#"{"tos": 1, "tos": 2}"#).unwrap_err();
    assert!(twice.to_string().starts_with("the key \"tos\" occurs twice"), "{twice}");
}

#[test]
fn a_password_is_read_and_never_shown() -> Result<()> {
    let config = read("type = \"REQ\"\nplain_username = \"admin\"\nplain_password = \"sesame\"");
    assert_eq!(config.open(&context()?)?.plain_password()?.as_deref(), Some("sesame"));
    assert!(!format!("{config:?}").contains("sesame"));
    assert!(format!("{config:?}").contains("admin"));
    let written = toml::to_string(&config).unwrap();
    assert_eq!(written, "type = \"REQ\"\nplain_username = \"admin\"\n");

    // The crate's errors must not contain the secret; a TOML parser may still quote the lines that it read.
    for secret in ["12345", "-12345", "123.45", "[12345]", "{a = 12345}", "true"] {
        let message = wrong(&format!("plain_password = {secret}"));
        assert!(
            message.contains("plain_password") && !message.contains("123") && !message.contains("true"),
            "{message}"
        );
    }
    let long = wrong(&format!("plain_password = \"{}\"", "x".repeat(300)));
    assert_eq!(long, "cannot set plain_password to a secret: it must have 1 to 255 bytes");
    Ok(())
}

#[test]
fn the_keys_of_curve_are_read_and_the_secret_one_is_never_shown() -> Result<()> {
    let (public, secret) = ("Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID", "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs");
    let file = format!(
        "type = \"REQ\"\ncurve_server_key = '{public}'\ncurve_public_key = '{public}'\ncurve_secret_key = '{secret}'"
    );
    let config = read(&file);
    assert!(!format!("{config:?}").contains(secret));
    let written = toml::to_string(&config).unwrap();
    assert!(written.contains(public) && !written.contains(secret));
    if zmq::has(Capability::Curve) {
        let client = config.open(&context()?)?;
        assert_eq!(client.mechanism()?, Mechanism::Curve);
        assert!(!client.curve_server()?);
        assert_eq!(client.curve_secret_key()?, Some(secret.parse()?));
        let server = open(&format!("type = \"REP\"\ncurve_secret_key = '{secret}'\ncurve_server = true"))?;
        assert_eq!((server.mechanism()?, server.curve_server()?), (Mechanism::Curve, true));
    } else {
        assert_eq!(config.open(&context()?).unwrap_err().kind(), ErrorKind::NotSupported);
    }
    let message = wrong(&format!("curve_secret_key = '{secret}x'"));
    let expected =
        "cannot read the secret key: its length is 41, but a key in Z85 has 40 characters (in curve_secret_key)";
    assert_eq!(message, expected);
    Ok(())
}

#[test]
fn the_types_of_values_can_be_read_and_written_alone() {
    #[derive(Debug, PartialEq, Deserialize, Serialize)]
    struct Settings {
        kind: SocketType,
        endpoint: Endpoint,
        key: PublicKey,
        keepalive: TcpKeepalive,
        heartbeat: Heartbeat,
    }
    let text = "kind = \"XPUB\"\nendpoint = \"tcp://127.0.0.1:5555\"\nkey = \"JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6\"\n\n\
                [keepalive]\non = false\nidle = \"1m\"\n\n[heartbeat]\ninterval = \"1s\"\n";
    let settings: Settings = toml::from_str(text).unwrap();
    assert_eq!(settings.kind, SocketType::XPub);
    assert_eq!(settings.endpoint, "tcp://127.0.0.1:5555");
    assert_eq!(settings.heartbeat, Heartbeat::every(Duration::from_secs(1)));
    assert_eq!(toml::to_string(&settings).unwrap(), text);

    let password: Password = serde_json::from_str("\"sesame\"").unwrap();
    assert!(password == *"sesame");
    let error = serde_json::from_str::<Password>("12345").unwrap_err();
    assert!(error.to_string().starts_with("expected a text for Password"), "{error}");
    let error = serde_json::from_str::<Endpoint>("\"tcp://nowhere\"").unwrap_err();
    assert!(
        error.to_string().starts_with("cannot read the endpoint \"tcp://nowhere\": the port is missing"),
        "{error}"
    );
}

#[test]
fn every_type_of_value_round_trips() {
    #[derive(Debug, PartialEq, Deserialize, Serialize)]
    struct Settings {
        mechanisms: [Mechanism; 2],
        name_type: NameType,
        affinity: Affinity,
        topics: [Topic; 2],
        policy: SchedulingPolicy,
        capability: Capability,
        version: Version,
    }
    let text = concat!(
        r#"{"mechanisms":["PLAIN","7"],"name_type":"user_name","affinity":[0,2],"topics":["A.",[1,255]],"#,
        r#""policy":"round_robin","capability":"WS","version":"4.3.5"}"#
    );
    let settings: Settings = serde_json::from_str(text).unwrap();
    let expected = Settings {
        mechanisms: [Mechanism::Plain, Mechanism::Other(7)],
        name_type: NameType::UserName,
        affinity: Affinity::threads([0, 2]),
        topics: [Topic::new("A."), Topic::new([1, 255])],
        policy: SchedulingPolicy::RoundRobin,
        capability: Capability::Ws,
        version: Version { major: 4, minor: 3, patch: 5 },
    };
    assert_eq!(settings, expected);
    assert_eq!(serde_json::to_string(&settings).unwrap(), text);
}

#[test]
fn an_invalid_value_is_refused_with_the_valid_values() {
    fn refused<T: serde::de::DeserializeOwned + std::fmt::Debug>(text: &str) -> String {
        serde_json::from_str::<T>(text).unwrap_err().to_string()
    }
    assert_eq!(
        refused::<Mechanism>("\"CRUVE\""),
        "cannot read the mechanism \"CRUVE\": unknown mechanism; the mechanisms are NULL, PLAIN, CURVE and GSSAPI"
    );
    assert!(
        refused::<Capability>("\"tls\"").contains("the capabilities are ipc, pgm,"),
        "{}",
        refused::<Capability>("\"tls\"")
    );
    assert!(refused::<Version>("\"4.3\"").starts_with("a version is a text such as \"4.3.5\", not \"4.3\""));
    assert!(refused::<SchedulingPolicy>("\"idle\"").starts_with("a scheduling policy is \"other\", \"fifo\""));
}

#[test]
fn messages_round_trip() {
    let message = Multipart::from([&b"head"[..], &[], &[0, 255]]);
    let text = serde_json::to_string(&message).unwrap();
    assert_eq!(text, "[[104,101,97,100],[],[0,255]]");
    assert_eq!(serde_json::from_str::<Multipart>(&text).unwrap(), message);
    assert_eq!(serde_json::from_str::<Message>("\"text\"").unwrap(), "text");
    assert_eq!(serde_json::to_string(&Message::from("A")).unwrap(), "[65]");
    assert!(serde_json::from_str::<Message>("[256]").is_err());
}

#[test]
fn settings_of_a_program_and_of_a_file_are_merged() -> Result<()> {
    let mut config = SocketConfig::new();
    config.set_type(SocketType::Sub).set_recv_hwm(5).set_linger(None).set_bind_to_device(Some("lo"));
    config.subscribe("A").subscribe(b"B").bind("inproc://one")?.connect("inproc://two")?;
    let written = toml::to_string(&config).unwrap();
    assert_eq!(
        written,
        "type = \"SUB\"\nrecv_hwm = 5\nlinger = \"forever\"\nbind_to_device = \"lo\"\nsubscribe = [\"A\", \"B\"]\n\
         bind = [\"inproc://one\"]\nconnect = [\"inproc://two\"]\n"
    );
    assert_eq!(read(&written), config);

    config.merge(&read("recv_hwm = 6\nsubscribe = []"));
    assert_eq!(
        config.set_bind_to_device(None).keys().collect::<Vec<_>>(),
        ["bind", "connect", "linger", "recv_hwm", "subscribe", "type"]
    );
    assert!(config.remove("connect") && !config.remove("connect"));
    let socket = config.open(&context()?)?;
    assert_eq!((socket.recv_hwm()?, socket.linger()?, socket.bind_to_device()?), (6, None, None));
    Ok(())
}

#[test]
fn a_configuration_can_be_a_part_of_the_programs_own_settings() {
    #[derive(Deserialize, Serialize)]
    struct Settings {
        name: String,
        #[serde(flatten)]
        socket: SocketConfig,
        others: BTreeMap<String, SocketConfig>,
    }
    let text = "name = \"station\"\nlinger = \"1s\"\n\n[others.control]\ntype = \"PUB\"\ntcp_keepalive.on = true\n";
    let settings: Settings = toml::from_str(text).unwrap();
    assert_eq!(settings.name, "station");
    assert_eq!(settings.socket, read("linger = \"1s\""));
    assert_eq!(settings.others["control"].socket_type(), Some(SocketType::Pub));
    let again: Settings = toml::from_str(&toml::to_string(&settings).unwrap()).unwrap();
    assert_eq!((again.socket, again.others), (settings.socket, settings.others));
}
