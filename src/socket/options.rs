//! The options of sockets, one line each.
//!
//! A line has the getter, the setter and the C name; the documentation is written on the setter. The type determines
//! how the value is encoded: `raw/value.rs` has one implementation for each type, and `values` has those of the types
//! that exist only for options. Options that consist of several values or need a check are in `checked_options`.

use std::time::Duration;

use super::Socket;
use super::kinds::*;
use super::values::{Affinity, Mechanism, NameType};
use crate::curve::{PublicKey, SecretKey};
use crate::error::{Operation, Result};
use crate::events::Events;
use crate::sys;
use grammar::options;

pub(super) mod grammar;

options! { table option_table;
    /// # Timeouts
    impl<K: Kind> Socket<K> {
        /// Sets the timeout of sends, in milliseconds, rounded up.
        ///
        /// When the timeout expires, a send fails with [`TimedOut`](crate::ErrorKind::TimedOut). The timeout applies to blocking
        /// sends without a timeout of their own.
        ///
        /// Default: `None`, which blocks forever. The maximum is 2147483647 ms (24 days).
        ///
        /// ```
        /// use std::time::Duration;
        /// use zmq::{Context, Push};
        ///
        /// let socket = Context::new()?.socket(Push)?;
        /// socket.set_send_timeout(Duration::from_millis(10))?;
        /// assert!(socket.send("no peer is connected").unwrap_err().is_timed_out());
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[doc(alias("ZMQ_SNDTIMEO", "set_sndtimeo", "get_sndtimeo"))]
        configured_send_timeout -> Option<Duration>, set_send_timeout(Option<Duration>) = ZMQ_SNDTIMEO;

        /// Sets the timeout of receives, in milliseconds, rounded up.
        ///
        /// When the timeout expires, a receive fails with [`TimedOut`](crate::ErrorKind::TimedOut). The timeout applies to
        /// blocking receives without a timeout of their own.
        ///
        /// Default: `None`, which blocks forever. The maximum is 2147483647 ms (24 days).
        ///
        /// ```
        /// use std::time::Duration;
        /// use zmq::{Context, Pull};
        ///
        /// let socket = Context::new()?.socket(Pull)?;
        /// socket.set_recv_timeout(Duration::from_millis(10))?;
        /// assert!(socket.recv().unwrap_err().is_timed_out());
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[doc(alias("ZMQ_RCVTIMEO", "set_rcvtimeo", "get_rcvtimeo"))]
        configured_recv_timeout -> Option<Duration>, set_recv_timeout(Option<Duration>) = ZMQ_RCVTIMEO;

        /// Sets the linger period: how long unsent messages outlive the socket, in milliseconds, rounded up.
        ///
        /// While messages linger, dropping the context blocks.
        ///
        /// Default: `None`, which keeps unsent messages forever; zero on SUB and XSUB sockets. The maximum is
        /// 2147483647 ms (24 days).
        ///
        /// Over `ipc`, installed builds of libzmq lose messages regardless of the linger period: if the receiver is at
        /// its high-water mark when the sender has sent its last message and closes, the receiver's libzmq reads at
        /// most 8 KiB more. Of 300 messages of 128 bytes, about 60 arrive. The vendored libzmq delivers all of them.
        ///
        /// ```
        /// use std::time::Duration;
        /// use zmq::{Context, Push};
        ///
        /// let socket = Context::new()?.socket(Push)?;
        /// socket.set_linger(Duration::from_secs(1))?;
        /// assert_eq!(socket.linger()?, Some(Duration::from_secs(1)));
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[doc(alias = "ZMQ_LINGER")]
        linger -> Option<Duration>, set_linger(Option<Duration>) = ZMQ_LINGER;
    }

    /// # Options of connections
    impl<K: Kind> Socket<K> {
        /// Sets the I/O threads of the context that serve new connections.
        ///
        /// A bind or connect fails with [`NoIoThread`](crate::ErrorKind::NoIoThread) if the context has none of these
        /// threads. Default: [`Affinity::ALL`].
        #[doc(alias = "ZMQ_AFFINITY")]
        affinity -> Affinity, set_affinity(Affinity) = ZMQ_AFFINITY;

        /// Sets the size in bytes of the system's send buffer of new connections. Default: `None`, which leaves the
        /// size to the system. The maximum is 2147483647.
        #[doc(alias("ZMQ_SNDBUF", "set_sndbuf", "get_sndbuf"))]
        send_buffer -> Option<u32>, set_send_buffer(Option<u32>) = ZMQ_SNDBUF;

        /// Sets the size in bytes of the system's receive buffer of new connections. Default: `None`, which leaves the
        /// size to the system. The maximum is 2147483647.
        #[doc(alias("ZMQ_RCVBUF", "set_rcvbuf", "get_rcvbuf"))]
        recv_buffer -> Option<u32>, set_recv_buffer(Option<u32>) = ZMQ_RCVBUF;

        /// Sets the pause before reconnecting a lost connection, in milliseconds, rounded up. Default: 100 ms. `None`
        /// and zero disable reconnecting. The maximum is 2147483647 ms (24 days).
        #[doc(alias("ZMQ_RECONNECT_IVL", "set_reconnect_ivl", "get_reconnect_ivl"))]
        reconnect_interval -> Option<Duration>, set_reconnect_interval(Option<Duration>) = ZMQ_RECONNECT_IVL;

        /// Sets the maximum pause between two attempts to reconnect, in milliseconds, rounded up. The pause doubles
        /// with each attempt until it reaches the maximum. Default: `None`. With `None` or zero, the pause is always
        /// [`reconnect_interval`](Self::reconnect_interval). The maximum is 2147483647 ms (24 days).
        #[doc(alias("ZMQ_RECONNECT_IVL_MAX", "set_reconnect_ivl_max", "get_reconnect_ivl_max"))]
        reconnect_interval_max -> Option<Duration>, set_reconnect_interval_max(zero Option<Duration>) = ZMQ_RECONNECT_IVL_MAX;

        /// Sets the maximum number of connections that wait to be accepted. Default: 100. The maximum is 2147483647.
        #[doc(alias = "ZMQ_BACKLOG")]
        backlog -> u32, set_backlog(u32) = ZMQ_BACKLOG;

        /// Sets the maximum size in bytes of a received message, for new connections. A peer that sends a longer
        /// message is disconnected. Default: `None`, which means no limit. The maximum is 9223372036854775807.
        #[doc(alias("ZMQ_MAXMSGSIZE", "set_maxmsgsize", "get_maxmsgsize"))]
        max_message_size -> Option<u64>, set_max_message_size(Option<u64>) = ZMQ_MAXMSGSIZE;

        /// Sets whether messages are queued only for peers whose connection is complete, so that messages do not
        /// collect for an absent peer.
        ///
        /// If the option is on and a connection is lost, the messages that were queued for its peer are lost as well.
        /// If it is off, they are kept until the connection is restored. With an installed libzmq, a socket that is bound or
        /// connected cannot turn it off ([`WrongState`](crate::ErrorKind::WrongState)). Default: `false`.
        #[doc(alias = "ZMQ_IMMEDIATE")]
        immediate -> bool, set_immediate(bool) = ZMQ_IMMEDIATE;

        /// Sets whether new connections use IPv6 in addition to IPv4. Default: the value of the
        /// context, which is `false` by default.
        #[doc(alias = "ZMQ_IPV6")]
        ipv6 -> bool, set_ipv6(bool) = ZMQ_IPV6;

        /// Sets the timeout of the handshake of a connection, in milliseconds, rounded up. Default: 30 s. `None` and
        /// zero mean no limit. The maximum is 2147483647 ms (24 days).
        #[doc(alias("ZMQ_HANDSHAKE_IVL", "set_handshake_ivl", "get_handshake_ivl"))]
        handshake_interval -> Option<Duration>, set_handshake_interval(zero Option<Duration>) = ZMQ_HANDSHAKE_IVL;

        /// Sets the timeout of a TCP connection attempt, in milliseconds, rounded up. Default: `None`. `None` and zero
        /// leave the timeout to the system. The maximum is 2147483647 ms (24 days).
        #[doc(alias = "ZMQ_CONNECT_TIMEOUT")]
        connect_timeout -> Option<Duration>, set_connect_timeout(zero Option<Duration>) = ZMQ_CONNECT_TIMEOUT;

        /// Sets the time for which TCP retransmits data before the connection is considered lost, in milliseconds,
        /// rounded up. Default: `None`. `None` and zero leave the time to the system. The maximum is 2147483647 ms (24
        /// days).
        #[doc(alias("ZMQ_TCP_MAXRT", "set_tcp_maxrt", "get_tcp_maxrt"))]
        tcp_max_retransmit -> Option<Duration>, set_tcp_max_retransmit(zero Option<Duration>) = ZMQ_TCP_MAXRT;

        /// Sets the type-of-service byte of the IP packets of new connections. Default: 0.
        #[doc(alias = "ZMQ_TOS")]
        tos -> u8, set_tos(u8) = ZMQ_TOS;

        /// Returns the SOCKS5 proxy that [`set_socks_proxy`](Self::set_socks_proxy) set.
        #[doc(alias = "ZMQ_SOCKS_PROXY")]
        socks_proxy -> Option<String> = ZMQ_SOCKS_PROXY;

        /// Sets the network interface that new connections are restricted to. Linux only.
        ///
        /// The process needs the privilege to bind to a device; without it, binds and connects fail.
        ///
        /// Default: `None`, which means any interface.
        #[doc(alias("ZMQ_BINDTODEVICE", "set_bindtodevice", "get_bindtodevice"))]
        bind_to_device -> Option<String>, set_bind_to_device(Option<&str>) = ZMQ_BINDTODEVICE;

        /// Sets the size in bytes of a VMCI connection's buffer.
        #[doc(alias = "ZMQ_VMCI_BUFFER_SIZE")]
        set_vmci_buffer_size(u64) = ZMQ_VMCI_BUFFER_SIZE;

        /// Sets the minimum size in bytes of a VMCI connection's buffer.
        #[doc(alias = "ZMQ_VMCI_BUFFER_MIN_SIZE")]
        set_vmci_buffer_min_size(u64) = ZMQ_VMCI_BUFFER_MIN_SIZE;

        /// Sets the maximum size in bytes of a VMCI connection's buffer.
        #[doc(alias = "ZMQ_VMCI_BUFFER_MAX_SIZE")]
        set_vmci_buffer_max_size(u64) = ZMQ_VMCI_BUFFER_MAX_SIZE;

        /// Sets the timeout of a VMCI connection attempt, in milliseconds, rounded up. `None` leaves the timeout to the
        /// system.
        #[doc(alias = "ZMQ_VMCI_CONNECT_TIMEOUT")]
        set_vmci_connect_timeout(Option<Duration>) = ZMQ_VMCI_CONNECT_TIMEOUT;
    }

    /// # Options of security
    ///
    /// To set the whole mechanism at once, call [`set_security`](Self::set_security).
    impl<K: Kind> Socket<K> {
        /// Returns the security mechanism, which the options of PLAIN, CURVE and GSSAPI select.
        #[doc(alias = "ZMQ_MECHANISM")]
        mechanism -> Mechanism = ZMQ_MECHANISM;

        /// Sets whether the socket is a PLAIN server, which requires a username and a password from its clients.
        /// Default: `false`.
        #[doc(alias = "ZMQ_PLAIN_SERVER")]
        plain_server -> bool, set_plain_server(bool) = ZMQ_PLAIN_SERVER;

        /// Sets the PLAIN username, of 1 to 255 bytes, and makes the socket a PLAIN client. `None` resets the mechanism
        /// to NULL. Default: `None`.
        #[doc(alias = "ZMQ_PLAIN_USERNAME")]
        plain_username -> Option<String>, set_plain_username(Option<&str>) = ZMQ_PLAIN_USERNAME;

        /// Sets the PLAIN password, of 1 to 255 bytes, and makes the socket a PLAIN client. `None` resets the mechanism
        /// to NULL. Default: `None`.
        #[doc(alias = "ZMQ_PLAIN_PASSWORD")]
        plain_password -> Option<String>, set_plain_password(secret Option<&str>) = ZMQ_PLAIN_PASSWORD;

        /// Sets the authentication domain, of 1 to 255 bytes: an [authenticator](crate::auth) applies the rules of this
        /// domain to the socket's peers.
        ///
        /// The domain can be changed but not removed. While a domain is set, binds and connects fail if the context has
        /// no authenticator.
        ///
        /// Default: `None`.
        #[doc(alias = "ZMQ_ZAP_DOMAIN")]
        zap_domain -> Option<String>, set_zap_domain(&str) = ZMQ_ZAP_DOMAIN;

        /// Sets whether the socket is a CURVE server. Its clients need its public key.
        ///
        /// A server also needs a [secret key](Self::set_curve_secret_key).
        ///
        /// Default: `false`.
        #[doc(alias = "ZMQ_CURVE_SERVER")]
        curve_server -> bool, set_curve_server(bool) = ZMQ_CURVE_SERVER;

        /// Sets the socket's own public CURVE key. Clients need it; for servers it is optional. Default: `None`.
        #[doc(alias("ZMQ_CURVE_PUBLICKEY", "set_curve_publickey", "get_curve_publickey"))]
        curve_public_key -> Option<PublicKey>, set_curve_public_key(&PublicKey) = ZMQ_CURVE_PUBLICKEY;

        /// Sets the socket's own secret CURVE key. libzmq keeps a copy while the socket is open. Default: `None`.
        #[doc(alias("ZMQ_CURVE_SECRETKEY", "set_curve_secretkey", "get_curve_secretkey"))]
        curve_secret_key -> Option<SecretKey>, set_curve_secret_key(secret &SecretKey) = ZMQ_CURVE_SECRETKEY;

        /// Sets the public key of the CURVE server to connect to, and makes the socket a CURVE client.
        ///
        /// Default: `None`.
        ///
        /// ```
        /// use zmq::curve::KeyPair;
        /// use zmq::{Capability, Context, Mechanism, Req};
        ///
        /// # if !zmq::has(Capability::Curve) { return Ok(()) }
        /// let (server_keys, client_keys) = (KeyPair::generate()?, KeyPair::generate()?);
        /// let client = Context::new()?.socket(Req)?;
        /// client.set_curve_public_key(&client_keys.public_key())?.set_curve_secret_key(client_keys.secret_key())?;
        /// client.set_curve_server_key(&server_keys.public_key())?;
        /// assert_eq!(client.mechanism()?, Mechanism::Curve);
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[doc(alias("ZMQ_CURVE_SERVERKEY", "set_curve_serverkey", "get_curve_serverkey"))]
        curve_server_key -> Option<PublicKey>, set_curve_server_key(&PublicKey) = ZMQ_CURVE_SERVERKEY;

        /// Sets whether the socket is a GSSAPI server. Default: `false`.
        #[doc(alias = "ZMQ_GSSAPI_SERVER")]
        gssapi_server -> bool, set_gssapi_server(bool) = ZMQ_GSSAPI_SERVER;

        /// Sets the GSSAPI principal that the socket authenticates as, of 1 to 255 bytes. Default: `None`.
        #[doc(alias = "ZMQ_GSSAPI_PRINCIPAL")]
        gssapi_principal -> Option<String>, set_gssapi_principal(&str) = ZMQ_GSSAPI_PRINCIPAL;

        /// Sets the principal of the GSSAPI server that a client connects to, of 1 to 255 bytes. Default: `None`.
        #[doc(alias = "ZMQ_GSSAPI_SERVICE_PRINCIPAL")]
        gssapi_service_principal -> Option<String>, set_gssapi_service_principal(&str) = ZMQ_GSSAPI_SERVICE_PRINCIPAL;

        /// Sets whether GSSAPI leaves messages unencrypted. Default: `false`.
        #[doc(alias = "ZMQ_GSSAPI_PLAINTEXT")]
        gssapi_plaintext -> bool, set_gssapi_plaintext(bool) = ZMQ_GSSAPI_PLAINTEXT;

        /// Sets the name type of [`gssapi_principal`](Self::gssapi_principal). Default: [`NameType::HostBased`].
        #[doc(alias("ZMQ_GSSAPI_PRINCIPAL_NAMETYPE", "set_gssapi_principal_nametype", "get_gssapi_principal_nametype"))]
        gssapi_principal_name_type -> NameType,
            set_gssapi_principal_name_type(NameType) = ZMQ_GSSAPI_PRINCIPAL_NAMETYPE;

        /// Sets the name type of [`gssapi_service_principal`](Self::gssapi_service_principal). Default:
        /// [`NameType::HostBased`].
        #[doc(alias("ZMQ_GSSAPI_SERVICE_PRINCIPAL_NAMETYPE", "set_gssapi_service_principal_nametype"))]
        gssapi_service_principal_name_type -> NameType,
            set_gssapi_service_principal_name_type(NameType) = ZMQ_GSSAPI_SERVICE_PRINCIPAL_NAMETYPE;
    }

    /// # State
    impl<K: Kind> Socket<K> {
        /// Returns `true` if more frames follow the last received frame in the same multipart message.
        ///
        /// [`Message::more`](crate::Message::more) returns the same for a given message, and costs less.
        #[doc(alias("ZMQ_RCVMORE", "get_rcvmore"))]
        recv_more -> bool = ZMQ_RCVMORE;

        /// Returns the events that the socket is ready for now.
        ///
        /// The call makes libzmq process its pending commands, so every event loop around [`event_fd`](Self::event_fd)
        /// needs it.
        ///
        /// ```
        /// use zmq::{Context, Events, Pair};
        ///
        /// let context = Context::new()?;
        /// let (one, other) = (context.socket(Pair)?, context.socket(Pair)?);
        /// other.connect(one.bind("inproc://ready")?)?;
        /// other.send("hello")?;
        /// assert_eq!(one.events()?, Events::READABLE | Events::WRITABLE);
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[doc(alias("ZMQ_EVENTS", "get_events"))]
        events -> Events = ZMQ_EVENTS;

        /// Returns `true` if sockets of this type can be used by several threads at once. Only kinds of the draft API
        /// can.
        #[doc(alias = "ZMQ_THREAD_SAFE")]
        thread_safe -> bool = ZMQ_THREAD_SAFE;
    }

    /// # Options of ROUTER sockets
    impl<K: Routes> Socket<K> {
        /// Sets whether sending to an unknown peer fails with [`HostUnreachable`](crate::ErrorKind::HostUnreachable)
        /// instead of silently dropping the message. If the peer is known but at its high-water mark, the send then
        /// blocks until the peer has room or leaves.
        ///
        /// Installed builds of libzmq do not notice that such a peer has left while messages of any peer wait to be
        /// received. To avoid blocking, receive these messages, or set a [send timeout](Self::set_send_timeout).
        ///
        /// Default: `false`. ROUTER sockets only.
        ///
        /// ```
        /// use zmq::{Context, ErrorKind, Router};
        ///
        /// let router = Context::new()?.socket(Router)?;
        /// router.set_mandatory(true)?;
        /// let refused = router.send_multipart(["unknown peer", "hello"]).unwrap_err();
        /// assert_eq!(refused.kind(), ErrorKind::HostUnreachable);
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[doc(alias("ZMQ_ROUTER_MANDATORY", "set_router_mandatory"))]
        set_mandatory(bool) = ZMQ_ROUTER_MANDATORY;

        /// Sets whether a new peer takes over the routing ID of a connected peer, which is then disconnected. If the
        /// option is off, the new peer is rejected. Default: `false`. ROUTER sockets only.
        #[doc(alias("ZMQ_ROUTER_HANDOVER", "set_router_handover"))]
        set_handover(bool) = ZMQ_ROUTER_HANDOVER;
    }

    /// # Own routing ID
    impl<K: HasRoutingId> Socket<K> {
        /// Returns the routing ID by which the peers of new connections know the socket, as set by
        /// [`set_routing_id`](Self::set_routing_id). If it is empty, each peer chooses one.
        #[doc(alias = "ZMQ_ROUTING_ID")]
        routing_id -> Vec<u8> = ZMQ_ROUTING_ID;
    }

    /// # Probes of ROUTER sockets
    impl<K: ProbesRouters> Socket<K> {
        /// Sets whether the socket sends each new peer an empty message, so that a ROUTER socket knows it at once.
        /// Peers of other kinds receive it as an ordinary message. Default: `false`. REQ, DEALER and ROUTER sockets
        /// only.
        #[doc(alias = "ZMQ_PROBE_ROUTER")]
        set_probe_router(bool) = ZMQ_PROBE_ROUTER;
    }

    /// # Options of REQ sockets
    impl<K: Requests> Socket<K> {
        /// Sets whether requests and replies carry a number that pairs them, so that late replies are dropped. Set it
        /// together with [`set_relaxed`](Self::set_relaxed).
        ///
        /// Default: `false`. REQ sockets only.
        ///
        /// ```
        /// use zmq::{Context, Req};
        ///
        /// let client = Context::new()?.socket(Req)?;
        /// client.set_correlate(true)?.set_relaxed(true)?;
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[doc(alias("ZMQ_REQ_CORRELATE", "set_req_correlate"))]
        set_correlate(bool) = ZMQ_REQ_CORRELATE;

        /// Sets whether a new request can be sent before the reply to the last one has arrived. The last request is
        /// then abandoned. Default: `false`. REQ sockets only. For an example, see
        /// [`set_correlate`](Self::set_correlate).
        #[doc(alias("ZMQ_REQ_RELAXED", "set_req_relaxed"))]
        set_relaxed(bool) = ZMQ_REQ_RELAXED;
    }

    /// # Options of publishers
    impl<K: Publishes> Socket<K> {
        /// Sets whether a send blocks, or fails with [`WouldBlock`](crate::ErrorKind::WouldBlock), if a subscriber is
        /// at its high-water mark. If the option is off, the message is dropped for that subscriber. Default: `false`.
        /// PUB, XPUB and RADIO sockets only.
        #[doc(alias("ZMQ_XPUB_NODROP", "set_xpub_nodrop"))]
        set_no_drop(bool) = ZMQ_XPUB_NODROP;
    }

    /// # Options of prefixes
    impl<K: MatchesPrefixes> Socket<K> {
        /// Sets whether messages go to the subscribers whose prefixes do *not* match. Publisher and subscriber must use
        /// the same setting. Default: `false`. PUB, XPUB and SUB sockets only.
        #[doc(alias = "ZMQ_INVERT_MATCHING")]
        invert_matching -> bool, set_invert_matching(bool) = ZMQ_INVERT_MATCHING;
    }

    /// # Options of XPUB sockets
    impl<K: SeesSubscriptions> Socket<K> {
        /// Sets whether every subscription is received as a message, and not only the first one to each prefix. Turns
        /// [`set_verboser`](Self::set_verboser) off. Default: `false`. XPUB sockets only.
        #[doc(alias("ZMQ_XPUB_VERBOSE", "set_xpub_verbose"))]
        set_verbose(bool) = ZMQ_XPUB_VERBOSE;

        /// Sets whether every subscription and every unsubscription that reaches the publisher is received as a
        /// message.
        ///
        /// Their numbers need not match: a SUB socket sends each of its subscriptions to a prefix, but only the last
        /// unsubscription.
        ///
        /// Default: `false`. XPUB sockets only.
        #[doc(alias("ZMQ_XPUB_VERBOSER", "set_xpub_verboser"))]
        set_verboser(bool) = ZMQ_XPUB_VERBOSER;
    }

    /// # Options of STREAM sockets
    impl<K: Streams> Socket<K> {
        /// Sets whether connections and disconnections are received as messages, for new connections. Default: `true`.
        /// STREAM sockets only.
        #[doc(alias("ZMQ_STREAM_NOTIFY", "set_stream_notify"))]
        set_notify(bool) = ZMQ_STREAM_NOTIFY;
    }

    /// # Options of multicast
    impl<K: Multicasts> Socket<K> {
        /// Sets the multicast rate in kilobits per second. Default: 100.
        #[doc(alias = "ZMQ_RATE")]
        rate -> u32, set_rate(u32) = ZMQ_RATE;

        /// Sets the time for which lost multicast data can be recovered, in milliseconds, rounded up. Default: 10 s.
        /// `None` and zero disable recovery. The maximum is 2147483647 ms (24 days).
        #[doc(alias("ZMQ_RECOVERY_IVL", "set_recovery_ivl", "get_recovery_ivl"))]
        recovery_interval -> Option<Duration>, set_recovery_interval(zero Option<Duration>) = ZMQ_RECOVERY_IVL;

        /// Sets the maximum number of routers that multicast packets pass, from 1 to 255. Default: 1, which is the
        /// local network.
        #[doc(alias = "ZMQ_MULTICAST_HOPS")]
        multicast_hops -> u32, set_multicast_hops(u32) = ZMQ_MULTICAST_HOPS;

        /// Sets the maximum size in bytes of a multicast packet, from 100 to 65535 for `pgm` and `epgm`. Default: 1500.
        #[doc(alias("ZMQ_MULTICAST_MAXTPDU", "set_multicast_maxtpdu", "get_multicast_maxtpdu"))]
        multicast_max_tpdu -> u32, set_multicast_max_tpdu(u32) = ZMQ_MULTICAST_MAXTPDU;
    }
}
