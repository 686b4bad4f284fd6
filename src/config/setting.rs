//! The values of a configuration, each of the type of its option.

use std::time::Duration;

use crate::curve::{PublicKey, SecretKey};
use crate::endpoint::Endpoint;
use crate::password::Password;
use crate::raw::{IntoOption, Secret};
use crate::socket::kinds::SocketType;
use crate::socket::{Affinity, Heartbeat, NameType, TcpKeepalive};
#[cfg(feature = "draft")]
use crate::socket::{NormMode, ReconnectStop, RouterNotify};

/// Declares [`Setting`] and [`Shape`], one line each: the name, the type, and the form in a text file. A line of
/// `numbers` is all that a type of numbers needs.
macro_rules! shapes {
    (
        numbers { $($number:ident($number_type:ty), $number_expected:literal;)* }
        others { $($(#[$cfg:meta])* $shape:ident($type:ty), $expected:literal;)* }
    ) => {
        /// A value of a key.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(super) enum Setting {
            $($number($number_type),)*
            $($(#[$cfg])* $shape($type),)*
        }

        /// The shape of a key's values.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Shape {
            $($number,)*
            $($(#[$cfg])* $shape,)*
        }

        impl Shape {
            /// Returns the expected form, for errors.
            pub(super) const fn expected(self) -> &'static str {
                match self {
                    $(Self::$number => $number_expected,)*
                    $($(#[$cfg])* Self::$shape => $expected,)*
                }
            }

            /// Returns the maximum of the type if the shape is a number.
            pub(super) fn most(self) -> Option<u64> {
                match self {
                    $(Self::$number => Some(<$number_type>::MAX.into()),)*
                    _ => None,
                }
            }
        }

        impl Setting {
            /// Returns a number as a value of this shape, or `None` if it is too large or the shape is not a number.
            pub(super) fn from_number(shape: Shape, number: u64) -> Option<Self> {
                match shape {
                    $(Shape::$number => number.try_into().ok().map(Self::$number),)*
                    _ => None,
                }
            }

            /// Returns the value, as a number and as the value of an option, if it is a number.
            pub(super) fn as_number(&self) -> Option<(u64, &dyn IntoOption)> {
                match self {
                    $(Self::$number(number) => Some(((*number).into(), number)),)*
                    _ => None,
                }
            }
        }

        $(impl IntoSetting for $number_type {
            const SHAPE: Shape = Shape::$number;

            fn into_setting(self) -> Option<Setting> {
                Some(Setting::$number(self))
            }
        })*
    };
}

shapes! {
    numbers {
        Byte(u8), "a number from 0 to 255";
        Count(u32), "a number from 0 to 2147483647";
        Size(u64), "a number that is not negative";
    }
    others {
        Bool(bool), "true or false";
        CountOrNone(Option<u32>), "a number from 0 to 2147483647, or \"none\"";
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
        #[cfg(feature = "draft")]
        ReconnectStop(ReconnectStop),
            "a list of \"connection_refused\", \"handshake_failed\" and \"after_disconnect\"";
        #[cfg(feature = "draft")]
        RouterNotify(RouterNotify), "a list of \"connect\" and \"disconnect\"";
        #[cfg(feature = "draft")]
        NormMode(NormMode),
            "\"fixed\", \"congestion_control\", \"loss_tolerant\", \"marked\" or \"marked_only\"";
        SocketType(SocketType), "a socket type such as \"ROUTER\"";
        Prefixes(Vec<Vec<u8>>), "a list of prefixes, each a text or a list of numbers from 0 to 255";
        Binds(Vec<Endpoint>), "a list of endpoints such as \"tcp://*:5555\"";
        Connects(Vec<Endpoint>), "a list of endpoints such as \"tcp://127.0.0.1:5555\"";
    }
}

impl Setting {
    /// Returns `true` if the value is neither serialized nor shown.
    pub(super) fn is_secret(&self) -> bool {
        matches!(self, Self::Password(_) | Self::SecretKey(_))
    }

    /// Passes the value of an option to `take`. Returns `None` if the setting is not the value of a single option.
    pub(super) fn with<T>(&self, take: impl FnOnce(&dyn IntoOption) -> T) -> Option<T> {
        if let Some((_, number)) = self.as_number() {
            return Some(take(number));
        }
        let option: &dyn IntoOption = match self {
            Self::Bool(on) => on,
            Self::CountOrNone(number) => number,
            Self::SizeOrNone(number) => number,
            Self::Time(duration) => duration,
            Self::TimeOrNone(duration) => duration,
            Self::Threads(affinity) => affinity,
            Self::NameType(name_type) => name_type,
            #[cfg(feature = "draft")]
            Self::ReconnectStop(conditions) => conditions,
            #[cfg(feature = "draft")]
            Self::RouterNotify(events) => events,
            #[cfg(feature = "draft")]
            Self::NormMode(mode) => mode,
            Self::Password(password) => password,
            Self::PublicKey(key) => key,
            Self::SecretKey(key) => key,
            Self::Text(text) => return Some(take(&text.as_str())),
            Self::Bytes(bytes) => return Some(take(&bytes.as_slice())),
            // Tables and acts.
            _ => return None,
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
    Option<u32> => CountOrNone, |number| Some(number);
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

#[cfg(feature = "draft")]
into_settings! {
    ReconnectStop => ReconnectStop, |conditions| Some(conditions);
    RouterNotify => RouterNotify, |events| Some(events);
    NormMode => NormMode, |mode| Some(mode);
}
