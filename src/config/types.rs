//! Serialization of the types of values, for programs that use them in their own configuration.

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

use super::read::ValueReader;
use super::setting::{Setting, Shape};
use super::write::Bytes;
use crate::context::SchedulingPolicy;
use crate::curve::{PublicKey, SecretKey};
use crate::endpoint::Endpoint;
use crate::password::Password;
use crate::socket::kinds::SocketType;
use crate::socket::{Affinity, Heartbeat, Mechanism, NameType, TcpKeepalive, Topic};
#[cfg(feature = "draft")]
use crate::socket::{NormMode, ReconnectStop, RouterNotify};
use crate::version::{Capability, Version};

/// Deserializes types like the values of keys, each by its shape.
macro_rules! read {
    ($($(#[$doc:meta])* $type:ident: $shape:ident)*) => {
        $($(#[$doc])*
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match ValueReader::new(stringify!($type), Shape::$shape).deserialize(deserializer)? {
                    Setting::$shape(value) => Ok(value.into()),
                    other => Err(D::Error::custom(format_args!("{other:?} is something else"))),
                }
            }
        })*
    };
}

read! {
    /// Deserializes ZeroMQ's name, ignoring case.
    SocketType: SocketType
    /// Deserializes Z85.
    PublicKey: PublicKey
    /// Deserializes Z85. Not serializable.
    SecretKey: SecretKey
    /// Deserializes text. Not serializable.
    Password: Password
    /// Deserializes a table of the fields, with durations as text. Missing fields are `None`.
    TcpKeepalive: TcpKeepalive
    /// Deserializes a table of the fields, with durations as text. Missing fields have their defaults.
    Heartbeat: Heartbeat
    /// Deserializes a list of I/O threads: `[0, 2]`.
    Affinity: Threads
    /// Deserializes `"host_based"`, `"user_name"` or `"krb5_principal"`, or libzmq's number.
    NameType: NameType
    /// Deserializes text, or a list of numbers: `[1, 255]`.
    Topic: Bytes
}

#[cfg(feature = "draft")]
read! {
    /// Deserializes a list of words: `["connection_refused", "handshake_failed"]`.
    ReconnectStop: ReconnectStop
    /// Deserializes a list of words: `["connect", "disconnect"]`.
    RouterNotify: RouterNotify
    /// Deserializes a word such as `"congestion_control"`, or libzmq's number.
    NormMode: NormMode
}

/// Serializes types as `Display` prints them.
macro_rules! write_as_text {
    ($($type:ident)*) => {
        $(impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        })*
    };
}

write_as_text! { SocketType Endpoint PublicKey Mechanism Capability Version }

/// Serializes types like the values of keys.
macro_rules! write_as_setting {
    ($($(#[$doc:meta])* $type:ident: |$value:ident| $setting:expr;)*) => {
        $($(#[$doc])*
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let $value = self;
                $setting.serialize(serializer)
            }
        })*
    };
}

write_as_setting! {
    /// Serializes a table of the fields that are not `None`.
    TcpKeepalive: |keepalive| Setting::TcpKeepalive(*keepalive);
    /// Serializes a table of the fields that are not `None`.
    Heartbeat: |heartbeat| Setting::Heartbeat(*heartbeat);
    /// Serializes a list of I/O threads.
    Affinity: |affinity| Setting::Threads(*affinity);
    /// Serializes the name, or libzmq's number.
    NameType: |name_type| Setting::NameType(*name_type);
    /// Serializes text, or a list of numbers if the bytes are not UTF-8.
    Topic: |topic| Bytes(topic.prefix());
}

#[cfg(feature = "draft")]
write_as_setting! {
    /// Serializes a list of words.
    ReconnectStop: |conditions| Setting::ReconnectStop(*conditions);
    /// Serializes a list of words.
    RouterNotify: |events| Setting::RouterNotify(*events);
    /// Serializes the word, or libzmq's number.
    NormMode: |mode| Setting::NormMode(*mode);
}

/// Deserializes types from the text that `Display` prints.
macro_rules! read_as_text {
    ($($(#[$doc:meta])* $type:ident: |$text:ident| $read:expr;)*) => {
        $($(#[$doc])*
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let $text = text.as_str();
                $read.map_err(D::Error::custom)
            }
        })*
    };
}

read_as_text! {
    /// Deserializes and checks the text.
    Endpoint: |text| Self::parse(text);
    /// Deserializes ZeroMQ's name, ignoring case.
    Mechanism: |text| text.parse::<Self>();
    /// Deserializes libzmq's name, ignoring case.
    Capability: |text| text.parse::<Self>();
    /// Deserializes `"other"`, `"fifo"` or `"round_robin"`.
    SchedulingPolicy: |text| POLICIES.iter().find(|(word, _)| *word == text).map(|(_, policy)| *policy).ok_or_else(|| {
        format!("a scheduling policy is \"other\", \"fifo\" or \"round_robin\", not {text:?}")
    });
    /// Deserializes three numbers separated by dots.
    Version: |text| read_version(text).ok_or_else(|| format!("a version is a text such as \"4.3.5\", not {text:?}"));
}

/// The names of scheduling policies.
const POLICIES: [(&str, SchedulingPolicy); 3] = [
    ("other", SchedulingPolicy::Other),
    ("fifo", SchedulingPolicy::Fifo),
    ("round_robin", SchedulingPolicy::RoundRobin),
];

/// Serializes the name.
impl Serialize for SchedulingPolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let found = POLICIES.iter().find(|(_, policy)| policy == self);
        serializer.serialize_str(found.map_or("", |(word, _)| word))
    }
}

fn read_version(text: &str) -> Option<Version> {
    let mut numbers = text.splitn(3, '.').map(|number| number.parse().ok());
    let mut next = || numbers.next().flatten();
    Some(Version { major: next()?, minor: next()?, patch: next()? })
}
