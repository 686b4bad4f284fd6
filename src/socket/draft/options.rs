//! The options of the draft API, one line each, in the form of the table of stable options.

use crate::error::{Operation, Result};
use crate::socket::Socket;
use crate::socket::draft::{NormMode, ReconnectStop, RouterNotify};
use crate::socket::kinds::*;
use crate::socket::options::grammar::options;
use crate::sys;

options! { table draft_option_table;
    /// # Draft options of connections
    #[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
    impl<K: Kind> Socket<K> {
        /// Sets the conditions under which the socket stops reconnecting to an endpoint. To connect to the endpoint
        /// again, call [`connect`](Self::connect).
        ///
        /// The option takes effect with the next connect. A [monitor](Self::monitor) reports that the connection has
        /// closed, and no retry follows.
        ///
        /// Default: none. The conditions have different numbers in libzmq 4.3.4 and 4.3.5; the crate uses those of the
        /// loaded library.
        ///
        /// ```
        /// use zmq::socket::ReconnectStop;
        /// use zmq::{Context, Push};
        ///
        /// let socket = Context::new()?.socket(Push)?;
        /// socket.set_reconnect_stop(ReconnectStop::CONNECTION_REFUSED)?;
        /// assert_eq!(socket.reconnect_stop()?, ReconnectStop::CONNECTION_REFUSED);
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[doc(alias = "ZMQ_RECONNECT_STOP")]
        reconnect_stop -> ReconnectStop, set_reconnect_stop(ReconnectStop) = ZMQ_RECONNECT_STOP;

        /// Sets the size of the buffer that each connection reads into, in bytes. One call of the system reads at most as
        /// much.
        ///
        /// Larger buffers make small messages cheaper. Over `tcp` on one machine, with 65536 bytes instead of 8192 for the
        /// reads of the receiver and the [writes](Self::set_out_batch_size) of the sender, messages of 1 KiB take about a
        /// third of the time and of the processor time.
        ///
        /// The option takes effect with the next bind or connect, on stream transports. Each connection allocates the
        /// buffer.
        ///
        /// Default: 8192. The range is 16 to 16777216, in multiples of 8: libzmq corrupts memory with a smaller buffer, and
        /// misaligns its counters with other sizes.
        ///
        /// ```
        /// use zmq::{Context, Pull};
        ///
        /// let socket = Context::new()?.socket(Pull)?;
        /// socket.set_in_batch_size(65_536)?.bind("tcp://127.0.0.1:*")?;
        /// assert_eq!(socket.in_batch_size()?, 65_536);
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[doc(alias = "ZMQ_IN_BATCH_SIZE")]
        in_batch_size -> u32, set_in_batch_size(u32, 16 to 16_777_216 by 8) = ZMQ_IN_BATCH_SIZE;

        /// Sets the size of the buffer that each connection writes from, in bytes. Small messages are collected in it until
        /// it is full or no message is left, and one call of the system sends them. For the effect, see
        /// [`set_in_batch_size`](Self::set_in_batch_size).
        ///
        /// The option takes effect with the next bind or connect, on stream transports. Each connection allocates the
        /// buffer.
        ///
        /// Default: 8192. The range is 1 to 16777216.
        ///
        /// ```
        /// use zmq::{Context, Push};
        ///
        /// let socket = Context::new()?.socket(Push)?;
        /// socket.set_out_batch_size(65_536)?.bind("tcp://127.0.0.1:*")?;
        /// assert_eq!(socket.out_batch_size()?, 65_536);
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[doc(alias = "ZMQ_OUT_BATCH_SIZE")]
        out_batch_size -> u32, set_out_batch_size(u32, 1 to 16_777_216) = ZMQ_OUT_BATCH_SIZE;

        /// Sets the priority of the packets of TCP connections in the system's queues (`SO_PRIORITY`). Linux only; other
        /// systems ignore the option.
        ///
        /// The option takes effect with the next bind or connect. Priorities above 6 are refused: they need a privilege,
        /// and libzmq aborts if the system denies it.
        ///
        /// Default: 0, which leaves the priority to the system. The range is 0 to 6.
        ///
        /// ```
        /// use zmq::{Context, ErrorKind, Push};
        ///
        /// let socket = Context::new()?.socket(Push)?;
        /// socket.set_priority(6)?.bind("tcp://127.0.0.1:*")?;
        /// assert_eq!(socket.set_priority(7).unwrap_err().kind(), ErrorKind::InvalidInput);
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[doc(alias = "ZMQ_PRIORITY")]
        priority -> u8, set_priority(u8, 0 to 6) = ZMQ_PRIORITY;

        /// Sets whether TCP connections to this machine use the fast path of Windows. Other systems ignore the option.
        ///
        /// The option takes effect with the next bind or connect. Default: `false`.
        ///
        /// ```
        /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
        /// assert!(socket.set_loopback_fastpath(true)?.loopback_fastpath()?);
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[doc(alias = "ZMQ_LOOPBACK_FASTPATH")]
        loopback_fastpath -> bool, set_loopback_fastpath(bool) = ZMQ_LOOPBACK_FASTPATH;

        /// Sets the username for the [SOCKS5 proxy](Self::set_socks_proxy), of 1 to 255 bytes. `None` means that the proxy
        /// requires no authentication.
        ///
        /// The option takes effect with the next connect. Default: `None`.
        ///
        /// ```
        /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
        /// socket.set_socks_username(Some("user"))?.set_socks_password(Some("secret"))?;
        /// assert_eq!(socket.socks_username()?.as_deref(), Some("user"));
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[doc(alias = "ZMQ_SOCKS_USERNAME")]
        socks_username -> Option<String>, set_socks_username(Option<&str>) = ZMQ_SOCKS_USERNAME;

        /// Sets the password for the [SOCKS5 proxy](Self::set_socks_proxy), of 1 to 255 bytes. It is sent in the clear.
        ///
        /// The option takes effect with the next connect. Default: `None`. For an example, see
        /// [`set_socks_username`](Self::set_socks_username).
        #[doc(alias = "ZMQ_SOCKS_PASSWORD")]
        socks_password -> Option<String>, set_socks_password(secret Option<&str>) = ZMQ_SOCKS_PASSWORD;

        /// Sets the certificate of a `wss` server, in PEM format.
        ///
        /// The option takes effect with the next bind. Default: none. The vendored libzmq is built without `wss`.
        #[doc(alias = "ZMQ_WSS_CERT_PEM")]
        set_wss_cert_pem(bytes) = ZMQ_WSS_CERT_PEM;

        /// Sets the certificates that a `wss` client trusts, in PEM format.
        ///
        /// The option takes effect with the next connect. Default: none. The vendored libzmq is built without `wss`.
        #[doc(alias = "ZMQ_WSS_TRUST_PEM")]
        set_wss_trust_pem(bytes) = ZMQ_WSS_TRUST_PEM;

        /// Sets the hostname that a `wss` client expects in the certificate of its server, of 1 to 255 bytes.
        ///
        /// The option takes effect with the next connect. Default: none. The vendored libzmq is built without `wss`.
        #[doc(alias = "ZMQ_WSS_HOSTNAME")]
        set_wss_hostname(&str) = ZMQ_WSS_HOSTNAME;

        /// Sets whether a `wss` client trusts the certificates of the system.
        ///
        /// The option takes effect with the next connect. Default: `false`. The vendored libzmq is built without `wss`.
        #[doc(alias = "ZMQ_WSS_TRUST_SYSTEM")]
        set_wss_trust_system(bool) = ZMQ_WSS_TRUST_SYSTEM;
    }

    /// # Options of NORM
    ///
    /// They take effect with the next bind or connect. The vendored libzmq is built without the transport `norm`.
    #[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
    impl<K: Kind> Socket<K> {
        /// Sets the congestion control of a `norm` sender. Default: [`NormMode::CongestionControl`].
        #[doc(alias = "ZMQ_NORM_MODE")]
        norm_mode -> NormMode, set_norm_mode(NormMode) = ZMQ_NORM_MODE;

        /// Sets whether a `norm` receiver requests lost data from the sender only, rather than from the whole group.
        /// Default: `false`.
        #[doc(alias = "ZMQ_NORM_UNICAST_NACK")]
        norm_unicast_nack -> bool, set_norm_unicast_nack(bool) = ZMQ_NORM_UNICAST_NACK;

        /// Sets the size of the buffer of a `norm` stream, in KiB. Default: 2048. The range is 1 to 2147483647.
        #[doc(alias = "ZMQ_NORM_BUFFER_SIZE")]
        norm_buffer_size -> u32, set_norm_buffer_size(u32, 1 to 2_147_483_647) = ZMQ_NORM_BUFFER_SIZE;

        /// Sets the maximum number of bytes in a `norm` packet. Default: 1400. The range is 1 to 2147483647.
        #[doc(alias = "ZMQ_NORM_SEGMENT_SIZE")]
        norm_segment_size -> u32, set_norm_segment_size(u32, 1 to 2_147_483_647) = ZMQ_NORM_SEGMENT_SIZE;

        /// Sets the number of packets in a block of `norm`, for which parity is computed. Default: 16. The range is 1 to
        /// 255.
        #[doc(alias = "ZMQ_NORM_BLOCK_SIZE")]
        norm_block_size -> u8, set_norm_block_size(u8, 1 to 255) = ZMQ_NORM_BLOCK_SIZE;

        /// Sets the maximum number of parity packets in a block of `norm`. Default: 4. The range is 0 to 254.
        #[doc(alias = "ZMQ_NORM_NUM_PARITY")]
        norm_num_parity -> u8, set_norm_num_parity(u8, 0 to 254) = ZMQ_NORM_NUM_PARITY;

        /// Sets the number of parity packets that `norm` sends with each block without a request. Default: 0. The range
        /// is 0 to 254.
        #[doc(alias = "ZMQ_NORM_NUM_AUTOPARITY")]
        norm_num_autoparity -> u8, set_norm_num_autoparity(u8, 0 to 254) = ZMQ_NORM_NUM_AUTOPARITY;

        /// Sets whether `norm` sends new data even if its buffer is full, and drops the oldest data. Default: `false`.
        #[doc(alias = "ZMQ_NORM_PUSH")]
        norm_push -> bool, set_norm_push(bool) = ZMQ_NORM_PUSH;
    }

    /// # Notifications of ROUTER sockets
    #[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
    impl<K: Routes> Socket<K> {
        /// Sets the events that the socket receives as messages: new connections, and the end of connections.
        ///
        /// Both messages have two frames: the routing ID of the peer, and an empty frame. So does an empty message of the
        /// peer; let peers send none. Connections over `inproc` are not reported. If the queue of a peer is full, its
        /// notification is dropped.
        ///
        /// The option takes effect with the next bind or connect. Default: none. ROUTER sockets only.
        ///
        /// ```
        /// use zmq::socket::RouterNotify;
        /// use zmq::{Context, Dealer, Router};
        ///
        /// let context = Context::new()?;
        /// let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
        /// router.set_router_notify(RouterNotify::CONNECT | RouterNotify::DISCONNECT)?;
        /// dealer.set_routing_id("client")?.connect(router.bind("tcp://127.0.0.1:*")?)?;
        /// assert_eq!(router.recv_multipart()?, ["client", ""]);
        /// drop(dealer);
        /// assert_eq!(router.recv_multipart()?, ["client", ""]);
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[doc(alias = "ZMQ_ROUTER_NOTIFY")]
        router_notify -> RouterNotify, set_router_notify(RouterNotify) = ZMQ_ROUTER_NOTIFY;
    }

    /// # Messages at the end of connections
    #[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
    impl<K: SeesDisconnects> Socket<K> {
        /// Sets the message that the socket receives when a peer that connected to it disconnects. An empty message
        /// means none.
        ///
        /// The message has the form of the peer's own messages: a ROUTER socket receives the routing ID of the peer, and
        /// this message as the second frame. It follows the last message of the peer. Connections that this socket
        /// established report no end, and neither do connections without a complete handshake.
        ///
        /// The option takes effect with the next bind, on all transports. Default: none. ROUTER, SERVER and PEER sockets
        /// only.
        ///
        /// ```
        /// use zmq::{Context, Dealer, Router};
        ///
        /// let context = Context::new()?;
        /// let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
        /// router.set_disconnect_message("gone")?;
        /// dealer.set_routing_id("client")?.connect(router.bind("tcp://127.0.0.1:*")?)?;
        /// dealer.send("hello")?;
        /// assert_eq!(router.recv_multipart()?, ["client", "hello"]);
        /// drop(dealer);
        /// assert_eq!(router.recv_multipart()?, ["client", "gone"]);
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[doc(alias("ZMQ_DISCONNECT_MSG", "set_disconnect_msg"))]
        set_disconnect_message(bytes) = ZMQ_DISCONNECT_MSG;
    }

    /// # Messages at interruptions
    #[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
    impl<K: SeesHiccups> Socket<K> {
        /// Sets the message that the socket receives when a connection that it established is lost after the handshake.
        /// An empty message means none.
        ///
        /// The message follows the last message of the peer, has one frame, and precedes the attempts to reconnect.
        /// Connections over `inproc` and accepted connections have none.
        ///
        /// The option takes effect with the next connect. Default: none. DEALER, CLIENT and PEER sockets only.
        ///
        /// ```
        /// use zmq::{Context, Dealer, Router};
        ///
        /// let context = Context::new()?;
        /// let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
        /// # if zmq::version() < (zmq::Version { major: 4, minor: 3, patch: 5 }) { return Ok(()); }
        /// dealer.set_hiccup_message("lost")?.connect(router.bind("tcp://127.0.0.1:*")?)?;
        /// dealer.send("hello")?;
        /// assert_eq!(router.recv_multipart()?[1], "hello");
        /// drop(router);
        /// assert_eq!(dealer.recv()?, "lost");
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[doc(alias("ZMQ_HICCUP_MSG", "set_hiccup_msg"))]
        set_hiccup_message(bytes) = ZMQ_HICCUP_MSG;
    }

    /// # Options of XSUB sockets
    #[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
    impl<K: ForwardsSubscriptions> Socket<K> {
        /// Sets whether every unsubscription is sent to the publishers. If the option is off, only the last unsubscription
        /// from a topic is sent.
        ///
        /// The option takes effect immediately. Default: `false`. XSUB sockets only.
        ///
        /// ```
        /// use zmq::{Context, Subscription, XPub, XSub};
        ///
        /// let context = Context::new()?;
        /// let (publisher, subscriber) = (context.socket(XPub)?, context.socket(XSub)?);
        /// # if zmq::version() < (zmq::Version { major: 4, minor: 3, patch: 5 }) { return Ok(()); }
        /// publisher.set_verboser(true)?;
        /// subscriber.set_verbose_unsubscribe(true)?.connect(publisher.bind("inproc://verbose")?)?;
        /// // Nothing is subscribed, and the publisher receives this nevertheless.
        /// subscriber.send_unsubscribe("A")?;
        /// assert_eq!(publisher.recv_subscription()?, Subscription::Unsubscribe("A".into()));
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[doc(alias("ZMQ_XSUB_VERBOSE_UNSUBSCRIBE", "set_xsub_verbose_unsubscribe"))]
        set_verbose_unsubscribe(bool) = ZMQ_XSUB_VERBOSE_UNSUBSCRIBE;
    }

    /// # Number of topics
    #[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
    impl<K: CountsTopics> Socket<K> {
        /// Returns the number of subscribed topics: of this socket for a subscriber, of all its subscribers for a
        /// publisher.
        ///
        /// A publisher counts a topic once, no matter how many subscribers it has. It counts the subscriptions that it has
        /// processed; reading its [`events`](Self::events) processes those that have arrived. With installed builds of libzmq, it
        /// also counts the topics of subscribers that disconnected without unsubscribing. A subscriber that subscribes
        /// to a topic again counts it again with the vendored libzmq, and may not with another build. PUB, XPUB, SUB and
        /// XSUB sockets only.
        ///
        /// ```
        /// use zmq::{Context, Sub};
        ///
        /// let subscriber = Context::new()?.socket(Sub)?;
        /// # if zmq::version() < (zmq::Version { major: 4, minor: 3, patch: 5 }) { return Ok(()); }
        /// subscriber.subscribe("weather")?.subscribe("traffic")?;
        /// assert_eq!(subscriber.topics_count()?, 2);
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[doc(alias = "ZMQ_TOPICS_COUNT")]
        topics_count -> u32 = ZMQ_TOPICS_COUNT;
    }

    /// # Datagrams to multicast groups
    #[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
    impl<K: MulticastsDatagrams> Socket<K> {
        /// Sets whether receivers on this machine get the datagrams that the socket sends to a multicast group over
        /// `udp`.
        ///
        /// The option takes effect with the next connect. If the datagrams leave through the loopback interface, receivers
        /// on this machine get them regardless.
        ///
        /// Default: `true`. RADIO sockets only.
        ///
        /// ```
        /// use zmq::{Context, Radio};
        ///
        /// let radio = Context::new()?.socket(Radio)?;
        /// assert!(!radio.set_multicast_loop(false)?.multicast_loop()?);
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[doc(alias = "ZMQ_MULTICAST_LOOP")]
        multicast_loop -> bool, set_multicast_loop(bool) = ZMQ_MULTICAST_LOOP;
    }
}
