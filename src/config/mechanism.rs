//! Security mechanisms in configurations: keys of different mechanisms or roles exclude each other.

use super::setting::Setting;
use super::table::Key;
use crate::error::{Error, Operation, Result};

/// Returns the security mechanism that an option belongs to.
pub(super) fn mechanism(key: &Key) -> Option<&'static str> {
    let (mechanism, _) = key.name().split_once('_')?;
    matches!(mechanism, "plain" | "curve" | "gssapi").then_some(mechanism)
}

/// Refuses options of two mechanisms, and of both roles in one: the last ones would silently win.
pub(super) fn check_mechanism(settings: &[(&'static Key, &Setting)]) -> Result<()> {
    let has = |name: &str| settings.iter().any(|(key, _)| key.name() == name);
    let chosen = settings.iter().filter(|(_, setting)| **setting != Setting::Bool(false)).map(|(key, _)| *key);
    let mut chosen = chosen.filter_map(|key| Some((key.name(), mechanism(key)?)));
    let Some((first, mechanism)) = chosen.next() else { return Ok(()) };
    let refused = |name: &str, reason: String| Err(Error::invalid(Operation::SetOption, name, reason));
    if let Some((other, _)) = chosen.find(|(_, other)| *other != mechanism) {
        return refused(other, format!("{first} selects another security mechanism; remove the keys of one of them"));
    }
    let of_clients = CLIENTS_KEYS.iter().find(|(server, client)| *server == first && has(client));
    match of_clients {
        Some((server, client)) => {
            refused(client, format!("this key is for clients, but {server} is on; remove one of the two"))
        }
        None => Ok(()),
    }
}

/// The keys that make the socket a server, with the keys that make it a client.
const CLIENTS_KEYS: [(&str, &str); 4] = [
    ("plain_server", "plain_username"),
    ("plain_server", "plain_password"),
    ("curve_server", "curve_server_key"),
    ("gssapi_server", "gssapi_service_principal"),
];
