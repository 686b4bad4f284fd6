//! Sockets from configuration files.
#![cfg(feature = "serde")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use common::{PATIENCE, context, free, take};
use serde::{Deserialize, Serialize};
use zmq::curve::PublicKey;
use zmq::{
    Affinity, Any, Capability, Dealer, Endpoint, ErrorKind, Heartbeat, Mechanism, Pair, Password, Pub, Pull, Push, Rep,
    Req, Result, Router, Socket, SocketConfig, SocketType, Stream, Sub, Subscription, TcpKeepalive, XPub, XSub,
};

fn read(toml: &str) -> SocketConfig {
    toml::from_str(toml).unwrap_or_else(|error| panic!("{error}"))
}

/// Returns what is wrong with a configuration in TOML, without its place.
fn wrong(toml: &str) -> String {
    let error = toml::from_str::<SocketConfig>(toml).expect_err(toml);
    assert!(error.span().is_some(), "{toml}: {error}");
    error.message().to_owned()
}

fn open(toml: &str) -> Result<Socket<Any>> {
    read(toml).open(&context()?)
}

#[test]
fn every_setter_of_a_socket_is_a_key() {
    // They are unsafe; and `security` is what several keys say.
    const LEFT_OUT: [&str; 4] = ["manual", "conflate_received", "raw_option", "security"];
    let sources = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/socket")).unwrap();
    let mut setters = BTreeSet::new();
    for source in sources {
        let text = fs::read_to_string(source.unwrap().path()).unwrap();
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
            let set = line.find("set_").filter(|_| line.contains("pub fn set_") || line.contains(") = ZMQ_"));
            let name = set.map(|start| &line[start + 4..]).and_then(|rest| rest.split('(').next());
            setters.extend(name.filter(|_| !line.contains("fn set_option")).map(str::to_owned));
        }
    }
    setters.retain(|setter| !LEFT_OUT.contains(&setter.as_str()));
    assert!(setters.len() > 50, "{setters:?}");
    let mut keys: BTreeSet<_> = SocketConfig::known_keys().iter().map(|key| (*key).to_owned()).collect();
    for act in ["type", "subscribe", "bind", "connect"] {
        assert!(keys.remove(act));
    }
    assert_eq!(keys, setters);
}

#[test]
fn every_key_can_be_applied_to_a_socket() -> Result<()> {
    let key = "\"JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6\"";
    let samples = ["true", "\"user_name\"", "\"5s\"", "\"ROUTER\"", key, "7", "[0]", "[]", "{}"];
    for key in SocketConfig::known_keys().iter().filter(|key| **key != "bind_to_device") {
        let sample = |value: &&str| serde_json::from_str::<SocketConfig>(&format!("{{\"{key}\": {value}}}"));
        let config = samples.iter().map(sample).find_map(|read| read.ok());
        let config = config.unwrap_or_else(|| panic!("no sample fits {key}"));
        let fitting = SocketType::ALL.iter().find(|socket_type| config.check_for(**socket_type).is_ok());
        let socket = context()?.socket(*fitting.unwrap_or_else(|| panic!("no type has {key}")))?;
        match config.apply(&socket) {
            // libzmq was built without it.
            Err(error) if error.kind() == ErrorKind::NotSupported => {
                assert!(["gssapi_", "vmci_", "curve_"].iter().any(|prefix| key.starts_with(prefix)), "{error}");
            }
            applied => assert!(applied?.is_empty()),
        }
    }
    Ok(())
}

