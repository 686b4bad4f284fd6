//! Sockets: their endpoints and options, sends and receives, and the patterns of their kinds.

#[path = "../common/mod.rs"]
mod common;

mod addresses;
mod awaited_peers;
#[cfg(all(feature = "draft", unix))]
mod draft;
mod endpoints;
mod errnos;
#[cfg(all(feature = "draft", unix))]
mod greetings;
mod kinds;
mod listeners;
mod made_up_paths;
mod named_peers;
mod options;
mod options_checked;
mod receiving;
mod streams;
mod subscriptions;
mod waiting;
