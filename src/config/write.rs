//! Serialization of configurations.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::nested::Table;
use super::setting::Setting;
use super::{SocketConfig, duration, table};
use crate::socket::NameType;
#[cfg(feature = "draft")]
use crate::socket::{NormMode, ReconnectStop, RouterNotify};

/// Serializes the keys in the order in which they are applied, without secrets.
impl Serialize for SocketConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let found = table::all().filter_map(|key| Some((key.name(), self.settings.get(key.name())?)));
        let mut shown: Vec<_> = found.filter(|(_, setting)| !setting.is_secret()).collect();
        // In TOML, keys that follow a table belong to the table.
        shown.sort_by_key(|(_, setting)| matches!(setting, Setting::TcpKeepalive(_) | Setting::Heartbeat(_)));
        write_map(serializer, &shown)
    }
}

impl Serialize for Setting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some((number, _)) = self.as_number() {
            return serializer.serialize_u64(number);
        }
        match self {
            Self::Bool(on) => on.serialize(serializer),
            Self::CountOrNone(Some(number)) => number.serialize(serializer),
            Self::SizeOrNone(Some(number)) => number.serialize(serializer),
            Self::CountOrNone(None) | Self::SizeOrNone(None) => serializer.serialize_str("none"),
            Self::Time(time) | Self::TimeOrNone(Some(time)) => serializer.serialize_str(&duration::write(*time)),
            Self::TimeOrNone(None) => serializer.serialize_str("forever"),
            Self::Text(text) => serializer.serialize_str(text),
            Self::PublicKey(key) => serializer.collect_str(key),
            Self::Bytes(bytes) => Bytes(bytes).serialize(serializer),
            Self::Threads(affinity) => {
                serializer.collect_seq((0..64).filter(|thread| affinity.bits() >> thread & 1 == 1))
            }
            Self::NameType(NameType::Other(number)) => number.serialize(serializer),
            Self::NameType(name_type) => {
                let found = NAME_TYPES.iter().find(|(_, known)| known == name_type);
                serializer.serialize_str(found.map_or("", |(name, _)| name))
            }
            #[cfg(feature = "draft")]
            Self::ReconnectStop(set) => {
                let words = ReconnectStop::WORDS.iter().filter(|(_, condition)| set.contains(*condition));
                serializer.collect_seq(words.map(|(word, _)| word))
            }
            #[cfg(feature = "draft")]
            Self::RouterNotify(set) => {
                let words = RouterNotify::WORDS.iter().filter(|(_, event)| set.contains(*event));
                serializer.collect_seq(words.map(|(word, _)| word))
            }
            #[cfg(feature = "draft")]
            Self::NormMode(NormMode::Other(number)) => number.serialize(serializer),
            #[cfg(feature = "draft")]
            Self::NormMode(mode) => {
                let found = NormMode::WORDS.iter().find(|(_, known)| known == mode);
                serializer.serialize_str(found.map_or("", |(word, _)| word))
            }
            Self::TcpKeepalive(keepalive) => write_map(serializer, &keepalive.into_settings()),
            Self::Heartbeat(heartbeat) => write_map(serializer, &heartbeat.into_settings()),
            Self::SocketType(socket_type) => serializer.serialize_str(socket_type.as_str()),
            Self::Prefixes(prefixes) => serializer.collect_seq(prefixes.iter().map(|prefix| Bytes(prefix))),
            Self::Binds(endpoints) | Self::Connects(endpoints) => {
                serializer.collect_seq(endpoints.iter().map(|endpoint| endpoint.as_str()))
            }
            // A secret; numbers were written before.
            _ => serializer.serialize_unit(),
        }
    }
}

fn write_map<S: Serializer, V: Serialize>(serializer: S, entries: &[(&'static str, V)]) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(entries.len()))?;
    for (name, value) in entries {
        map.serialize_entry(name, value)?;
    }
    map.end()
}

/// Bytes, serialized as text if they are UTF-8, and as numbers otherwise.
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => serializer.collect_seq(self.0),
        }
    }
}

/// The names of the types of a GSSAPI name.
pub(super) const NAME_TYPES: [(&str, NameType); 3] = [
    ("host_based", NameType::HostBased),
    ("user_name", NameType::UserName),
    ("krb5_principal", NameType::Krb5Principal),
];