#[test]
fn the_options_of_a_file_are_those_of_the_socket() -> Result<()> {
    let socket = open(
        r#"
        type = "router"
        send_hwm = 7
        recv_hwm = 8
        linger = "1h30m"
        send_timeout = "250ms"
        recv_timeout = "0.5s"
        routing_id = "front"
        immediate = true
        mandatory = true
        max_message_size = 1048576
        send_buffer = 4096
        tos = 8
        affinity = [0, 2]

        [tcp_keepalive]
        on = true
        idle = "60s"
        count = 3

        [heartbeat]
        interval = "1s"
        timeout = "3s"
        "#,
    )?;
    let seconds = Duration::from_secs;
    assert_eq!(socket.socket_type(), SocketType::Router);
    assert_eq!((socket.send_hwm()?, socket.recv_hwm()?), (7, 8));
    assert_eq!(socket.linger()?, Some(seconds(5_400)));
    assert_eq!(socket.configured_send_timeout()?, Some(Duration::from_millis(250)));
    assert_eq!(socket.configured_recv_timeout()?, Some(Duration::from_millis(500)));
    assert_eq!(socket.routing_id()?, b"front");
    assert!(socket.immediate()?);
    assert_eq!(socket.max_message_size()?, Some(1 << 20));
    assert_eq!(socket.send_buffer()?, Some(4096));
    assert_eq!(socket.tos()?, 8);
    assert_eq!(socket.affinity()?, Affinity::threads([0, 2]));
    let keepalive = TcpKeepalive { on: Some(true), idle: Some(seconds(60)), interval: None, count: Some(3) };
    assert_eq!(socket.tcp_keepalive()?, keepalive);
    assert_eq!(socket.heartbeat()?, Heartbeat { timeout: Some(seconds(3)), ..Heartbeat::every(seconds(1)) });
    let unroutable = socket.send_multipart(("nobody", "hello")).unwrap_err();
    assert_eq!(unroutable.kind(), ErrorKind::HostUnreachable);
    Ok(())
}

#[test]
fn none_is_a_word() -> Result<()> {
    let socket = open("type = \"PUSH\"\nlinger = \"0\"")?;
    read("linger = \"forever\"\nreconnect_interval = \"none\"\nsend_buffer = \"none\"\nmax_message_size = \"none\"")
        .apply(&socket)?;
    assert_eq!(socket.linger()?, None);
    assert_eq!(socket.reconnect_interval()?, None);
    assert_eq!((socket.send_buffer()?, socket.max_message_size()?), (None, None));
    let of_json: SocketConfig = serde_json::from_str(r#"{"linger": null, "send_buffer": null}"#).unwrap();
    assert_eq!(of_json, read("linger = \"none\"\nsend_buffer = \"none\""));
    assert_eq!(toml::to_string(&of_json).unwrap(), "linger = \"forever\"\nsend_buffer = \"none\"\n");
    Ok(())
}

#[test]
fn what_a_file_binds_and_connects_talks() -> Result<()> {
    let context = context()?;
    let mut front: SocketConfig = read("type = \"XPUB\"\nrecv_hwm = 1\nsend_hwm = 1");
    front.bind("tcp://127.0.0.1:*")?.bind(free("inproc"))?;
    let publisher = front.open(&context)?;
    let [tcp, inproc] = &publisher.bound_endpoints()[..] else { panic!("two endpoints are bound") };
    assert!(tcp.port() > Some(0));

    let mut back = read("type = \"SUB\"\nsubscribe = [\"A\", [255, 1]]\ninvert_matching = false");
    back.connect(tcp)?;
    let subscriber = back.open(&context)?;
    let mut wanted = Vec::new();
    for _ in 0..2 {
        match publisher.recv_subscription_timeout(PATIENCE)? {
            Some(Subscription::Subscribe(topic)) => wanted.push(topic.prefix().to_vec()),
            other => panic!("{other:?} is no subscription"),
        }
    }
    wanted.sort();
    assert_eq!(wanted, [b"A".to_vec(), vec![255, 1]]);
    publisher.send("B: not wanted")?;
    publisher.send("A: wanted")?;
    assert_eq!(take(&subscriber)?, "A: wanted");

    let other = read("type = \"SUB\"\nsubscribe = \"\"");
    let other = other.clone().merge(SocketConfig::new().connect(inproc)?).open(&context)?;
    assert!(publisher.recv_subscription_timeout(PATIENCE)?.is_some());
    publisher.send("everything")?;
    assert_eq!(take(&other)?, "everything");
    Ok(())
}

#[test]
fn a_typed_socket_takes_a_configuration_too() -> Result<()> {
    let context = context()?;
    let config = read("bind = \"tcp://127.0.0.1:*\"\nsend_hwm = 3");
    macro_rules! apply_to {
        ($($kind:ident)*) => {
            $(
                let socket = context.socket($kind)?;
                let bound = config.apply(&socket)?;
                assert_eq!(bound, socket.bound_endpoints());
                assert_eq!((bound.len(), socket.send_hwm()?), (1, 3));
            )*
        };
    }
    apply_to! { Pair Pub Sub Req Rep Dealer Router Pull Push XPub XSub Stream };

    let subscriber = context.socket(Sub)?;
    read("subscribe = \"\"").apply(&subscriber)?;
    let dealer = context.socket(Dealer)?;
    read("routing_id = [1, 0, 255]").apply(&dealer)?;
    assert_eq!(dealer.routing_id()?, [1, 0, 255]);
    let push = context.socket(Push)?;
    read("conflate = true").apply(&push)?;
    assert!(push.conflate()?);
    Ok(())
}

#[test]
fn a_key_that_the_type_lacks_is_named_and_nothing_is_changed() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Push)?;
    for (key, value) in [("mandatory", "true"), ("subscribe", "\"\""), ("routing_id", "\"a\""), ("relaxed", "true")] {
        let error = read(&format!("send_hwm = 1\n{key} = {value}")).apply(&socket).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotSupported);
        assert_eq!(error.to_string(), format!("cannot set {key}: PUSH sockets do not have it (ENOTSUP)"));
        assert_eq!(error.subject(), Some(key));
    }
    let error = read("conflate = true").check_for(SocketType::Pull).unwrap_err();
    assert_eq!(error.to_string(), "cannot set conflate: PULL sockets do not have it (ENOTSUP)");
    assert_eq!(socket.send_hwm()?, 1000);
    Ok(())
}

