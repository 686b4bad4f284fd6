use std::time::Duration;

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::setting::Shape;
use super::*;
use crate::curve::SecretKey;
use crate::socket::{Affinity, Heartbeat, NameType, TcpKeepalive};
#[cfg(feature = "draft")]
use crate::socket::{NormMode, ReconnectStop, RouterNotify};

/// The values of a key that a file can express.
fn value(key: &'static Key) -> BoxedStrategy<Setting> {
    const MOST: u32 = i32::MAX as u32;
    // TOML's numbers end there.
    const MOST_WIDE: u64 = i64::MAX as u64;
    let time = || {
        (0..i32::MAX as u64, 0..1_000_000_u32).prop_map(|(milliseconds, nanoseconds)| {
            Duration::from_millis(milliseconds) + Duration::from_nanos(nanoseconds.into())
        })
    };
    let short = || (0..6_000_u64).prop_map(Duration::from_secs);
    let probing = || (1..=32_767_u64).prop_map(Duration::from_secs);
    let endpoint = |text: &str| Endpoint::parse(text).unwrap();
    let endpoints = move || {
        let texts = ["tcp://127.0.0.1:5555", "ipc:///tmp/socket", "inproc://front", "tcp://[::1]:1"];
        vec(select(texts.map(endpoint).to_vec()), 0..4)
    };
    if let Some(range) = key.range {
        let [least, most, step] = range.map(|bound| u64::from(bound.unsigned_abs()));
        let numbers = (0..=(most - least) / step).prop_map(move |steps| least + steps * step);
        return numbers.prop_map(|number| Setting::from_number(key.shape, number).unwrap()).boxed();
    }
    match key.shape {
        Shape::Bool => any::<bool>().prop_map(Setting::Bool).boxed(),
        Shape::Count => (0..=MOST).prop_map(Setting::Count).boxed(),
        Shape::CountOrNone => of(0..=MOST).prop_map(Setting::CountOrNone).boxed(),
        Shape::SizeOrNone => of(0..=MOST_WIDE).prop_map(Setting::SizeOrNone).boxed(),
        Shape::Time => time().prop_map(Setting::Time).boxed(),
        Shape::TimeOrNone => of(time()).prop_map(Setting::TimeOrNone).boxed(),
        Shape::Text => "[^\\x00]{1,60}".prop_map(Setting::Text).boxed(),
        Shape::Password => ".{1,60}".prop_map(|text| Setting::Password(text.into())).boxed(),
        Shape::PublicKey => any::<[u8; 32]>().prop_map(|key| Setting::PublicKey(key.into())).boxed(),
        Shape::SecretKey => any::<[u8; 32]>().prop_map(|key| Setting::SecretKey(SecretKey::from_bytes(&key))).boxed(),
        Shape::Bytes => (1..=255_u8, vec(any::<u8>(), 0..200))
            .prop_map(|(first, rest)| Setting::Bytes([&[first], &rest[..]].concat()))
            .boxed(),
        Shape::Threads => any::<u64>().prop_map(|bits| Setting::Threads(Affinity::from_bits(bits))).boxed(),
        Shape::NameType => {
            let known = [NameType::HostBased, NameType::UserName, NameType::Krb5Principal, NameType::Other(7)];
            select(known.to_vec()).prop_map(Setting::NameType).boxed()
        }
        // Values that every system accepts.
        Shape::TcpKeepalive => (of(any::<bool>()), of(probing()), of(probing()), of(1..=127_u32))
            .prop_map(|(on, idle, interval, count)| Setting::TcpKeepalive(TcpKeepalive { on, idle, interval, count }))
            .boxed(),
        Shape::Heartbeat => (short(), of(short()), of(short()))
            .prop_map(|(interval, timeout, time_to_live)| {
                Setting::Heartbeat(Heartbeat { interval, timeout, time_to_live })
            })
            .boxed(),
        Shape::SocketType => select(SocketType::ALL.to_vec()).prop_map(Setting::SocketType).boxed(),
        Shape::Prefixes => vec(vec(any::<u8>(), 0..20), 0..4).prop_map(Setting::Prefixes).boxed(),
        Shape::Binds => endpoints().prop_map(Setting::Binds).boxed(),
        Shape::Connects => endpoints().prop_map(Setting::Connects).boxed(),
        #[cfg(feature = "draft")]
        Shape::ReconnectStop => {
            any::<u8>().prop_map(|bits| Setting::ReconnectStop(ReconnectStop::from_bits_truncate(bits.into()))).boxed()
        }
        #[cfg(feature = "draft")]
        Shape::RouterNotify => {
            any::<u8>().prop_map(|bits| Setting::RouterNotify(RouterNotify::from_bits_truncate(bits.into()))).boxed()
        }
        #[cfg(feature = "draft")]
        Shape::NormMode => {
            let known = NormMode::WORDS.map(|(_, mode)| mode);
            select([&known[..], &[NormMode::Other(9)]].concat()).prop_map(Setting::NormMode).boxed()
        }
        shape => {
            let most = shape.most().unwrap().min(MOST_WIDE);
            (0..=most).prop_map(move |number| Setting::from_number(shape, number).unwrap()).boxed()
        }
    }
}

fn config() -> impl Strategy<Value = SocketConfig> {
    let keys: Vec<_> = table::all().collect();
    let setting = select(keys).prop_flat_map(|key| value(key).prop_map(|setting| (key.name(), setting)));
    vec(setting, 0..20).prop_map(|settings| SocketConfig { settings: settings.into_iter().collect() })
}

/// The value that survives in a file.
fn without_secrets(mut config: SocketConfig) -> SocketConfig {
    config.settings.retain(|_, setting| !setting.is_secret());
    config
}

proptest! {
    #[test]
    fn a_configuration_is_read_from_toml_as_it_was_written(config in config()) {
        let text = toml::to_string(&config).unwrap();
        let read: SocketConfig = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\nof\n{text}"));
        prop_assert_eq!(read, without_secrets(config));
    }

    #[test]
    fn a_configuration_is_read_from_json_as_it_was_written(config in config()) {
        let text = serde_json::to_string(&config).unwrap();
        let read: SocketConfig = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}\nof\n{text}"));
        prop_assert_eq!(read, without_secrets(config));
    }

    #[test]
    fn no_secret_is_shown(config in config(), secret in "[a-zA-Z]{20}") {
        let mut config = config;
        config.set_plain_password(Some(&secret));
        let shown = format!("{config:?} {config:#?}");
        prop_assert!(!shown.contains(&secret));
        prop_assert!(!toml::to_string(&config).unwrap().contains(&secret));
        prop_assert!(!serde_json::to_string(&config).unwrap().contains(&secret));
    }
}

#[test]
fn every_key_has_a_name_of_its_own() {
    let mut names = table::names().to_vec();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(count > 50, "{count}");
}

#[test]
fn roles_come_first_and_those_that_are_refused_before_those_that_are_taken() {
    let mut config = SocketConfig::new();
    config.set_plain_username(Some("admin")).set_plain_server(false).set_send_hwm(1);
    config.set_type(SocketType::Rep).set_gssapi_server(true).set_verbose(true).set_verboser(true);
    let order: Vec<_> = config.in_order().into_iter().map(|(key, _)| key.name()).collect();
    let expected = ["plain_server", "gssapi_server", "type", "send_hwm", "plain_username", "verbose", "verboser"];
    assert_eq!(order, expected);
}
