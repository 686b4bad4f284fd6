//! Every option of a socket, one line each: its default, values that it keeps, and values that it refuses.
//!
//! Groups of options and options with a check are in `options_checked`.

use std::time::Duration;

use regex_lite::Regex;
use zmq::socket::{Affinity, NameType};
use zmq::{Capability, ErrorKind, Events, Mechanism, Result};

use crate::common::header;

/// The largest number that libzmq accepts.
const MOST: u32 = i32::MAX as u32;
const MS: Duration = Duration::from_millis(1);
const NANOSECOND: Duration = Duration::from_nanos(1);
/// The maximum number of milliseconds that libzmq supports.
const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

/// Converts the argument of a setter to the result of the getter.
trait Kept<T> {
    fn kept(self) -> T;
}

impl<T> Kept<T> for T {
    fn kept(self) -> T {
        self
    }
}

impl Kept<Option<String>> for Option<&str> {
    fn kept(self) -> Option<String> {
        self.map(str::to_owned)
    }
}

impl Kept<Option<Duration>> for Duration {
    fn kept(self) -> Option<Duration> {
        Some(self)
    }
}

impl Kept<Option<String>> for &str {
    fn kept(self) -> Option<String> {
        Some(self.to_owned())
    }
}

fn assert_kept<T: PartialEq + std::fmt::Debug>(read: T, set: impl Kept<T>) {
    assert_eq!(read, set.kept());
}

fn assert_lacking(error: &zmq::Error, capability: Capability) {
    assert_eq!(error.kind(), ErrorKind::NotSupported, "{error}");
    let text = format!(": this libzmq {} was built without {}", zmq::version(), format!("{capability}").to_uppercase());
    assert!(error.to_string().contains(&text), "{error}");
}

/// Defines a test for each line. The form of a line is `name = default, set_name(value)(value);`. The getter must
/// return `value`, or `other` after `(value => other)`. A line may leave out the default, the getter or the setter. A
/// block names the kind of socket, and optionally the capability without which each line must be an error.
macro_rules! options {
    ($($kind:ident $(if $capability:ident)? { $($lines:tt)* })*) => {
        $(options!(@lines [$kind $($capability)?] $($lines)*);)*
    };
    (@lines $block:tt) => {};
    (@lines $block:tt $get:ident $(= $default:expr)?, $set:ident $(($value:expr $(=> $read:expr)?))+; $($rest:tt)*) => {
        #[test]
        fn $get() -> Result<()> {
            options!(@open $block socket: socket.$get().map(drop), $(socket.$set($value).map(drop)),+);
            $(assert_eq!(socket.$get()?, $default);)?
            $(options!(@keep socket.$get, $set($value $(=> $read)?));)+
            Ok(())
        }
        options!(@lines $block $($rest)*);
    };
    (@lines $block:tt $get:ident = $default:expr; $($rest:tt)*) => {
        #[test]
        fn $get() -> Result<()> {
            options!(@open $block socket: socket.$get().map(drop));
            assert_eq!(socket.$get()?, $default);
            Ok(())
        }
        options!(@lines $block $($rest)*);
    };
    (@lines $block:tt $set:ident $(($value:expr))+; $($rest:tt)*) => {
        #[test]
        fn $set() -> Result<()> {
            options!(@open $block socket: $(socket.$set($value).map(drop)),+);
            $(assert!(std::ptr::eq(socket.$set($value)?, &socket));)+
            Ok(())
        }
        options!(@lines $block $($rest)*);
    };
    (@keep $socket:ident.$get:ident, $set:ident($value:expr)) => {
        let value = $value;
        assert!(std::ptr::eq($socket.$set(value)?, &$socket));
        assert_kept($socket.$get()?, value);
    };
    (@keep $socket:ident.$get:ident, $set:ident($value:expr => $read:expr)) => {
        $socket.$set($value)?;
        assert_eq!($socket.$get()?, $read);
    };
    (@open [$kind:ident] $socket:ident: $($call:expr),+) => {
        let $socket = zmq::Context::new()?.socket(zmq::$kind)?;
    };
    (@open [$kind:ident $capability:ident] $socket:ident: $($call:expr),+) => {
        let $socket = zmq::Context::new()?.socket(zmq::$kind)?;
        if !zmq::has(Capability::$capability) {
            $(assert_lacking(&$call.unwrap_err(), Capability::$capability);)+
            return Ok(());
        }
    };
}

