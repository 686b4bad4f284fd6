//! Deserialization of configurations. Each value is deserialized by the shape of its key, so that an error names the
//! expected form and the position.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, Expected, MapAccess, SeqAccess, Unexpected, Visitor};
use zeroize::Zeroizing;

use super::nested::Table;
use super::setting::{Setting, Shape};
use super::write::NAME_TYPES;
use super::{SocketConfig, duration, table};
use crate::endpoint::Endpoint;
use crate::error::{Error as ZmqError, Operation};
use crate::socket::{Affinity, NameType, check_prefix_option, check_routing_id_option};
#[cfg(feature = "draft")]
use crate::socket::{NormMode, ReconnectStop, RouterNotify};

impl<'de> Deserialize<'de> for SocketConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Fields {
            expected: "a table of a socket's options",
            find: |name| match table::find(name) {
                Some(key) => Ok((key.name(), key.shape)),
                None => Err(table::unknown(name)),
            },
        };
        // A struct rather than a map, so that its keys are distinguished from others in the same table (`flatten`).
        let settings = deserializer.deserialize_struct("SocketConfig", table::names(), fields)?;
        Ok(Self { settings })
    }
}

/// Deserializes a table with known keys.
struct Fields {
    expected: &'static str,
    /// Returns a key and its shape, or an error if there is no such key.
    find: fn(&str) -> Result<(&'static str, Shape), String>,
}

impl<'de> Visitor<'de> for Fields {
    type Value = BTreeMap<&'static str, Setting>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut settings = BTreeMap::new();
        while let Some((name, shape)) = map.next_key_seed(Name(self.find))? {
            let setting = map.next_value_seed(ValueReader::new(name, shape))?;
            if settings.insert(name, setting).is_some() {
                return Err(A::Error::custom(format!("the key {name:?} occurs twice")));
            }
        }
        Ok(settings)
    }
}

