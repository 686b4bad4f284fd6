//! The values of a configuration, each of the type of its option.

use std::time::Duration;

use crate::curve::{PublicKey, SecretKey};
use crate::endpoint::Endpoint;
use crate::password::Password;
use crate::raw::{IntoOption, Secret};
use crate::socket::kinds::SocketType;
use crate::socket::{Affinity, Heartbeat, NameType, TcpKeepalive};

/// Declares [`Setting`] and [`Shape`], one line each: the name, the type, and the form in a text file.
macro_rules! shapes {
    ($($shape:ident($type:ty), $expected:literal;)*) => {
        /// A value of a key.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(super) enum Setting {
            $($shape($type),)*
        }

        /// The shape of a key's values.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Shape {
            $($shape,)*
        }

        impl Shape {
            /// Returns the expected form, for errors.
            pub(super) const fn expected(self) -> &'static str {
                match self {
                    $(Self::$shape => $expected,)*
                }
            }
        }
    };
}

shapes! {
    Bool(bool), "true or false";
    Byte(u8), "a number from 0 to 255";
    Count(u32), "a number from 0 to 2147483647";
    CountOrNone(Option<u32>), "a number from 0 to 2147483647, or \"none\"";
    Size(u64), "a number that is not negative";
    SizeOrNone(Option<u64>), "a number that is not negative, or \"none\"";
    Time(Duration), "a duration such as \"250ms\", \"5s\" or \"1h30m\"";
    TimeOrNone(Option<Duration>), "a duration such as \"250ms\", \"5s\" or \"1h30m\", or \"forever\"";
    Text(String), "a text";
    Password(Password), "a text";
    Bytes(Vec<u8>), "a text, or a list of numbers from 0 to 255";
    Threads(Affinity), "a list of I/O threads, from 0 to 63";
    PublicKey(PublicKey), "a key of 40 characters in Z85";
    SecretKey(SecretKey), "a key of 40 characters in Z85";
    NameType(NameType), "\"host_based\", \"user_name\" or \"krb5_principal\"";
    TcpKeepalive(TcpKeepalive), "a table of on, idle, interval and count";
    Heartbeat(Heartbeat), "a table of interval, timeout and time_to_live";
    SocketType(SocketType), "a socket type such as \"ROUTER\"";
    Prefixes(Vec<Vec<u8>>), "a list of prefixes, each a text or a list of numbers from 0 to 255";
    Binds(Vec<Endpoint>), "a list of endpoints such as \"tcp://*:5555\"";
    Connects(Vec<Endpoint>), "a list of endpoints such as \"tcp://127.0.0.1:5555\"";
}

impl Setting {
    /// Returns `true` if the value is neither serialized nor shown.
    pub(super) fn is_secret(&self) -> bool {
        matches!(self, Self::Password(_) | Self::SecretKey(_))
    }

    /// Passes the value of an option to `take`. Returns `None` if the setting is not the value of a single option.
    pub(super) fn with<T>(&self, take: impl FnOnce(&dyn IntoOption) -> T) -> Option<T> {
        let option: &dyn IntoOption = match self {
            Self::Bool(on) => on,
            Self::Byte(number) => number,
            Self::Count(number) => number,
            Self::CountOrNone(number) => number,
            Self::Size(number) => number,
            Self::SizeOrNone(number) => number,
            Self::Time(duration) => duration,
            Self::TimeOrNone(duration) => duration,
            Self::Threads(affinity) => affinity,
            Self::NameType(name_type) => name_type,
            Self::Password(password) => password,
            Self::PublicKey(key) => key,
            Self::SecretKey(key) => key,
            Self::Text(text) => return Some(take(&text.as_str())),
            Self::Bytes(bytes) => return Some(take(&bytes.as_slice())),
            Self::TcpKeepalive(_) | Self::Heartbeat(_) => return None,
            Self::SocketType(_) | Self::Prefixes(_) | Self::Binds(_) | Self::Connects(_) => return None,
        };
        Some(take(option))
    }
}

/// A type of argument of an option's setter.
pub(super) trait IntoSetting {
    /// The shape of its values.
    const SHAPE: Shape;

    /// Returns the value, or `None` if the key is left out of a file for this value.
    fn into_setting(self) -> Option<Setting>;
}

/// Implements the trait for a type on one line.
macro_rules! into_settings {
    ($($type:ty => $shape:ident, |$value:ident| $setting:expr;)*) => {
        $(impl IntoSetting for $type {
            const SHAPE: Shape = Shape::$shape;

            fn into_setting(self) -> Option<Setting> {
                let $value = self;
                $setting.map(Setting::$shape)
            }
        })*
    };
}

into_settings! {
    bool => Bool, |on| Some(on);
    u8 => Byte, |number| Some(number);
    u32 => Count, |number| Some(number);
    Option<u32> => CountOrNone, |number| Some(number);
    u64 => Size, |number| Some(number);
    Option<u64> => SizeOrNone, |number| Some(number);
    Duration => Time, |duration| Some(duration);
    Option<Duration> => TimeOrNone, |duration| Some(duration);
    &str => Text, |text| Some(text.to_owned());
    Option<&str> => Text, |text| text.map(str::to_owned);
    Secret<Option<&str>> => Password, |text| text.0.map(Password::from);
    &PublicKey => PublicKey, |key| Some(*key);
    Secret<&SecretKey> => SecretKey, |key| Some(key.0.clone());
    &[u8] => Bytes, |bytes| Some(bytes.to_vec());
    Affinity => Threads, |affinity| Some(affinity);
    NameType => NameType, |name_type| Some(name_type);
    TcpKeepalive => TcpKeepalive, |keepalive| Some(keepalive);
    Heartbeat => Heartbeat, |heartbeat| Some(heartbeat);
}
