//! Sockets from configuration files: each setting of a file is a setting of the socket.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use zmq::socket::Affinity;
use zmq::{
    Dealer, ErrorKind, Heartbeat, Mechanism, Pair, Pub, Pull, Push, Rep, Req, Result, Router, SocketConfig, SocketType,
    Stream, Sub, Subscription, TcpKeepalive, XPub, XSub,
};

use crate::common::config::{open, read};
use crate::common::{PATIENCE, context, free, take};

#[test]
fn every_setter_of_a_socket_is_a_key() {
    // The first two are unsafe, several keys set `security`, and the last is a private key.
    const LEFT_OUT: [&str; 4] = ["conflate_received", "raw_option", "security", "wss_key_pem"];
    let mut paths = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/socket")];
    let mut setters = BTreeSet::new();
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        // Without the feature, the options of the draft API do not exist.
        if !cfg!(feature = "draft") && path.to_string_lossy().contains("src/socket/draft") {
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
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
    let samples = ["true", "\"user_name\"", "\"5s\"", "\"ROUTER\"", key, "7", "1", "64", "[0]", "[]", "{}"];
    for key in SocketConfig::known_keys().iter().filter(|key| **key != "bind_to_device") {
        let sample = |value: &&str| serde_json::from_str::<SocketConfig>(&format!("{{\"{key}\": {value}}}"));
        let config = samples.iter().map(sample).find_map(|read| read.ok());
        let config = config.unwrap_or_else(|| panic!("no sample fits {key}"));
        let fitting = SocketType::ALL.iter().find(|socket_type| config.check_for(**socket_type).is_ok());
        let socket = context()?.socket(*fitting.unwrap_or_else(|| panic!("no type has {key}")))?;
        match config.apply(&socket) {
            // libzmq was built without the option.
            Err(error) if error.kind() == ErrorKind::NotSupported => {
                assert!(
                    ["gssapi_", "vmci_", "curve_", "manual", "wss_", "norm_"]
                        .iter()
                        .any(|prefix| key.starts_with(prefix)),
                    "{error}"
                );
            }
            applied => assert!(applied?.is_empty()),
        }
    }
    Ok(())
}

#[test]
fn the_options_of_a_file_are_set_on_the_socket() -> Result<()> {
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
fn none_is_a_value() -> Result<()> {
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
fn sockets_bound_and_connected_by_files_exchange_messages() -> Result<()> {
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
            other => panic!("{other:?} is not a subscription"),
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
fn a_configuration_can_be_applied_to_a_typed_socket() -> Result<()> {
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
    read("routing_id = [0, 1, 255]").apply(&dealer)?;
    assert_eq!(dealer.routing_id()?, [0, 1, 255]);
    let push = context.socket(Push)?;
    read("conflate = true").apply(&push)?;
    assert!(push.conflate()?);
    Ok(())
}

#[test]
fn a_key_that_the_type_lacks_is_named_and_changes_nothing() -> Result<()> {
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
fn a_configuration_is_only_valid_for_its_type() -> Result<()> {
    let config = read("type = \"ROUTER\"");
    assert_eq!(config.socket_type(), Some(SocketType::Router));
    assert!(config.apply(&context()?.socket(Router)?).is_ok());
    let error = config.apply(&context()?.socket(Dealer)?).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(
        error.to_string(),
        "cannot apply the configuration: it is for a ROUTER socket, but this is a DEALER socket"
    );
    let error = SocketConfig::new().open(&context()?).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot apply the configuration: it has no type; add one, such as type = \"ROUTER\", or apply it to an \
         open socket"
    );
    if cfg!(feature = "draft") {
        assert_eq!(open("type = \"SERVER\"")?.socket_type(), SocketType::Server);
    } else {
        assert_eq!(open("type = \"SERVER\"").unwrap_err().kind(), ErrorKind::NotSupported);
    }
    Ok(())
}

#[test]
fn a_socket_that_cannot_be_configured_is_closed() -> Result<()> {
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
fn the_keys_of_two_security_mechanisms_cannot_be_combined() -> Result<()> {
    let check = |file: &str| read(file).check_for(SocketType::Req).map_err(|error| error.to_string());
    assert_eq!(
        check("plain_server = true\ngssapi_principal = \"me\""),
        Err("cannot set gssapi_principal: plain_server selects another security mechanism; remove the keys of one of them".into())
    );
    assert_eq!(
        check("plain_username = \"me\"\nplain_server = true"),
        Err("cannot set plain_username: this key is for clients, but plain_server is on; remove one of the two".into())
    );
    let client = open("type = \"REQ\"\nplain_username = \"me\"\nplain_password = \"x\"\nplain_server = false")?;
    assert_eq!(client.mechanism()?, Mechanism::Plain);
    assert!(!client.plain_server()?);
    let server = open("type = \"REP\"\nplain_server = true\nzap_domain = \"global\"")?;
    assert_eq!(server.mechanism()?, Mechanism::Plain);
    assert!(server.plain_server()?);
    Ok(())
}