/// Deserializes a key.
struct Name(fn(&str) -> Result<(&'static str, Shape), String>);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = (&'static str, Shape);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name {
    type Value = (&'static str, Shape);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        (self.0)(name).map_err(E::custom)
    }
}

/// Deserializes the value of a key.
#[derive(Clone, Copy)]
pub(super) struct ValueReader {
    name: &'static str,
    shape: Shape,
    /// `true` for an element of a list, which cannot be a list itself.
    is_element: bool,
}

impl ValueReader {
    pub(super) fn new(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, is_element: false }
    }

    /// Returns an error if the value is invalid for every socket.
    fn checked<E: Error>(self, setting: Setting) -> Result<Setting, E> {
        let checked = match &setting {
            Setting::Bytes(id) if self.name == "routing_id" => check_routing_id_option(id),
            Setting::Prefixes(prefixes) => {
                prefixes.iter().try_for_each(|prefix| check_prefix_option(self.name, prefix))
            }
            Setting::TcpKeepalive(keepalive) => keepalive.check(),
            Setting::Heartbeat(heartbeat) => heartbeat.check(),
            setting => {
                let encoded = table::with(self.name, setting, |value| match value.encode() {
                    Ok(_) => Ok(()),
                    Err(reason) => Err(self.refused(&value.show(), reason)),
                });
                encoded.unwrap_or(Ok(()))
            }
        };
        checked.map(|()| setting).map_err(E::custom)
    }

    fn refused(self, value: &str, reason: String) -> ZmqError {
        ZmqError::invalid(Operation::SetOption, self.name, reason).with_value(value)
    }

    /// Returns an error that names the expected form, and the value unless it is a secret.
    fn unexpected<E: Error>(&self, found: Unexpected<'_>) -> E {
        match self.shape {
            Shape::Password | Shape::SecretKey => E::custom(format_args!("expected {}", self as &dyn Expected)),
            _ => E::invalid_type(found, self),
        }
    }

    fn number<E: Error>(self, number: u64) -> Result<Setting, E> {
        let too_large = || E::invalid_value(Unexpected::Unsigned(number), &self);
        let setting = match self.shape {
            shape if shape.most().is_some() => Setting::from_number(shape, number).ok_or_else(too_large)?,
            Shape::CountOrNone => Setting::CountOrNone(Some(number.try_into().map_err(|_| too_large())?)),
            Shape::SizeOrNone => Setting::SizeOrNone(Some(number)),
            Shape::NameType => Setting::NameType(NameType::Other(i32::try_from(number).map_err(|_| too_large())?)),
            #[cfg(feature = "draft")]
            Shape::NormMode => Setting::NormMode(NormMode::Other(i32::try_from(number).map_err(|_| too_large())?)),
            Shape::Time if number == 0 => Setting::Time(Duration::ZERO),
            Shape::TimeOrNone if number == 0 => Setting::TimeOrNone(Some(Duration::ZERO)),
            Shape::Time | Shape::TimeOrNone => {
                let reason = format!("it has no unit: write {:?} or another", format!("{number}ms"));
                return Err(E::custom(self.refused(&number.to_string(), reason)));
            }
            _ => return Err(self.unexpected(Unexpected::Unsigned(number))),
        };
        self.checked(setting)
    }

    /// Returns the value that represents none.
    fn none<E: Error>(self, found: Unexpected<'_>) -> Result<Setting, E> {
        match self.shape {
            Shape::CountOrNone => Ok(Setting::CountOrNone(None)),
            Shape::SizeOrNone => Ok(Setting::SizeOrNone(None)),
            Shape::TimeOrNone => Ok(Setting::TimeOrNone(None)),
            _ => Err(self.unexpected(found)),
        }
    }

    /// Returns the value of a word.
    fn word<T: Copy, E: Error>(self, text: &str, words: &[(&str, T)]) -> Result<T, E> {
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        found.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn text<E: Error>(self, text: &str) -> Result<Setting, E> {
        let endpoint = |operation| Ok(vec![Endpoint::parse_for(operation, text).map_err(E::custom)?]);
        let unreadable = |error: ZmqError| E::custom(format_args!("{error} (in {})", self.name));
        let setting = match self.shape {
            Shape::CountOrNone | Shape::SizeOrNone | Shape::TimeOrNone if text == "none" => {
                return self.none(Unexpected::Str(text));
            }
            Shape::TimeOrNone if text == "forever" => Setting::TimeOrNone(None),
            Shape::Time | Shape::TimeOrNone => {
                let duration = duration::read(text);
                let duration = duration.map_err(|reason| E::custom(self.refused(&format!("{text:?}"), reason)))?;
                if self.shape == Shape::Time { Setting::Time(duration) } else { Setting::TimeOrNone(Some(duration)) }
            }
            Shape::Text => Setting::Text(text.to_owned()),
            Shape::Password => Setting::Password(text.into()),
            Shape::PublicKey => Setting::PublicKey(text.parse().map_err(unreadable)?),
            Shape::SecretKey => Setting::SecretKey(text.parse().map_err(unreadable)?),
            Shape::Bytes => Setting::Bytes(text.into()),
            Shape::Prefixes => Setting::Prefixes(vec![text.into()]),
            Shape::NameType => Setting::NameType(self.word(text, &NAME_TYPES)?),
            #[cfg(feature = "draft")]
            Shape::ReconnectStop => Setting::ReconnectStop(self.word(text, &ReconnectStop::WORDS)?),
            #[cfg(feature = "draft")]
            Shape::RouterNotify => Setting::RouterNotify(self.word(text, &RouterNotify::WORDS)?),
            #[cfg(feature = "draft")]
            Shape::NormMode => Setting::NormMode(self.word(text, &NormMode::WORDS)?),
            Shape::SocketType => Setting::SocketType(text.parse().map_err(E::custom)?),
            Shape::Binds => Setting::Binds(endpoint(Operation::Bind)?),
            Shape::Connects => Setting::Connects(endpoint(Operation::Connect)?),
            _ => return Err(self.unexpected(Unexpected::Str(text))),
        };
        self.checked(setting)
    }
}

impl<'de> DeserializeSeed<'de> for ValueReader {
    type Value = Setting;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Setting, D::Error> {
        // Shapes with a single form request it, for formats that would otherwise return text. Secrets do not, because
        // the format would quote a value of another form.
        match self.shape {
            Shape::Bool => deserializer.deserialize_bool(self),
            shape if shape.most().is_some() => deserializer.deserialize_u64(self),
            Shape::Text | Shape::SocketType => deserializer.deserialize_string(self),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for ValueReader {
    type Value = Setting;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {}", self.shape.expected(), self.name)
    }

    fn visit_bool<E: Error>(self, on: bool) -> Result<Setting, E> {
        match self.shape {
            Shape::Bool => Ok(Setting::Bool(on)),
            _ => Err(self.unexpected(Unexpected::Bool(on))),
        }
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Setting, E> {
        self.number(number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Setting, E> {
        let remedy = match self.shape {
            Shape::CountOrNone | Shape::SizeOrNone => "write \"none\"",
            Shape::TimeOrNone => "write \"forever\"",
            Shape::Password | Shape::SecretKey => return Err(self.unexpected(Unexpected::Signed(number))),
            _ => "",
        };
        match u64::try_from(number) {
            Ok(number) => self.number(number),
            Err(_) if number == -1 && !remedy.is_empty() => Err(E::custom(self.refused("-1", remedy.to_owned()))),
            Err(_) => Err(E::invalid_value(Unexpected::Signed(number), &self)),
        }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Setting, E> {
        Err(self.unexpected(Unexpected::Float(number)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Setting, E> {
        self.text(text)
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Setting, E> {
        match self.shape {
            Shape::Password => self.checked(Setting::Password(text.into())),
            // The text may be a secret, so it is wiped.
            _ => self.text(&Zeroizing::new(text)),
        }
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Setting, E> {
        match self.shape {
            Shape::Bytes => self.checked(Setting::Bytes(bytes.into())),
            Shape::Prefixes => self.checked(Setting::Prefixes(vec![bytes.into()])),
            _ => Err(self.unexpected(Unexpected::Bytes(bytes))),
        }
    }

    fn visit_none<E: Error>(self) -> Result<Setting, E> {
        self.none(Unexpected::Option)
    }

    fn visit_unit<E: Error>(self) -> Result<Setting, E> {
        self.none(Unexpected::Unit)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Setting, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Setting, A::Error> {
        let mut setting = match self.shape {
            Shape::Bytes => Setting::Bytes(Vec::new()),
            Shape::Threads => Setting::Threads(Affinity::ALL),
            Shape::Prefixes => Setting::Prefixes(Vec::new()),
            #[cfg(feature = "draft")]
            Shape::ReconnectStop if !self.is_element => Setting::ReconnectStop(ReconnectStop::empty()),
            #[cfg(feature = "draft")]
            Shape::RouterNotify if !self.is_element => Setting::RouterNotify(RouterNotify::empty()),
            Shape::Binds if !self.is_element => Setting::Binds(Vec::new()),
            Shape::Connects if !self.is_element => Setting::Connects(Vec::new()),
            _ => return Err(self.unexpected(Unexpected::Seq)),
        };
        self.fill(&mut setting, list)?;
        self.checked(setting)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Setting, A::Error> {
        let setting = match self.shape {
            Shape::TcpKeepalive => Setting::TcpKeepalive(read_table(map)?),
            Shape::Heartbeat => Setting::Heartbeat(read_table(map)?),
            _ => return Err(self.unexpected(Unexpected::Map)),
        };
        self.checked(setting)
    }
}

impl ValueReader {
    /// Adds the elements to a list.
    fn fill<'de, A: SeqAccess<'de>>(self, list: &mut Setting, mut elements: A) -> Result<(), A::Error> {
        let element = match self.shape {
            Shape::Bytes | Shape::Threads => Shape::Byte,
            Shape::Prefixes => Shape::Bytes,
            shape => shape,
        };
        let element = Self { name: self.name, shape: element, is_element: true };
        while let Some(element) = elements.next_element_seed(element)? {
            match (&mut *list, element) {
                (Setting::Bytes(bytes), Setting::Byte(byte)) => bytes.push(byte),
                (Setting::Threads(threads), Setting::Byte(thread)) if thread < 64 => {
                    *threads = Affinity::from_bits(threads.bits() | 1 << thread);
                }
                (Setting::Threads(_), Setting::Byte(thread)) => {
                    return Err(A::Error::invalid_value(Unexpected::Unsigned(thread.into()), &self));
                }
                (Setting::Prefixes(prefixes), Setting::Bytes(prefix)) => prefixes.push(prefix),
                #[cfg(feature = "draft")]
                (Setting::ReconnectStop(set), Setting::ReconnectStop(one)) => *set |= one,
                #[cfg(feature = "draft")]
                (Setting::RouterNotify(set), Setting::RouterNotify(one)) => *set |= one,
                (Setting::Binds(list), Setting::Binds(one)) => list.extend(one),
                (Setting::Connects(list), Setting::Connects(one)) => list.extend(one),
                _ => {}
            }
        }
        Ok(())
    }
}

fn read_table<'de, T: Table, A: MapAccess<'de>>(map: A) -> Result<T, A::Error> {
    Fields { expected: T::EXPECTED, find: find_field::<T> }.visit_map(map).map(T::from_settings)
}

fn find_field<T: Table>(name: &str) -> Result<(&'static str, Shape), String> {
    let found = T::FIELDS.iter().find(|(field, _)| *field == name).copied();
    found.ok_or_else(|| table::unknown_of(name, &T::FIELDS.iter().map(|(field, _)| *field).collect::<Vec<_>>()))
}
