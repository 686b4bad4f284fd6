//! The types of values by themselves, for programs that have them in a configuration of their own.

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

use super::read::Value;
use super::setting::{Setting, Shape};
use crate::curve::{PublicKey, SecretKey};
use crate::endpoint::Endpoint;
use crate::socket::kinds::SocketType;
use crate::socket::{Heartbeat, Password, TcpKeepalive};

/// Reads types as the values of keys are read.
macro_rules! read {
    ($($(#[$doc:meta])* $type:ident)*) => {
        $($(#[$doc])*
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match Value::new(stringify!($type), Shape::$type).deserialize(deserializer)? {
                    Setting::$type(value) => Ok(value),
                    other => Err(D::Error::custom(format_args!("{other:?} is something else"))),
                }
            }
        })*
    };
}

read! {
    /// Reads ZeroMQ's word for it, in any case.
    SocketType
    /// Reads Z85.
    PublicKey
    /// Reads Z85. It cannot be written.
    SecretKey
    /// Reads a text. It cannot be written.
    Password
    /// Reads a table of the fields, with durations as text; what is left out is `None`.
    TcpKeepalive
    /// Reads a table of the fields, with durations as text; what is left out is the default.
    Heartbeat
}

/// Reads the text, and checks it.
impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
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

write_as_text! { SocketType Endpoint PublicKey }

/// Writes a table of the fields that are not `None`.
impl Serialize for TcpKeepalive {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Setting::TcpKeepalive(*self).serialize(serializer)
    }
}

/// Writes a table of the fields that are not `None`.
impl Serialize for Heartbeat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Setting::Heartbeat(*self).serialize(serializer)
    }
}
