//! The keys of a configuration: the options of sockets, taken from the table of options, and further keys.

use std::ffi::c_int;
use std::sync::OnceLock;
use std::time::Duration;

use super::SocketConfig;
use super::setting::{IntoSetting, Setting, Shape};
use crate::curve::{PublicKey, SecretKey};
use crate::raw::{IntoOption, Secret, Within};
use crate::socket::kinds::Ability;
use crate::socket::{Affinity, Heartbeat, NameType, TcpKeepalive, option_table};
#[cfg(feature = "draft")]
use crate::socket::{NormMode, ReconnectStop, RouterNotify, draft_option_table};
use crate::sys;

/// A key.
#[derive(Debug)]
pub(super) struct Key {
    setter: &'static str,
    /// The ability that a type of socket needs to support the key.
    pub(super) ability: Ability,
    /// The option, if setting it is all that the key does.
    pub(super) option: Option<c_int>,
    c_name: &'static str,
    pub(super) shape: Shape,
    /// The least number, the greatest number and the step, if not all numbers of the type are possible.
    pub(super) range: Option<[c_int; 3]>,
}

impl Key {
    /// Returns the name of the key: the setter's name without `set_`.
    pub(super) fn name(&self) -> &'static str {
        self.setter.trim_start_matches("set_")
    }

    const fn list(name: &'static str, ability: Ability, shape: Shape) -> Self {
        Self { setter: name, ability, option: None, c_name: "", shape, range: None }
    }
}

/// Declares a key and a setter for each entry of an option table, unless the option can only be read.
macro_rules! keys {
    ($(#[$cfg:meta])* $name:ident: $plain:expr; $($ability:ident { $(
        $(#[$doc:meta])*
        $first:ident $(($($only:tt)+))? $(-> $read:ty)? $(, $set:ident($($arg:tt)+))? = $option:ident;
    )* })*) => {
        $(#[$cfg])*
        const $name: &[&[Key]] = &[$($(keys!(@key $plain; $ability $option $first $(($($only)+))? $(, $set($($arg)+))?),)*)*];

        $(#[$cfg])*
        impl SocketConfig {
            $($(keys!(@setter $first $(($($only)+))? $(, $set($($arg)+))?);)*)*
        }
    };

    (@key $plain:expr; $ability:ident $option:ident $get:ident) => {
        &[]
    };
    (@key $plain:expr; $ability:ident $option:ident $get:ident, $set:ident($($arg:tt)+)) => {
        keys!(@key $plain; $ability $option $set($($arg)+))
    };
    (@key $plain:expr; $ability:ident $option:ident $set:ident($($arg:tt)+)) => {
        &[Key {
            setter: stringify!($set),
            ability: Ability::$ability,
            option: if $plain { Some(sys::$option) } else { None },
            c_name: stringify!($option),
            shape: keys!(@shape $($arg)+),
            range: keys!(@range $($arg)+),
        }]
    };

    (@shape bytes) => { <&[u8] as IntoSetting>::SHAPE };
    (@shape zero $arg:ty) => { <Duration as IntoSetting>::SHAPE };
    (@shape secret $arg:ty) => { <Secret<$arg> as IntoSetting>::SHAPE };
    (@shape $arg:ty, $($range:tt)+) => { <$arg as IntoSetting>::SHAPE };
    (@shape $arg:ty) => { <$arg as IntoSetting>::SHAPE };

    (@range $arg:ty, $least:literal to $most:literal) => { Some([$least, $most, 1]) };
    (@range $arg:ty, $least:literal to $most:literal by $step:literal) => { Some([$least, $most, $step]) };
    (@range $($arg:tt)+) => { None };

    (@setter $get:ident) => {};
    (@setter $get:ident, $set:ident($($arg:tt)+)) => {
        keys!(@setter $set($($arg)+));
    };
    (@setter $set:ident(bytes)) => {
        keys!(@method $set, (value: impl AsRef<[u8]>), (value.as_ref()));
    };
    (@setter $set:ident(zero $arg:ty)) => {
        keys!(@method $set, (value: impl Into<$arg>), (value.into().unwrap_or_default()));
    };
    (@setter $set:ident(Option<Duration>)) => {
        keys!(@method $set, (value: impl Into<Option<Duration>>), (value.into()));
    };
    (@setter $set:ident(secret $arg:ty)) => {
        keys!(@method $set, (value: $arg), (Secret(value)));
    };
    (@setter $set:ident($arg:ty, $($range:tt)+)) => {
        keys!(@method $set, (value: $arg), (value));
    };
    (@setter $set:ident($arg:ty)) => {
        keys!(@method $set, (value: $arg), (value));
    };
    (@method $set:ident, ($value:ident: $arg:ty), ($taken:expr)) => {
        #[doc = concat!("Sets the key that is applied by [`Socket::", stringify!($set), "`](crate::Socket::", stringify!($set), ").")]
        pub fn $set(&mut self, $value: $arg) -> &mut Self {
            self.put(stringify!($set).trim_start_matches("set_"), $taken.into_setting())
        }
    };
}

/// Declares the keys of the table of options.
macro_rules! option_keys {
    ($($table:tt)*) => { keys! { OPTIONS: true; $($table)* } };
}

option_table!(option_keys);

/// Declares the keys of the table of draft options.
#[cfg(feature = "draft")]
macro_rules! draft_option_keys {
    ($($table:tt)*) => { keys! { #[cfg_attr(docsrs, doc(cfg(feature = "draft")))] DRAFT_OPTIONS: true; $($table)* } };
}

#[cfg(feature = "draft")]
draft_option_table!(draft_option_keys);

#[cfg(not(feature = "draft"))]
const DRAFT_OPTIONS: &[&[Key]] = &[];
#[cfg(not(feature = "draft"))]
const CHECKED_DRAFT_OPTIONS: &[&[Key]] = &[];

#[cfg(feature = "draft")]
keys! { #[cfg_attr(docsrs, doc(cfg(feature = "draft")))] CHECKED_DRAFT_OPTIONS: false;
    Kind {
        set_busy_poll(Duration) = ZMQ_BUSY_POLL;
    }
    Greets {
        set_hello_message(bytes) = ZMQ_HELLO_MSG;
    }
}

// Keys of several options or with a check. Their setters are written in `socket`, and `set` calls them.
keys! { CHECKED_OPTIONS: false;
    Kind {
        set_send_hwm(u32) = ZMQ_SNDHWM;
        set_recv_hwm(u32) = ZMQ_RCVHWM;
        set_tcp_keepalive(TcpKeepalive) = ZMQ_TCP_KEEPALIVE;
        set_heartbeat(Heartbeat) = ZMQ_HEARTBEAT_IVL;
        set_zap_enforce_domain(bool) = ZMQ_ZAP_ENFORCE_DOMAIN;
    }
    HasRoutingId {
        set_routing_id(bytes) = ZMQ_ROUTING_ID;
    }
    SeesSubscriptions {
        set_welcome_message(bytes) = ZMQ_XPUB_WELCOME_MSG;
        set_manual(bool) = ZMQ_XPUB_MANUAL;
        set_manual_last_value(bool) = ZMQ_XPUB_MANUAL_LAST_VALUE;
    }
    ConflatesSent {
        set_conflate(bool) = ZMQ_CONFLATE;
    }
}

pub(super) const TYPE: &str = "type";
pub(super) const SUBSCRIBE: &str = "subscribe";
pub(super) const BIND: &str = "bind";
pub(super) const CONNECT: &str = "connect";

/// The keys that are not options.
static ACTS: [Key; 4] = [
    Key::list(TYPE, Ability::Kind, Shape::SocketType),
    Key::list(SUBSCRIBE, Ability::Subscribes, Shape::Prefixes),
    Key::list(BIND, Ability::Kind, Shape::Binds),
    Key::list(CONNECT, Ability::Kind, Shape::Connects),
];

/// Returns all keys, in the order in which they are applied and serialized.
pub(super) fn all() -> impl Iterator<Item = &'static Key> {
    let [socket_type, acts @ ..] = &ACTS;
    let options = CHECKED_OPTIONS.iter().chain(CHECKED_DRAFT_OPTIONS).chain(OPTIONS).chain(DRAFT_OPTIONS);
    std::iter::once(socket_type).chain(options.copied().flatten()).chain(acts)
}

pub(super) fn find(name: &str) -> Option<&'static Key> {
    all().find(|key| key.name() == name)
}

/// Passes the value of an option to `take`. Returns `None` if the setting is not the value of a single option.
pub(super) fn with<T>(name: &str, setting: &Setting, take: impl FnOnce(&dyn IntoOption) -> T) -> Option<T> {
    match find(name).and_then(|key| key.range) {
        Some([least, most, step]) => setting.with(|value| take(&Within { value, least, most, step })),
        None => setting.with(take),
    }
}

/// Returns the names of all keys.
pub(super) fn names() -> &'static [&'static str] {
    static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| all().map(Key::name).collect())
}