/// Defines a test for each line: the values that a setter refuses, each with the whole text of the error.
macro_rules! refusals {
    ($($kind:ident { $($set:ident $(($value:expr) $text:literal)+;)* })*) => {
        $($(
            #[test]
            fn $set() -> Result<()> {
                let socket = zmq::Context::new()?.socket(zmq::$kind)?;
                $(
                    let error = socket.$set($value).unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::InvalidInput);
                    assert_eq!(error.to_string(), $text);
                )+
                Ok(())
            }
        )*)*
    };
}

#[cfg(feature = "draft")]
mod draft;

mod an_option_keeps_its_value {
    use super::*;

    options! {
        Push {
            send_hwm = 1000, set_send_hwm(5)(0)(MOST);
            configured_send_timeout = None, set_send_timeout(5 * MS)(NANOSECOND => Some(MS))(Some(LONGEST))
                (Some(Duration::ZERO))(None);
            linger = None, set_linger(Duration::ZERO)(5 * MS)(NANOSECOND => Some(MS))(None)(Some(LONGEST));
            affinity = Affinity::ALL,
                set_affinity(Affinity::threads([0, 63]))(Affinity::from_bits(u64::MAX))(Affinity::ALL);
            send_buffer = None, set_send_buffer(Some(4096))(Some(0))(Some(MOST))(None);
            reconnect_interval = Some(100 * MS),
                set_reconnect_interval(5 * MS)(NANOSECOND => Some(MS))(None)(Some(LONGEST));
            reconnect_interval_max = None, set_reconnect_interval_max(5 * MS)(NANOSECOND => Some(MS))(LONGEST)(None);
            backlog = 100, set_backlog(5)(0)(MOST);
            immediate = false, set_immediate(true)(false);
            ipv6 = false, set_ipv6(true)(false);
            handshake_interval = Some(30_000 * MS), set_handshake_interval(5 * MS)(None)(Duration::ZERO => None)
                (NANOSECOND => Some(MS))(LONGEST);
            connect_timeout = None,
                set_connect_timeout(5 * MS)(NANOSECOND => Some(MS))(LONGEST)(None)(Duration::ZERO => None);
            tcp_max_retransmit = None,
                set_tcp_max_retransmit(5 * MS)(NANOSECOND => Some(MS))(LONGEST)(None)(Duration::ZERO => None);
            tos = 0, set_tos(0x28)(255)(0);
            socks_proxy = None;
            bind_to_device = None, set_bind_to_device(Some("lo"))(Some("sixteen-bytes-ok"))(None);
            plain_server = false, set_plain_server(true)(false);
            plain_username = None, set_plain_username(Some("admin"))(Some("é"));
            plain_password = None, set_plain_password(Some("secret"))(Some("other"));
            zap_domain = None, set_zap_domain("global")("other");
            mechanism = Mechanism::Null;
            thread_safe = false;
            conflate = false, set_conflate(true)(false);
            events = Events::empty();
        }
        Pull {
            recv_hwm = 1000, set_recv_hwm(5)(0)(MOST);
            configured_recv_timeout = None, set_recv_timeout(5 * MS)(NANOSECOND => Some(MS))(Some(LONGEST))
                (Some(Duration::ZERO))(None);
            recv_buffer = None, set_recv_buffer(Some(4096))(Some(0))(Some(MOST))(None);
            max_message_size = None, set_max_message_size(Some(5))(Some(0))(Some(i64::MAX as u64))(None);
            recv_more = false;
        }
        Push if Gssapi {
            gssapi_server = false, set_gssapi_server(true)(false);
            gssapi_principal = None, set_gssapi_principal("zmq")("other");
            gssapi_service_principal = None, set_gssapi_service_principal("host")("other");
            gssapi_plaintext = false, set_gssapi_plaintext(true)(false);
            gssapi_principal_name_type = NameType::HostBased,
                set_gssapi_principal_name_type(NameType::UserName)(NameType::Krb5Principal)(NameType::HostBased);
            gssapi_service_principal_name_type = NameType::HostBased,
                set_gssapi_service_principal_name_type(NameType::UserName)(NameType::Krb5Principal)
                (NameType::HostBased);
        }
        Push if Vmci {
            set_vmci_buffer_size(65_536);
            set_vmci_buffer_min_size(128);
            set_vmci_buffer_max_size(262_144);
            set_vmci_connect_timeout(None)(Some(MS));
        }
        Router {
            set_mandatory(true)(false);
            set_handover(true)(false);
            set_probe_router(true)(false);
        }
        Dealer {
            routing_id = Vec::new(), set_routing_id(b"x" => b"x".to_vec())([255; 255] => vec![255; 255]);
        }
        Req {
            set_correlate(true)(false);
            set_relaxed(true)(false);
        }
        XPub {
            set_no_drop(true)(false);
            set_verbose(true)(false);
            set_verboser(true)(false);
            set_welcome_message("hello")("");
            invert_matching = false, set_invert_matching(true)(false);
            rate = 100, set_rate(5)(1)(MOST);
            recovery_interval = Some(10_000 * MS), set_recovery_interval(5 * MS)(None)(Duration::ZERO => None)
                (NANOSECOND => Some(MS))(LONGEST);
            multicast_hops = 1, set_multicast_hops(5)(MOST);
            multicast_max_tpdu = 1500, set_multicast_max_tpdu(5)(MOST);
        }
        Stream {
            set_notify(false)(true);
        }
    }
}

