//! The types of values by themselves, for programs that have them in a configuration of their own.

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
use crate::version::{Capability, Version};

/// Reads types as the values of keys are read, each as the shape behind it.
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
    /// Reads ZeroMQ's word for it, in any case.
    SocketType: SocketType
    /// Reads Z85.
    PublicKey: PublicKey
    /// Reads Z85. It cannot be written.
    SecretKey: SecretKey
    /// Reads a text. It cannot be written.
    Password: Password
    /// Reads a table of the fields, with durations as text; what is left out is `None`.
    TcpKeepalive: TcpKeepalive
    /// Reads a table of the fields, with durations as text; what is left out is the default.
    Heartbeat: Heartbeat
    /// Reads a list of I/O threads: `[0, 2]`.
    Affinity: Threads
    /// Reads `"host_based"`, `"user_name"` or `"krb5_principal"`, or libzmq's number.
    NameType: NameType
    /// Reads a text, or a list of numbers: `[1, 255]`.
    Topic: Bytes
}

/// Writes types as `Display` prints them.
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

/// Writes types as the values of keys are written.
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
    /// Writes a table of the fields that are not `None`.
    TcpKeepalive: |keepalive| Setting::TcpKeepalive(*keepalive);
    /// Writes a table of the fields that are not `None`.
    Heartbeat: |heartbeat| Setting::Heartbeat(*heartbeat);
    /// Writes a list of I/O threads.
    Affinity: |affinity| Setting::Threads(*affinity);
    /// Writes the word, or libzmq's number.
    NameType: |name_type| Setting::NameType(*name_type);
    /// Writes a text, or a list of numbers if it is not UTF-8.
    Topic: |topic| Bytes(topic.prefix());
}

/// Reads types from the text that `Display` prints.
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
    /// Reads the text, and checks it.
    Endpoint: |text| Self::parse(text);
    /// Reads ZeroMQ's word for it, in any case.
    Mechanism: |text| text.parse::<Self>();
    /// Reads libzmq's word for it, in any case.
    Capability: |text| text.parse::<Self>();
    /// Reads `"other"`, `"fifo"` or `"round_robin"`.
    SchedulingPolicy: |text| POLICIES.iter().find(|(word, _)| *word == text).map(|(_, policy)| *policy).ok_or_else(|| {
        format!("a scheduling policy is \"other\", \"fifo\" or \"round_robin\", not {text:?}")
    });
    /// Reads three numbers with points between them.
    Version: |text| read_version(text).ok_or_else(|| format!("a version is a text such as \"4.3.5\", not {text:?}"));
}

/// The words for scheduling policies.
const POLICIES: [(&str, SchedulingPolicy); 3] = [
    ("other", SchedulingPolicy::Other),
    ("fifo", SchedulingPolicy::Fifo),
    ("round_robin", SchedulingPolicy::RoundRobin),
];

/// Writes the word.
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
