//! Facts about options that cannot be read from libzmq.

use std::ffi::c_int;

use super::kinds::SocketType;
use crate::version::{Capability, Version, has, version};
use crate::{raw, sys};

/// The requirements of an option that can only be set.
#[derive(Clone, Copy)]
pub(super) struct Needs {
    /// The socket types that have the option. Empty means all types.
    types: &'static [SocketType],
    build: Build,
}

/// The required build of libzmq.
#[derive(Clone, Copy)]
enum Build {
    Any,
    /// A build with a capability.
    Has(Capability),
    /// A build with the draft API.
    Draft,
    /// A build of 4.3.5 or later with the draft API.
    Draft435,
    /// A build with the draft API and TLS.
    DraftWss,
    /// A system that identifies the peer of an `ipc` connection.
    PeerCredentials,
}

impl Needs {
    pub(super) fn are_met(self, socket_type: SocketType) -> bool {
        let draft = || has(Capability::Draft);
        let built = match self.build {
            Build::Any => true,
            Build::Has(capability) => has(capability),
            Build::Draft => draft(),
            Build::Draft435 => draft() && version() >= Version { major: 4, minor: 3, patch: 5 },
            Build::DraftWss => draft() && has(Capability::Wss),
            Build::PeerCredentials => cfg!(any(target_os = "linux", target_os = "android")),
        };
        built && (self.types.is_empty() || self.types.contains(&socket_type))
    }
}

/// Declares the options that can only be set, or that libzmq supports but fails to read.
macro_rules! set_only {
    ($($option:ident: $build:expr, [$($socket_type:ident)*];)*) => {
        /// Returns the requirements of an option, or `None` if the option can be read.
        pub(super) fn set_only(option: c_int) -> Option<Needs> {
            match option {
                $(sys::$option => Some(Needs { types: &[$(SocketType::$socket_type),*], build: $build }),)*
                _ => None,
            }
        }
    };
}

set_only! {
    ZMQ_SUBSCRIBE: Build::Any, [Sub XPub];
    ZMQ_UNSUBSCRIBE: Build::Any, [Sub XPub];
    ZMQ_ROUTER_MANDATORY: Build::Any, [Router];
    ZMQ_ROUTER_RAW: Build::Any, [Router];
    ZMQ_ROUTER_HANDOVER: Build::Any, [Router];
    ZMQ_CONNECT_ROUTING_ID: Build::Any, [Router Stream];
    ZMQ_PROBE_ROUTER: Build::Any, [Router Dealer Req];
    ZMQ_REQ_CORRELATE: Build::Any, [Req];
    ZMQ_REQ_RELAXED: Build::Any, [Req];
    ZMQ_XPUB_VERBOSE: Build::Any, [XPub];
    ZMQ_XPUB_VERBOSER: Build::Any, [XPub];
    ZMQ_XPUB_NODROP: Build::Any, [XPub Pub Radio];
    ZMQ_XPUB_MANUAL: Build::Any, [XPub];
    ZMQ_XPUB_MANUAL_LAST_VALUE: Build::Any, [XPub];
    ZMQ_XPUB_WELCOME_MSG: Build::Any, [XPub];
    ZMQ_ONLY_FIRST_SUBSCRIBE: Build::Any, [XPub XSub];
    ZMQ_STREAM_NOTIFY: Build::Any, [Stream];
    ZMQ_TCP_ACCEPT_FILTER: Build::Any, [];
    ZMQ_IPC_FILTER_PID: Build::PeerCredentials, [];
    ZMQ_IPC_FILTER_UID: Build::PeerCredentials, [];
    ZMQ_IPC_FILTER_GID: Build::PeerCredentials, [];
    ZMQ_VMCI_BUFFER_SIZE: Build::Has(Capability::Vmci), [];
    ZMQ_VMCI_BUFFER_MIN_SIZE: Build::Has(Capability::Vmci), [];
    ZMQ_VMCI_BUFFER_MAX_SIZE: Build::Has(Capability::Vmci), [];
    ZMQ_VMCI_CONNECT_TIMEOUT: Build::Has(Capability::Vmci), [];
    ZMQ_METADATA: Build::Any, [];
    ZMQ_HELLO_MSG: Build::Draft, [Router Dealer Client Server Peer];
    ZMQ_DISCONNECT_MSG: Build::Draft, [Router Server Peer];
    ZMQ_HICCUP_MSG: Build::Draft435, [Dealer Client Peer];
    ZMQ_BUSY_POLL: Build::Draft435, [];
    ZMQ_XSUB_VERBOSE_UNSUBSCRIBE: Build::Draft435, [XSub];
    ZMQ_WSS_KEY_PEM: Build::DraftWss, [];
    ZMQ_WSS_CERT_PEM: Build::DraftWss, [];
    ZMQ_WSS_TRUST_PEM: Build::DraftWss, [];
    ZMQ_WSS_HOSTNAME: Build::DraftWss, [];
    ZMQ_WSS_TRUST_SYSTEM: Build::DraftWss, [];
}

/// Returns the sizes of buffers with which to try reading an option, to determine if the option exists.
///
/// Known options have a single size, because a libzmq that was configured with `--with-militant` aborts on others.
pub(super) fn room(option: c_int) -> &'static [usize] {
    match option {
        sys::ZMQ_AFFINITY | sys::ZMQ_MAXMSGSIZE => &[8],
        sys::ZMQ_CURVE_PUBLICKEY | sys::ZMQ_CURVE_SECRETKEY | sys::ZMQ_CURVE_SERVERKEY => &[32],
        sys::ZMQ_ROUTING_ID
        | sys::ZMQ_LAST_ENDPOINT
        | sys::ZMQ_SOCKS_PROXY
        | sys::ZMQ_SOCKS_USERNAME
        | sys::ZMQ_SOCKS_PASSWORD
        | sys::ZMQ_PLAIN_USERNAME
        | sys::ZMQ_PLAIN_PASSWORD
        | sys::ZMQ_ZAP_DOMAIN
        | sys::ZMQ_GSSAPI_PRINCIPAL
        | sys::ZMQ_GSSAPI_SERVICE_PRINCIPAL
        | sys::ZMQ_BINDTODEVICE => &[raw::LONGEST_VALUE],
        _ => &[size_of::<c_int>(), 8, 32, raw::LONGEST_VALUE],
    }
}