mod an_option_refuses {
    use super::*;

    const TOO_LONG: Duration = Duration::from_secs(3_000_000);
    const TOO_MUCH: u32 = MOST + 1;

    refusals! {
        Push {
            set_send_hwm(TOO_MUCH) "cannot set send_hwm to 2147483648: at most 2147483647 is possible";
            set_send_timeout(TOO_LONG)
                "cannot set send_timeout to 3000000s: at most 2147483647 ms (24 days) are possible";
            set_linger(Some(LONGEST + NANOSECOND))
                "cannot set linger to 2147483.647000001s: at most 2147483647 ms (24 days) are possible"
                (Some(Duration::MAX))
                "cannot set linger to 18446744073709551615.999999999s: at most 2147483647 ms (24 days) are \
                 possible";
            set_send_buffer(Some(TOO_MUCH))
                "cannot set send_buffer to Some(2147483648): at most 2147483647 is possible";
            set_reconnect_interval(TOO_LONG)
                "cannot set reconnect_interval to 3000000s: at most 2147483647 ms (24 days) are possible";
            set_reconnect_interval_max(TOO_LONG)
                "cannot set reconnect_interval_max to 3000000s: at most 2147483647 ms (24 days) are possible";
            set_backlog(TOO_MUCH) "cannot set backlog to 2147483648: at most 2147483647 is possible";
            set_handshake_interval(TOO_LONG)
                "cannot set handshake_interval to 3000000s: at most 2147483647 ms (24 days) are possible";
            set_connect_timeout(TOO_LONG)
                "cannot set connect_timeout to 3000000s: at most 2147483647 ms (24 days) are possible";
            set_tcp_max_retransmit(TOO_LONG)
                "cannot set tcp_max_retransmit to 3000000s: at most 2147483647 ms (24 days) are possible";
            set_bind_to_device(Some("seventeen-bytes-x"))
                "cannot set bind_to_device to Some(\"seventeen-bytes-x\"): an argument is invalid (EINVAL)";
            set_plain_username(Some("")) "cannot set plain_username to Some(\"\"): an empty text is not possible"
                (Some("a\0")) "cannot set plain_username to Some(\"a\\0\"): it contains a NUL byte";
            set_plain_password(Some("")) "cannot set plain_password to a secret: an empty text is not possible"
                (Some("hunter2\0")) "cannot set plain_password to a secret: it contains a NUL byte"
                (Some(&"x".repeat(256)))
                "cannot set plain_password to a secret: it has 256 bytes, at most 255 are possible";
            set_zap_domain("") "cannot set zap_domain to \"\": an empty text is not possible"
                ("a\0b") "cannot set zap_domain to \"a\\0b\": it contains a NUL byte";
        }
        Pull {
            set_recv_hwm(u32::MAX) "cannot set recv_hwm to 4294967295: at most 2147483647 is possible";
            set_recv_timeout(TOO_LONG)
                "cannot set recv_timeout to 3000000s: at most 2147483647 ms (24 days) are possible";
            set_recv_buffer(Some(TOO_MUCH))
                "cannot set recv_buffer to Some(2147483648): at most 2147483647 is possible";
            set_max_message_size(Some(1 << 63))
                "cannot set max_message_size to Some(9223372036854775808): at most 9223372036854775807 is possible";
        }
        Dealer {
            set_routing_id("") "cannot set routing_id to \"\": a routing ID has at least one byte"
                ([0, 1, 2, 3, 4])
                "cannot set routing_id to \"\\x00\\x01\\x02\\x03\\x04\": routing IDs of 5 bytes with a leading \
                 zero are reserved for libzmq";
        }
        Pub {
            set_rate(0) "cannot set rate to 0: an argument is invalid (EINVAL)"
                (TOO_MUCH) "cannot set rate to 2147483648: at most 2147483647 is possible";
            set_recovery_interval(TOO_LONG)
                "cannot set recovery_interval to 3000000s: at most 2147483647 ms (24 days) are possible";
            set_multicast_hops(0) "cannot set multicast_hops to 0: an argument is invalid (EINVAL)";
            set_multicast_max_tpdu(0) "cannot set multicast_max_tpdu to 0: an argument is invalid (EINVAL)";
        }
    }
}