/// Returns the error for an unknown key, with the key that was probably meant.
pub(super) fn unknown(name: &str) -> String {
    let plain = name.to_lowercase().replace('-', "_");
    let c_name = format!("ZMQ_{}", plain.trim_start_matches("zmq_").to_uppercase());
    let meant = all().find(|key| key.c_name == c_name || key.setter == plain).map(Key::name);
    match meant {
        Some(meant) => format!("unknown key {name:?}: did you mean {meant:?}?"),
        None => unknown_of(name, names()),
    }
}

/// Returns the error for a name that is not among the known ones, with the nearest ones.
pub(super) fn unknown_of(name: &str, known: &[&str]) -> String {
    let distances = known.iter().map(|known| (distance(name, known), *known));
    let near = distances.filter(|(distance, known)| *distance <= 1 + known.len() / 4);
    let mut near: Vec<_> = near.collect();
    near.sort_unstable();
    match &near[..] {
        [] => format!("unknown key {name:?}; there are {}", known.join(", ")),
        [(_, nearest), ..] => format!("unknown key {name:?}: did you mean {nearest:?}?"),
    }
}

/// Returns the edit distance: the number of characters to insert, remove or replace.
fn distance(one: &str, other: &str) -> usize {
    let mut above: Vec<usize> = (0..=other.chars().count()).collect();
    for (row, left) in one.chars().enumerate() {
        let mut diagonal = above[0];
        above[0] = row + 1;
        for (column, right) in other.chars().enumerate() {
            let exchanged = diagonal + usize::from(left != right);
            diagonal = above[column + 1];
            above[column + 1] = exchanged.min(above[column] + 1).min(diagonal + 1);
        }
    }
    above[other.chars().count()]
}