#[test]
fn a_configuration_is_for_its_type() -> Result<()> {
    let config = read("type = \"ROUTER\"");
    assert_eq!(config.socket_type(), Some(SocketType::Router));
    assert!(config.apply(&context()?.socket(Router)?).is_ok());
    let error = config.apply(&context()?.socket(Dealer)?).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.to_string(), "cannot apply the configuration: it is for a ROUTER socket, and this is a DEALER");
    let error = SocketConfig::new().open(&context()?).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot apply the configuration: it has no type: add one, such as type = \"ROUTER\", or apply it to a socket \
         that is open"
    );
    assert_eq!(open("type = \"SERVER\"").unwrap_err().kind(), ErrorKind::NotSupported);
    Ok(())
}

#[test]
fn a_socket_that_cannot_be_opened_as_the_file_says_is_closed() -> Result<()> {
    let context = context()?;
    let taken = context.socket(Pull)?;
    let endpoint = taken.bind("tcp://127.0.0.1:*")?;
    let mut config = read("type = \"PULL\"");
    let error = config.bind(&endpoint)?.open(&context).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddressInUse);
    assert_eq!(error.subject(), Some(endpoint.as_str()));
    assert_eq!(context.open_sockets().len(), 1);
    Ok(())
}

#[test]
fn an_unknown_key_is_named_with_the_one_that_is_meant() {
    for (key, meant) in [
        ("send_hmw", "unknown key \"send_hmw\": did you mean \"send_hwm\"?"),
        ("lingr", "unknown key \"lingr\": did you mean \"linger\"?"),
        ("binds", "unknown key \"binds\": did you mean \"bind\"?"),
        ("tcp_keep_alive", "unknown key \"tcp_keep_alive\": did you mean \"tcp_keepalive\"?"),
        ("RCVTIMEO", "unknown key \"RCVTIMEO\": it is called \"recv_timeout\" here"),
        ("ZMQ_ROUTER_MANDATORY", "unknown key \"ZMQ_ROUTER_MANDATORY\": it is called \"mandatory\" here"),
        ("set_linger", "unknown key \"set_linger\": it is called \"linger\" here"),
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
fn a_value_that_is_not_possible_is_named_with_its_key_and_the_remedy() {
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
        ("linger = \"30d\"", "cannot set linger to Some(2592000s): at most 2147483647 ms (24 days) are possible"),
        (
            "heartbeat.time_to_live = \"2h\"",
            "cannot set heartbeat.time_to_live to Some(7200s): at most 6553.5 s are possible",
        ),
        (
            "heartbeat = \"1s\"",
            "invalid type: string \"1s\", expected a table of interval, timeout and time_to_live for heartbeat",
        ),
        ("routing_id = \"\"", "cannot set routing_id to \"\": a routing id has at least one byte"),
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
            "cannot connect \"tcp://127.0.0.1:*\": only a bind can choose a port: connect to the endpoint that it returned",
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
fn an_error_has_its_place_in_the_file() {
    let error = toml::from_str::<SocketConfig>("send_hwm = 5\nlinger = \"soon\"\n").unwrap_err();
    assert!(error.to_string().starts_with("TOML parse error at line 2, column 10\n"), "{error}");
    let error = serde_json::from_str::<SocketConfig>("{\n\"tos\": 300}").unwrap_err();
    assert_eq!(error.line(), 2);
    let twice = serde_json::from_str::<SocketConfig>(r#"{"tos": 1, "tos": 2}"#).unwrap_err();
    assert!(twice.to_string().starts_with("the key \"tos\" is there twice"), "{twice}");
}

#[test]
fn a_password_is_read_and_never_shown() -> Result<()> {
    let config = read("type = \"REQ\"\nplain_username = \"admin\"\nplain_password = \"sesame\"");
    assert_eq!(config.open(&context()?)?.plain_password()?.as_deref(), Some("sesame"));
    assert!(!format!("{config:?}").contains("sesame"));
    assert!(format!("{config:?}").contains("admin"));
    let written = toml::to_string(&config).unwrap();
    assert_eq!(written, "type = \"REQ\"\nplain_username = \"admin\"\n");

    // What the crate says; the lines that a reader of TOML quotes are its own.
    for secret in ["12345", "-12345", "123.45", "[12345]", "{a = 12345}", "true"] {
        let message = wrong(&format!("plain_password = {secret}"));
        assert!(
            message.contains("plain_password") && !message.contains("123") && !message.contains("true"),
            "{message}"
        );
    }
    let long = wrong(&format!("plain_password = \"{}\"", "x".repeat(300)));
    assert_eq!(long, "cannot set plain_password to a secret: it has to have 1 to 255 bytes");
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
    let expected = "cannot read the secret key: its length is 41, and that of a key in Z85 is 40 (in curve_secret_key)";
    assert_eq!(message, expected);
    Ok(())
}

#[test]
fn the_types_of_values_are_read_and_written_by_themselves() {
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
fn the_keys_of_two_security_mechanisms_do_not_mix() -> Result<()> {
    let check = |file: &str| read(file).check_for(SocketType::Req).map_err(|error| error.to_string());
    assert_eq!(
        check("plain_server = true\ngssapi_principal = \"me\""),
        Err("cannot set gssapi_principal: plain_server chooses another security mechanism: keep the keys of one".into())
    );
    assert_eq!(
        check("plain_username = \"me\"\nplain_server = true"),
        Err("cannot set plain_username: plain_server is on, and it is for clients: keep one of the two".into())
    );
    let client = open("type = \"REQ\"\nplain_username = \"me\"\nplain_password = \"x\"\nplain_server = false")?;
    assert_eq!(client.mechanism()?, Mechanism::Plain);
    assert!(!client.plain_server()?);
    let server = open("type = \"REP\"\nplain_server = true\nzap_domain = \"global\"")?;
    assert_eq!(server.mechanism()?, Mechanism::Plain);
    assert!(server.plain_server()?);
    Ok(())
}

#[test]
fn what_a_program_sets_and_what_a_file_says_come_together() -> Result<()> {
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
fn a_configuration_is_a_part_of_a_programs_own() {
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