/// The options of the header without a line above, and the module that tests them.
const WITHOUT_A_LINE: &[(&str, &[&str])] = &[
    ("options_checked", &["ZMQ_SNDHWM", "ZMQ_RCVHWM", "ZMQ_CONFLATE", "ZMQ_CONNECT_ROUTING_ID", "ZMQ_USE_FD"]),
    ("options_checked", &["ZMQ_HEARTBEAT_IVL", "ZMQ_HEARTBEAT_TTL", "ZMQ_HEARTBEAT_TIMEOUT"]),
    ("options_checked", &["ZMQ_TCP_KEEPALIVE", "ZMQ_TCP_KEEPALIVE_CNT"]),
    ("options_checked", &["ZMQ_TCP_KEEPALIVE_IDLE", "ZMQ_TCP_KEEPALIVE_INTVL"]),
    ("subscriptions", &["ZMQ_SUBSCRIBE", "ZMQ_UNSUBSCRIBE", "ZMQ_XPUB_MANUAL"]),
    ("poll", &["ZMQ_FD"]),
    ("soundness", &["ZMQ_XPUB_WELCOME_MSG"]),
    ("sockets", &["ZMQ_TYPE"]),
    ("coverage: refused", &["ZMQ_ROUTER_RAW"]),
    ("sockets: bind and connect return it", &["ZMQ_LAST_ENDPOINT"]),
    ("builder: an option of contexts", &["ZMQ_BLOCKY"]),
    ("curve", &["ZMQ_CURVE_SERVER", "ZMQ_CURVE_PUBLICKEY", "ZMQ_CURVE_SECRETKEY", "ZMQ_CURVE_SERVERKEY"]),
];

#[test]
fn every_option_of_the_header_is_in_the_table_or_tested_elsewhere() {
    let header = header();
    let (_, options) = header.split_once("Socket options.").expect("the stable options");
    let (options, _) = options.split_once("Message options").expect("their end");
    let define = Regex::new(r"#define (ZMQ_\w+)").expect("a pattern");
    let table = include_str!("../../src/socket/options.rs");
    let elsewhere: Vec<_> = WITHOUT_A_LINE.iter().flat_map(|(_, names)| *names).copied().collect();
    let mut count = 0;
    for name in define.captures_iter(options).map(|found| found[1].to_owned()) {
        let in_table = table.contains(&format!(" = {name};"));
        assert!(
            in_table || elsewhere.contains(&name.as_str()),
            "{name} has neither a line in the table nor a place in the list"
        );
        count += 1;
    }
    assert!(count > 70, "only {count} options were found");
}

#[test]
fn curve_keys_can_be_set_and_read() -> Result<()> {
    let socket = zmq::Context::new()?.socket(zmq::Dealer)?;
    if !zmq::has(zmq::Capability::Curve) {
        let error = socket.set_curve_server(true).unwrap_err();
        assert_eq!(error.kind(), zmq::ErrorKind::NotSupported);
        assert!(error.to_string().contains("was built without CURVE"), "{error}");
        return Ok(());
    }
    let keys = zmq::curve::KeyPair::generate()?;
    assert!(!socket.curve_server()?);
    assert!(socket.set_curve_server(true)?.curve_server()?);
    assert_eq!(socket.set_curve_public_key(&keys.public_key())?.curve_public_key()?, Some(keys.public_key()));
    assert_eq!(socket.set_curve_secret_key(keys.secret_key())?.curve_secret_key()?.as_ref(), Some(keys.secret_key()));
    assert_eq!(socket.set_curve_server_key(&keys.public_key())?.curve_server_key()?, Some(keys.public_key()));
    Ok(())
}

/// Returns the methods of a table of options.
fn methods(table: &str) -> Vec<&str> {
    let method =
        Regex::new(r"(?m)^ +(?:(\w+) -> [^;=]+?)?(?:,\s+)?(set_\w+)?(?:\([^;=]+\))? = ZMQ_\w+;").expect("a pattern");
    let names = method.captures_iter(table).flat_map(|found| [found.get(1), found.get(2)]);
    names.flatten().map(|name| name.as_str()).collect()
}

#[test]
fn every_method_of_the_table_has_a_line_here() {
    let tests = include_str!("options.rs");
    let methods = methods(include_str!("../../src/socket/options.rs"));
    assert!(methods.len() > 80, "{methods:?}");
    for name in methods {
        let line = Regex::new(&format!(r"\b{name}(?: = |, set_|\()")).expect("a pattern");
        assert!(line.is_match(tests), "{name} has no line");
    }
}
