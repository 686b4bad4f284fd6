//! The options of sockets, one line each.
//!
//! A line has the getter, the setter and the C name; the documentation stands on the setter. The type says how the value
//! is encoded: `raw/value.rs` has one implementation for each, `values` those of the types that are made for options.
//! What takes several options, or a check, stands in `composite`.

use std::time::Duration;

use super::Socket;
use super::kinds::{
    Ability, HasRoutingId, Kind, MatchesPrefixes, Multicasts, ProbesRouters, Publishes, Requests, Routes,
    SeesSubscriptions, Streams,
};
use super::values::{Affinity, Mechanism, NameType};
use crate::curve::{PublicKey, SecretKey};
use crate::error::{Operation, Result};
use crate::events::Events;
use crate::sys;
use grammar::options;

mod grammar;

options! {
    impl<K: Kind> Socket<K> {
        /// Sets how long a send may block, in milliseconds, rounded up.
        ///
        /// A send that blocked so long fails with [`TimedOut`](crate::ErrorKind::TimedOut). Default: `None`, forever.
        configured_send_timeout -> Option<Duration>, set_send_timeout(Option<Duration>) = ZMQ_SNDTIMEO;

        /// Sets how long a receive may block, in milliseconds, rounded up.
        ///
        /// A receive that blocked so long fails with [`TimedOut`](crate::ErrorKind::TimedOut). Default: `None`, forever.
        configured_recv_timeout -> Option<Duration>, set_recv_timeout(Option<Duration>) = ZMQ_RCVTIMEO;

        /// Sets how long unsent messages outlive the socket; `None`, libzmq's default, keeps them for ever, and with
        /// them the drop of the context. SUB and XSUB sockets have zero as their default.
        ///
        /// Over `ipc`, an installed libzmq loses messages however long the linger is: if the receiver is at its
        /// high-water mark when the sender is done and leaves, the receiver's libzmq reads 8 KiB more at most. Of 300
        /// messages of 128 bytes, some 60 arrive. The vendored libzmq delivers all of them.
        linger -> Option<Duration>, set_linger(Option<Duration>) = ZMQ_LINGER;

        /// Sets which of the context's I/O threads serve the connections to come (default: all).
        ///
        /// A bind or connect fails with [`NoIoThread`](crate::ErrorKind::NoIoThread) where the context has none of them.
        affinity -> Affinity, set_affinity(Affinity) = ZMQ_AFFINITY;

        /// Sets the size in bytes of the system's send buffer for connections to come; `None`, the default, leaves it to
        /// the system.
        send_buffer -> Option<u32>, set_send_buffer(Option<u32>) = ZMQ_SNDBUF;

        /// Sets the size in bytes of the system's receive buffer for connections to come; `None`, the default, leaves it
        /// to the system.
        recv_buffer -> Option<u32>, set_recv_buffer(Option<u32>) = ZMQ_RCVBUF;

        /// Sets the pause before a lost connection is tried again (default 100 ms); `None`, and zero too, never try.
        reconnect_interval -> Option<Duration>, set_reconnect_interval(Option<Duration>) = ZMQ_RECONNECT_IVL;

        /// Sets the longest pause between two attempts to reconnect: the pause doubles with each attempt up to it.
        ///
        /// Default: `None`, as zero is. The pause is always [`reconnect_interval`](Self::reconnect_interval) then.
        reconnect_interval_max -> Option<Duration>, set_reconnect_interval_max(zero Option<Duration>) = ZMQ_RECONNECT_IVL_MAX;

        /// Sets how many connections may wait to be accepted (default 100).
        backlog -> u32, set_backlog(u32) = ZMQ_BACKLOG;

        /// Sets the largest message in bytes that a peer may send before it is disconnected; `None`, the default, sets
        /// no limit. It applies to connections to come.
        max_message_size -> Option<u64>, set_max_message_size(Option<u64>) = ZMQ_MAXMSGSIZE;

        /// Sets whether messages go only to peers whose connection is complete, so that a peer that is away does not
        /// collect any (default off).
        ///
        /// When a connection is lost, the messages that were queued for its peer are lost with it; without the option they
        /// wait for the reconnection.
        immediate -> bool, set_immediate(bool) = ZMQ_IMMEDIATE;

        /// Sets whether connections to come use IPv6 beside IPv4 (default: as the context).
        ipv6 -> bool, set_ipv6(bool) = ZMQ_IPV6;

        /// Sets how long the handshake of a connection may take.
        ///
        /// Default: 30 s. `None` means no limit, and so does zero.
        handshake_interval -> Option<Duration>, set_handshake_interval(zero Option<Duration>) = ZMQ_HANDSHAKE_IVL;

        /// Sets how long a TCP connection attempt may take.
        ///
        /// Default: `None`, as zero is, which leaves it to the system.
        connect_timeout -> Option<Duration>, set_connect_timeout(zero Option<Duration>) = ZMQ_CONNECT_TIMEOUT;

        /// Sets how long TCP may retransmit before the connection counts as lost.
        ///
        /// Default: `None`, as zero is, which leaves it to the system.
        tcp_max_retransmit -> Option<Duration>, set_tcp_max_retransmit(zero Option<Duration>) = ZMQ_TCP_MAXRT;

        /// Sets the type-of-service byte of IP packets on connections to come (default 0).
        tos -> u8, set_tos(u8) = ZMQ_TOS;

        /// Returns what [`set_socks_proxy`](Self::set_socks_proxy) sets.
        socks_proxy -> Option<String> = ZMQ_SOCKS_PROXY;

        /// Sets the network interface whose traffic alone the connections to come see; `None`, the default, is any.
        ///
        /// Linux only, and it needs the privilege: a bind or connect is refused otherwise.
        bind_to_device -> Option<String>, set_bind_to_device(Option<&str>) = ZMQ_BINDTODEVICE;

        /// Returns the security mechanism, which the options of PLAIN, CURVE and GSSAPI choose.
        mechanism -> Mechanism = ZMQ_MECHANISM;

        /// Sets whether the socket is a PLAIN server, which asks clients for user and password (default off).
        plain_server -> bool, set_plain_server(bool) = ZMQ_PLAIN_SERVER;

        /// Sets the user as whom the socket is a PLAIN client; `None` takes the mechanism back.
        plain_username -> Option<String>, set_plain_username(Option<&str>) = ZMQ_PLAIN_USERNAME;

        /// Sets the password with which the socket is a PLAIN client; `None` takes the mechanism back.
        plain_password -> Option<String>, set_plain_password(secret Option<&str>) = ZMQ_PLAIN_PASSWORD;

        /// Sets the domain in which an [authenticator](crate::auth) judges the socket's peers. Once set it cannot be
        /// taken back, and the socket binds and connects only while its context has an authenticator.
        zap_domain -> Option<String>, set_zap_domain(&str) = ZMQ_ZAP_DOMAIN;

        /// Sets whether the socket is a CURVE server (default off), whose clients have to know its public key.
        ///
        /// It needs its [secret key](Self::set_curve_secret_key). [`set_security`](Self::set_security) does all of it.
        curve_server -> bool, set_curve_server(bool) = ZMQ_CURVE_SERVER;

        /// Sets the socket's own public key for CURVE: a client's, or a server's, which does without it.
        curve_public_key -> Option<PublicKey>, set_curve_public_key(&PublicKey) = ZMQ_CURVE_PUBLICKEY;

        /// Sets the socket's own secret key for CURVE. libzmq keeps a copy for as long as the socket is open.
        curve_secret_key -> Option<SecretKey>, set_curve_secret_key(secret &SecretKey) = ZMQ_CURVE_SECRETKEY;

        /// Sets the public key of the CURVE server that a client connects to; the socket is a client then.
        curve_server_key -> Option<PublicKey>, set_curve_server_key(&PublicKey) = ZMQ_CURVE_SERVERKEY;

        /// Sets whether the socket is a GSSAPI server (default off).
        gssapi_server -> bool, set_gssapi_server(bool) = ZMQ_GSSAPI_SERVER;

        /// Sets the name as which the socket authenticates through GSSAPI.
        gssapi_principal -> Option<String>, set_gssapi_principal(&str) = ZMQ_GSSAPI_PRINCIPAL;

        /// Sets the name of the GSSAPI server that a client connects to.
        gssapi_service_principal -> Option<String>, set_gssapi_service_principal(&str) = ZMQ_GSSAPI_SERVICE_PRINCIPAL;

        /// Sets whether GSSAPI leaves messages unencrypted (default off).
        gssapi_plaintext -> bool, set_gssapi_plaintext(bool) = ZMQ_GSSAPI_PLAINTEXT;

        /// Sets what [`gssapi_principal`](Self::gssapi_principal) is (default: a host-based name).
        gssapi_principal_name_type -> NameType,
            set_gssapi_principal_name_type(NameType) = ZMQ_GSSAPI_PRINCIPAL_NAMETYPE;

        /// Sets what [`gssapi_service_principal`](Self::gssapi_service_principal) is (default: a host-based name).
        gssapi_service_principal_name_type -> NameType,
            set_gssapi_service_principal_name_type(NameType) = ZMQ_GSSAPI_SERVICE_PRINCIPAL_NAMETYPE;

        /// Sets the size in bytes of a VMCI connection's buffer.
        set_vmci_buffer_size(u64) = ZMQ_VMCI_BUFFER_SIZE;

        /// Sets the smallest size in bytes of a VMCI connection's buffer.
        set_vmci_buffer_min_size(u64) = ZMQ_VMCI_BUFFER_MIN_SIZE;

        /// Sets the largest size in bytes of a VMCI connection's buffer.
        set_vmci_buffer_max_size(u64) = ZMQ_VMCI_BUFFER_MAX_SIZE;

        /// Sets how long a VMCI connection attempt may take; `None` leaves it to the system.
        set_vmci_connect_timeout(Option<Duration>) = ZMQ_VMCI_CONNECT_TIMEOUT;

        /// Whether more frames of the multipart message follow whose frame was received last.
        ///
        /// [`Message::more`](crate::Message::more) says it of a message, and costs less.
        recv_more -> bool = ZMQ_RCVMORE;

        /// Returns what the socket is ready for now.
        ///
        /// It has libzmq do what is pending, and so belongs into every loop around [`event_fd`](Self::event_fd).
        events -> Events = ZMQ_EVENTS;

        /// Whether sockets of this type may be used by several threads at once: only kinds of the draft API may.
        thread_safe -> bool = ZMQ_THREAD_SAFE;
    }

    impl<K: Routes> Socket<K> {
        /// Sets whether a message to a peer that is not there is an error
        /// ([`HostUnreachable`](crate::ErrorKind::HostUnreachable)) instead of being dropped (default off). A peer at its
        /// high-water mark makes the send wait then, until the peer has room or leaves.
        ///
        /// An installed libzmq does not notice that such a peer left while messages of any peer wait to be received.
        /// Receive them, or set a [send timeout](Self::set_send_timeout).
        set_mandatory(bool) = ZMQ_ROUTER_MANDATORY;

        /// Sets whether a new peer takes over the routing id of an old one, which is disconnected; otherwise the new one
        /// is turned away (default off).
        set_handover(bool) = ZMQ_ROUTER_HANDOVER;
    }

    impl<K: HasRoutingId> Socket<K> {
        /// Returns the routing id under which the peers of connections to come know the socket; empty for one that the
        /// peer chooses. [`set_routing_id`](Self::set_routing_id) sets it.
        routing_id -> Vec<u8> = ZMQ_ROUTING_ID;
    }

    impl<K: ProbesRouters> Socket<K> {
        /// Sets whether the socket greets each new peer with an empty message, so that a ROUTER knows it at once (default
        /// off). Other peers than ROUTER sockets take the greeting for a message.
        set_probe_router(bool) = ZMQ_PROBE_ROUTER;
    }

    impl<K: Requests> Socket<K> {
        /// Sets whether requests and replies carry a number that pairs them, so that a late reply is dropped (default
        /// off). Set it together with [`set_relaxed`](Self::set_relaxed).
        set_correlate(bool) = ZMQ_REQ_CORRELATE;

        /// Sets whether a new request may be sent before the reply to the last one, which is given up then (default
        /// off).
        set_relaxed(bool) = ZMQ_REQ_RELAXED;
    }

    impl<K: Publishes> Socket<K> {
        /// Sets whether a send waits, or says [`WouldBlock`](crate::ErrorKind::WouldBlock), where a subscriber is at its
        /// high-water mark, instead of dropping the message for it (default off).
        set_no_drop(bool) = ZMQ_XPUB_NODROP;
    }

    impl<K: MatchesPrefixes> Socket<K> {
        /// Sets whether messages go to those whose prefix does *not* match (default off). Publisher and subscriber must
        /// agree.
        invert_matching -> bool, set_invert_matching(bool) = ZMQ_INVERT_MATCHING;
    }

    impl<K: SeesSubscriptions> Socket<K> {
        /// Sets whether every subscription is passed on, instead of the first of its prefix (default off). It turns
        /// [`set_verboser`](Self::set_verboser) off.
        set_verbose(bool) = ZMQ_XPUB_VERBOSE;

        /// Sets whether every subscription and every unsubscription that reaches the publisher is passed on (default
        /// off).
        ///
        /// The two do not add up: a SUB socket sends each of its subscriptions to a prefix, but only its last
        /// unsubscription from it.
        set_verboser(bool) = ZMQ_XPUB_VERBOSER;
    }

    impl<K: Streams> Socket<K> {
        /// Sets whether connections and disconnections are received as messages (default on). It applies to connections
        /// to come.
        set_notify(bool) = ZMQ_STREAM_NOTIFY;
    }

    impl<K: Multicasts> Socket<K> {
        /// Sets the rate of multicast in kilobits a second (default 100).
        rate -> u32, set_rate(u32) = ZMQ_RATE;

        /// Sets for how long lost multicast data can be recovered.
        ///
        /// Default: 10 s. `None` means not at all, and so does zero.
        recovery_interval -> Option<Duration>, set_recovery_interval(zero Option<Duration>) = ZMQ_RECOVERY_IVL;

        /// Sets over how many routers multicast goes (default 1: the local network).
        multicast_hops -> u32, set_multicast_hops(u32) = ZMQ_MULTICAST_HOPS;

        /// Sets the largest multicast packet in bytes (default 1500).
        multicast_max_tpdu -> u32, set_multicast_max_tpdu(u32) = ZMQ_MULTICAST_MAXTPDU;
    }
}
