// Generated from zmq.h: `ZMQ_UPDATE_BINDINGS=1 cargo build -p zmq-sys --features bindgen` rewrites it.
pub use crate::types::*;

pub const ZMQ_VERSION_MAJOR: ::core::ffi::c_int = 4;
pub const ZMQ_VERSION_MINOR: ::core::ffi::c_int = 3;
pub const ZMQ_VERSION_PATCH: ::core::ffi::c_int = 5;
pub const ZMQ_DEFINED_STDINT: ::core::ffi::c_int = 1;
pub const ZMQ_HAUSNUMERO: ::core::ffi::c_int = 156384712;
pub const ZMQ_IO_THREADS: ::core::ffi::c_int = 1;
pub const ZMQ_MAX_SOCKETS: ::core::ffi::c_int = 2;
pub const ZMQ_SOCKET_LIMIT: ::core::ffi::c_int = 3;
pub const ZMQ_THREAD_PRIORITY: ::core::ffi::c_int = 3;
pub const ZMQ_THREAD_SCHED_POLICY: ::core::ffi::c_int = 4;
pub const ZMQ_MAX_MSGSZ: ::core::ffi::c_int = 5;
pub const ZMQ_MSG_T_SIZE: ::core::ffi::c_int = 6;
pub const ZMQ_THREAD_AFFINITY_CPU_ADD: ::core::ffi::c_int = 7;
pub const ZMQ_THREAD_AFFINITY_CPU_REMOVE: ::core::ffi::c_int = 8;
pub const ZMQ_THREAD_NAME_PREFIX: ::core::ffi::c_int = 9;
pub const ZMQ_IO_THREADS_DFLT: ::core::ffi::c_int = 1;
pub const ZMQ_MAX_SOCKETS_DFLT: ::core::ffi::c_int = 1023;
pub const ZMQ_THREAD_PRIORITY_DFLT: ::core::ffi::c_int = -1;
pub const ZMQ_THREAD_SCHED_POLICY_DFLT: ::core::ffi::c_int = -1;
pub const ZMQ_PAIR: ::core::ffi::c_int = 0;
pub const ZMQ_PUB: ::core::ffi::c_int = 1;
pub const ZMQ_SUB: ::core::ffi::c_int = 2;
pub const ZMQ_REQ: ::core::ffi::c_int = 3;
pub const ZMQ_REP: ::core::ffi::c_int = 4;
pub const ZMQ_DEALER: ::core::ffi::c_int = 5;
pub const ZMQ_ROUTER: ::core::ffi::c_int = 6;
pub const ZMQ_PULL: ::core::ffi::c_int = 7;
pub const ZMQ_PUSH: ::core::ffi::c_int = 8;
pub const ZMQ_XPUB: ::core::ffi::c_int = 9;
pub const ZMQ_XSUB: ::core::ffi::c_int = 10;
pub const ZMQ_STREAM: ::core::ffi::c_int = 11;
pub const ZMQ_XREQ: ::core::ffi::c_int = 5;
pub const ZMQ_XREP: ::core::ffi::c_int = 6;
pub const ZMQ_AFFINITY: ::core::ffi::c_int = 4;
pub const ZMQ_ROUTING_ID: ::core::ffi::c_int = 5;
pub const ZMQ_SUBSCRIBE: ::core::ffi::c_int = 6;
pub const ZMQ_UNSUBSCRIBE: ::core::ffi::c_int = 7;
pub const ZMQ_RATE: ::core::ffi::c_int = 8;
pub const ZMQ_RECOVERY_IVL: ::core::ffi::c_int = 9;
pub const ZMQ_SNDBUF: ::core::ffi::c_int = 11;
pub const ZMQ_RCVBUF: ::core::ffi::c_int = 12;
pub const ZMQ_RCVMORE: ::core::ffi::c_int = 13;
pub const ZMQ_FD: ::core::ffi::c_int = 14;
pub const ZMQ_EVENTS: ::core::ffi::c_int = 15;
pub const ZMQ_TYPE: ::core::ffi::c_int = 16;
pub const ZMQ_LINGER: ::core::ffi::c_int = 17;
pub const ZMQ_RECONNECT_IVL: ::core::ffi::c_int = 18;
pub const ZMQ_BACKLOG: ::core::ffi::c_int = 19;
pub const ZMQ_RECONNECT_IVL_MAX: ::core::ffi::c_int = 21;
pub const ZMQ_MAXMSGSIZE: ::core::ffi::c_int = 22;
pub const ZMQ_SNDHWM: ::core::ffi::c_int = 23;
pub const ZMQ_RCVHWM: ::core::ffi::c_int = 24;
pub const ZMQ_MULTICAST_HOPS: ::core::ffi::c_int = 25;
pub const ZMQ_RCVTIMEO: ::core::ffi::c_int = 27;
pub const ZMQ_SNDTIMEO: ::core::ffi::c_int = 28;
pub const ZMQ_LAST_ENDPOINT: ::core::ffi::c_int = 32;
pub const ZMQ_ROUTER_MANDATORY: ::core::ffi::c_int = 33;
pub const ZMQ_TCP_KEEPALIVE: ::core::ffi::c_int = 34;
pub const ZMQ_TCP_KEEPALIVE_CNT: ::core::ffi::c_int = 35;
pub const ZMQ_TCP_KEEPALIVE_IDLE: ::core::ffi::c_int = 36;
pub const ZMQ_TCP_KEEPALIVE_INTVL: ::core::ffi::c_int = 37;
pub const ZMQ_IMMEDIATE: ::core::ffi::c_int = 39;
pub const ZMQ_XPUB_VERBOSE: ::core::ffi::c_int = 40;
pub const ZMQ_ROUTER_RAW: ::core::ffi::c_int = 41;
pub const ZMQ_IPV6: ::core::ffi::c_int = 42;
pub const ZMQ_MECHANISM: ::core::ffi::c_int = 43;
pub const ZMQ_PLAIN_SERVER: ::core::ffi::c_int = 44;
pub const ZMQ_PLAIN_USERNAME: ::core::ffi::c_int = 45;
pub const ZMQ_PLAIN_PASSWORD: ::core::ffi::c_int = 46;
pub const ZMQ_CURVE_SERVER: ::core::ffi::c_int = 47;
pub const ZMQ_CURVE_PUBLICKEY: ::core::ffi::c_int = 48;
pub const ZMQ_CURVE_SECRETKEY: ::core::ffi::c_int = 49;
pub const ZMQ_CURVE_SERVERKEY: ::core::ffi::c_int = 50;
pub const ZMQ_PROBE_ROUTER: ::core::ffi::c_int = 51;
pub const ZMQ_REQ_CORRELATE: ::core::ffi::c_int = 52;
pub const ZMQ_REQ_RELAXED: ::core::ffi::c_int = 53;
pub const ZMQ_CONFLATE: ::core::ffi::c_int = 54;
pub const ZMQ_ZAP_DOMAIN: ::core::ffi::c_int = 55;
pub const ZMQ_ROUTER_HANDOVER: ::core::ffi::c_int = 56;
pub const ZMQ_TOS: ::core::ffi::c_int = 57;
pub const ZMQ_CONNECT_ROUTING_ID: ::core::ffi::c_int = 61;
pub const ZMQ_GSSAPI_SERVER: ::core::ffi::c_int = 62;
pub const ZMQ_GSSAPI_PRINCIPAL: ::core::ffi::c_int = 63;
pub const ZMQ_GSSAPI_SERVICE_PRINCIPAL: ::core::ffi::c_int = 64;
pub const ZMQ_GSSAPI_PLAINTEXT: ::core::ffi::c_int = 65;
pub const ZMQ_HANDSHAKE_IVL: ::core::ffi::c_int = 66;
pub const ZMQ_SOCKS_PROXY: ::core::ffi::c_int = 68;
pub const ZMQ_XPUB_NODROP: ::core::ffi::c_int = 69;
pub const ZMQ_BLOCKY: ::core::ffi::c_int = 70;
pub const ZMQ_XPUB_MANUAL: ::core::ffi::c_int = 71;
pub const ZMQ_XPUB_WELCOME_MSG: ::core::ffi::c_int = 72;
pub const ZMQ_STREAM_NOTIFY: ::core::ffi::c_int = 73;
pub const ZMQ_INVERT_MATCHING: ::core::ffi::c_int = 74;
pub const ZMQ_HEARTBEAT_IVL: ::core::ffi::c_int = 75;
pub const ZMQ_HEARTBEAT_TTL: ::core::ffi::c_int = 76;
pub const ZMQ_HEARTBEAT_TIMEOUT: ::core::ffi::c_int = 77;
pub const ZMQ_XPUB_VERBOSER: ::core::ffi::c_int = 78;
pub const ZMQ_CONNECT_TIMEOUT: ::core::ffi::c_int = 79;
pub const ZMQ_TCP_MAXRT: ::core::ffi::c_int = 80;
pub const ZMQ_THREAD_SAFE: ::core::ffi::c_int = 81;
pub const ZMQ_MULTICAST_MAXTPDU: ::core::ffi::c_int = 84;
pub const ZMQ_VMCI_BUFFER_SIZE: ::core::ffi::c_int = 85;
pub const ZMQ_VMCI_BUFFER_MIN_SIZE: ::core::ffi::c_int = 86;
pub const ZMQ_VMCI_BUFFER_MAX_SIZE: ::core::ffi::c_int = 87;
pub const ZMQ_VMCI_CONNECT_TIMEOUT: ::core::ffi::c_int = 88;
pub const ZMQ_USE_FD: ::core::ffi::c_int = 89;
pub const ZMQ_GSSAPI_PRINCIPAL_NAMETYPE: ::core::ffi::c_int = 90;
pub const ZMQ_GSSAPI_SERVICE_PRINCIPAL_NAMETYPE: ::core::ffi::c_int = 91;
pub const ZMQ_BINDTODEVICE: ::core::ffi::c_int = 92;
pub const ZMQ_MORE: ::core::ffi::c_int = 1;
pub const ZMQ_SHARED: ::core::ffi::c_int = 3;
pub const ZMQ_DONTWAIT: ::core::ffi::c_int = 1;
pub const ZMQ_SNDMORE: ::core::ffi::c_int = 2;
pub const ZMQ_NULL: ::core::ffi::c_int = 0;
pub const ZMQ_PLAIN: ::core::ffi::c_int = 1;
pub const ZMQ_CURVE: ::core::ffi::c_int = 2;
pub const ZMQ_GSSAPI: ::core::ffi::c_int = 3;
pub const ZMQ_GROUP_MAX_LENGTH: ::core::ffi::c_int = 255;
pub const ZMQ_IDENTITY: ::core::ffi::c_int = 5;
pub const ZMQ_CONNECT_RID: ::core::ffi::c_int = 61;
pub const ZMQ_TCP_ACCEPT_FILTER: ::core::ffi::c_int = 38;
pub const ZMQ_IPC_FILTER_PID: ::core::ffi::c_int = 58;
pub const ZMQ_IPC_FILTER_UID: ::core::ffi::c_int = 59;
pub const ZMQ_IPC_FILTER_GID: ::core::ffi::c_int = 60;
pub const ZMQ_IPV4ONLY: ::core::ffi::c_int = 31;
pub const ZMQ_DELAY_ATTACH_ON_CONNECT: ::core::ffi::c_int = 39;
pub const ZMQ_NOBLOCK: ::core::ffi::c_int = 1;
pub const ZMQ_FAIL_UNROUTABLE: ::core::ffi::c_int = 33;
pub const ZMQ_ROUTER_BEHAVIOR: ::core::ffi::c_int = 33;
pub const ZMQ_SRCFD: ::core::ffi::c_int = 2;
pub const ZMQ_GSSAPI_NT_HOSTBASED: ::core::ffi::c_int = 0;
pub const ZMQ_GSSAPI_NT_USER_NAME: ::core::ffi::c_int = 1;
pub const ZMQ_GSSAPI_NT_KRB5_PRINCIPAL: ::core::ffi::c_int = 2;
pub const ZMQ_EVENT_CONNECTED: ::core::ffi::c_int = 1;
pub const ZMQ_EVENT_CONNECT_DELAYED: ::core::ffi::c_int = 2;
pub const ZMQ_EVENT_CONNECT_RETRIED: ::core::ffi::c_int = 4;
pub const ZMQ_EVENT_LISTENING: ::core::ffi::c_int = 8;
pub const ZMQ_EVENT_BIND_FAILED: ::core::ffi::c_int = 16;
pub const ZMQ_EVENT_ACCEPTED: ::core::ffi::c_int = 32;
pub const ZMQ_EVENT_ACCEPT_FAILED: ::core::ffi::c_int = 64;
pub const ZMQ_EVENT_CLOSED: ::core::ffi::c_int = 128;
pub const ZMQ_EVENT_CLOSE_FAILED: ::core::ffi::c_int = 256;
pub const ZMQ_EVENT_DISCONNECTED: ::core::ffi::c_int = 512;
pub const ZMQ_EVENT_MONITOR_STOPPED: ::core::ffi::c_int = 1024;
pub const ZMQ_EVENT_ALL: ::core::ffi::c_int = 65535;
pub const ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: ::core::ffi::c_int = 2048;
pub const ZMQ_EVENT_HANDSHAKE_SUCCEEDED: ::core::ffi::c_int = 4096;
pub const ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: ::core::ffi::c_int = 8192;
pub const ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: ::core::ffi::c_int = 16384;
pub const ZMQ_PROTOCOL_ERROR_ZMTP_UNSPECIFIED: ::core::ffi::c_int = 268435456;
pub const ZMQ_PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND: ::core::ffi::c_int = 268435457;
pub const ZMQ_PROTOCOL_ERROR_ZMTP_INVALID_SEQUENCE: ::core::ffi::c_int = 268435458;
pub const ZMQ_PROTOCOL_ERROR_ZMTP_KEY_EXCHANGE: ::core::ffi::c_int = 268435459;
pub const ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED: ::core::ffi::c_int = 268435473;
pub const ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_MESSAGE: ::core::ffi::c_int = 268435474;
pub const ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_HELLO: ::core::ffi::c_int = 268435475;
pub const ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_INITIATE: ::core::ffi::c_int = 268435476;
pub const ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_ERROR: ::core::ffi::c_int = 268435477;
pub const ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_READY: ::core::ffi::c_int = 268435478;
pub const ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_WELCOME: ::core::ffi::c_int = 268435479;
pub const ZMQ_PROTOCOL_ERROR_ZMTP_INVALID_METADATA: ::core::ffi::c_int = 268435480;
pub const ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC: ::core::ffi::c_int = 285212673;
pub const ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH: ::core::ffi::c_int = 285212674;
pub const ZMQ_PROTOCOL_ERROR_ZAP_UNSPECIFIED: ::core::ffi::c_int = 536870912;
pub const ZMQ_PROTOCOL_ERROR_ZAP_MALFORMED_REPLY: ::core::ffi::c_int = 536870913;
pub const ZMQ_PROTOCOL_ERROR_ZAP_BAD_REQUEST_ID: ::core::ffi::c_int = 536870914;
pub const ZMQ_PROTOCOL_ERROR_ZAP_BAD_VERSION: ::core::ffi::c_int = 536870915;
pub const ZMQ_PROTOCOL_ERROR_ZAP_INVALID_STATUS_CODE: ::core::ffi::c_int = 536870916;
pub const ZMQ_PROTOCOL_ERROR_ZAP_INVALID_METADATA: ::core::ffi::c_int = 536870917;
pub const ZMQ_PROTOCOL_ERROR_WS_UNSPECIFIED: ::core::ffi::c_int = 805306368;
pub const ZMQ_POLLIN: ::core::ffi::c_int = 1;
pub const ZMQ_POLLOUT: ::core::ffi::c_int = 2;
pub const ZMQ_POLLERR: ::core::ffi::c_int = 4;
pub const ZMQ_POLLPRI: ::core::ffi::c_int = 8;
pub const ZMQ_POLLITEMS_DFLT: ::core::ffi::c_int = 16;
pub const ZMQ_HAS_CAPABILITIES: ::core::ffi::c_int = 1;
pub const ZMQ_STREAMER: ::core::ffi::c_int = 1;
pub const ZMQ_FORWARDER: ::core::ffi::c_int = 2;
pub const ZMQ_QUEUE: ::core::ffi::c_int = 3;
pub const ZMQ_SERVER: ::core::ffi::c_int = 12;
pub const ZMQ_CLIENT: ::core::ffi::c_int = 13;
pub const ZMQ_RADIO: ::core::ffi::c_int = 14;
pub const ZMQ_DISH: ::core::ffi::c_int = 15;
pub const ZMQ_GATHER: ::core::ffi::c_int = 16;
pub const ZMQ_SCATTER: ::core::ffi::c_int = 17;
pub const ZMQ_DGRAM: ::core::ffi::c_int = 18;
pub const ZMQ_PEER: ::core::ffi::c_int = 19;
pub const ZMQ_CHANNEL: ::core::ffi::c_int = 20;
pub const ZMQ_ZAP_ENFORCE_DOMAIN: ::core::ffi::c_int = 93;
pub const ZMQ_LOOPBACK_FASTPATH: ::core::ffi::c_int = 94;
pub const ZMQ_METADATA: ::core::ffi::c_int = 95;
pub const ZMQ_MULTICAST_LOOP: ::core::ffi::c_int = 96;
pub const ZMQ_ROUTER_NOTIFY: ::core::ffi::c_int = 97;
pub const ZMQ_XPUB_MANUAL_LAST_VALUE: ::core::ffi::c_int = 98;
pub const ZMQ_SOCKS_USERNAME: ::core::ffi::c_int = 99;
pub const ZMQ_SOCKS_PASSWORD: ::core::ffi::c_int = 100;
pub const ZMQ_IN_BATCH_SIZE: ::core::ffi::c_int = 101;
pub const ZMQ_OUT_BATCH_SIZE: ::core::ffi::c_int = 102;
pub const ZMQ_WSS_KEY_PEM: ::core::ffi::c_int = 103;
pub const ZMQ_WSS_CERT_PEM: ::core::ffi::c_int = 104;
pub const ZMQ_WSS_TRUST_PEM: ::core::ffi::c_int = 105;
pub const ZMQ_WSS_HOSTNAME: ::core::ffi::c_int = 106;
pub const ZMQ_WSS_TRUST_SYSTEM: ::core::ffi::c_int = 107;
pub const ZMQ_ONLY_FIRST_SUBSCRIBE: ::core::ffi::c_int = 108;
pub const ZMQ_RECONNECT_STOP: ::core::ffi::c_int = 109;
pub const ZMQ_HELLO_MSG: ::core::ffi::c_int = 110;
pub const ZMQ_DISCONNECT_MSG: ::core::ffi::c_int = 111;
pub const ZMQ_PRIORITY: ::core::ffi::c_int = 112;
pub const ZMQ_BUSY_POLL: ::core::ffi::c_int = 113;
pub const ZMQ_HICCUP_MSG: ::core::ffi::c_int = 114;
pub const ZMQ_XSUB_VERBOSE_UNSUBSCRIBE: ::core::ffi::c_int = 115;
pub const ZMQ_TOPICS_COUNT: ::core::ffi::c_int = 116;
pub const ZMQ_NORM_MODE: ::core::ffi::c_int = 117;
pub const ZMQ_NORM_UNICAST_NACK: ::core::ffi::c_int = 118;
pub const ZMQ_NORM_BUFFER_SIZE: ::core::ffi::c_int = 119;
pub const ZMQ_NORM_SEGMENT_SIZE: ::core::ffi::c_int = 120;
pub const ZMQ_NORM_BLOCK_SIZE: ::core::ffi::c_int = 121;
pub const ZMQ_NORM_NUM_PARITY: ::core::ffi::c_int = 122;
pub const ZMQ_NORM_NUM_AUTOPARITY: ::core::ffi::c_int = 123;
pub const ZMQ_NORM_PUSH: ::core::ffi::c_int = 124;
pub const ZMQ_NORM_FIXED: ::core::ffi::c_int = 0;
pub const ZMQ_NORM_CC: ::core::ffi::c_int = 1;
pub const ZMQ_NORM_CCL: ::core::ffi::c_int = 2;
pub const ZMQ_NORM_CCE: ::core::ffi::c_int = 3;
pub const ZMQ_NORM_CCE_ECNONLY: ::core::ffi::c_int = 4;
pub const ZMQ_RECONNECT_STOP_CONN_REFUSED: ::core::ffi::c_int = 1;
pub const ZMQ_RECONNECT_STOP_HANDSHAKE_FAILED: ::core::ffi::c_int = 2;
pub const ZMQ_RECONNECT_STOP_AFTER_DISCONNECT: ::core::ffi::c_int = 4;
pub const ZMQ_ZERO_COPY_RECV: ::core::ffi::c_int = 10;
pub const ZMQ_MSG_PROPERTY_ROUTING_ID: &::core::ffi::CStr = c"Routing-Id";
pub const ZMQ_MSG_PROPERTY_SOCKET_TYPE: &::core::ffi::CStr = c"Socket-Type";
pub const ZMQ_MSG_PROPERTY_USER_ID: &::core::ffi::CStr = c"User-Id";
pub const ZMQ_MSG_PROPERTY_PEER_ADDRESS: &::core::ffi::CStr = c"Peer-Address";
pub const ZMQ_NOTIFY_CONNECT: ::core::ffi::c_int = 1;
pub const ZMQ_NOTIFY_DISCONNECT: ::core::ffi::c_int = 2;
pub const ZMQ_EVENT_PIPES_STATS: ::core::ffi::c_int = 65536;
pub const ZMQ_CURRENT_EVENT_VERSION: ::core::ffi::c_int = 1;
pub const ZMQ_CURRENT_EVENT_VERSION_DRAFT: ::core::ffi::c_int = 2;
pub const ZMQ_EVENT_ALL_V1: ::core::ffi::c_int = 65535;
pub const ZMQ_EVENT_ALL_V2: ::core::ffi::c_int = 131071;
pub type zmq_free_fn = ::core::option::Option<
    unsafe extern "C" fn(
        data_: *mut ::core::ffi::c_void,
        hint_: *mut ::core::ffi::c_void,
    ),
>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct zmq_pollitem_t {
    pub socket: *mut ::core::ffi::c_void,
    pub fd: zmq_fd_t,
    pub events: ::core::ffi::c_short,
    pub revents: ::core::ffi::c_short,
}
pub type zmq_timer_fn = ::core::option::Option<
    unsafe extern "C" fn(timer_id: ::core::ffi::c_int, arg: *mut ::core::ffi::c_void),
>;
pub type zmq_thread_fn = ::core::option::Option<
    unsafe extern "C" fn(arg1: *mut ::core::ffi::c_void),
>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct zmq_poller_event_t {
    pub socket: *mut ::core::ffi::c_void,
    pub fd: zmq_fd_t,
    pub user_data: *mut ::core::ffi::c_void,
    pub events: ::core::ffi::c_short,
}
unsafe extern "C" {
    pub fn zmq_errno() -> ::core::ffi::c_int;
    pub fn zmq_strerror(errnum_: ::core::ffi::c_int) -> *const ::core::ffi::c_char;
    pub fn zmq_version(
        major_: *mut ::core::ffi::c_int,
        minor_: *mut ::core::ffi::c_int,
        patch_: *mut ::core::ffi::c_int,
    );
    pub fn zmq_ctx_new() -> *mut ::core::ffi::c_void;
    pub fn zmq_ctx_term(context_: *mut ::core::ffi::c_void) -> ::core::ffi::c_int;
    pub fn zmq_ctx_shutdown(context_: *mut ::core::ffi::c_void) -> ::core::ffi::c_int;
    pub fn zmq_ctx_set(
        context_: *mut ::core::ffi::c_void,
        option_: ::core::ffi::c_int,
        optval_: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn zmq_ctx_get(
        context_: *mut ::core::ffi::c_void,
        option_: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn zmq_init(io_threads_: ::core::ffi::c_int) -> *mut ::core::ffi::c_void;
    pub fn zmq_term(context_: *mut ::core::ffi::c_void) -> ::core::ffi::c_int;
    pub fn zmq_ctx_destroy(context_: *mut ::core::ffi::c_void) -> ::core::ffi::c_int;
    pub fn zmq_msg_init(msg_: *mut zmq_msg_t) -> ::core::ffi::c_int;
    pub fn zmq_msg_init_size(msg_: *mut zmq_msg_t, size_: usize) -> ::core::ffi::c_int;
    pub fn zmq_msg_init_data(
        msg_: *mut zmq_msg_t,
        data_: *mut ::core::ffi::c_void,
        size_: usize,
        ffn_: zmq_free_fn,
        hint_: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int;
    pub fn zmq_msg_send(
        msg_: *mut zmq_msg_t,
        s_: *mut ::core::ffi::c_void,
        flags_: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn zmq_msg_recv(
        msg_: *mut zmq_msg_t,
        s_: *mut ::core::ffi::c_void,
        flags_: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn zmq_msg_close(msg_: *mut zmq_msg_t) -> ::core::ffi::c_int;
    pub fn zmq_msg_move(
        dest_: *mut zmq_msg_t,
        src_: *mut zmq_msg_t,
    ) -> ::core::ffi::c_int;
    pub fn zmq_msg_copy(
        dest_: *mut zmq_msg_t,
        src_: *mut zmq_msg_t,
    ) -> ::core::ffi::c_int;
    pub fn zmq_msg_data(msg_: *mut zmq_msg_t) -> *mut ::core::ffi::c_void;
    pub fn zmq_msg_size(msg_: *const zmq_msg_t) -> usize;
    pub fn zmq_msg_more(msg_: *const zmq_msg_t) -> ::core::ffi::c_int;
    pub fn zmq_msg_get(
        msg_: *const zmq_msg_t,
        property_: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn zmq_msg_set(
        msg_: *mut zmq_msg_t,
        property_: ::core::ffi::c_int,
        optval_: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn zmq_msg_gets(
        msg_: *const zmq_msg_t,
        property_: *const ::core::ffi::c_char,
    ) -> *const ::core::ffi::c_char;
    pub fn zmq_socket(
        arg1: *mut ::core::ffi::c_void,
        type_: ::core::ffi::c_int,
    ) -> *mut ::core::ffi::c_void;
    pub fn zmq_close(s_: *mut ::core::ffi::c_void) -> ::core::ffi::c_int;
    pub fn zmq_setsockopt(
        s_: *mut ::core::ffi::c_void,
        option_: ::core::ffi::c_int,
        optval_: *const ::core::ffi::c_void,
        optvallen_: usize,
    ) -> ::core::ffi::c_int;
    pub fn zmq_getsockopt(
        s_: *mut ::core::ffi::c_void,
        option_: ::core::ffi::c_int,
        optval_: *mut ::core::ffi::c_void,
        optvallen_: *mut usize,
    ) -> ::core::ffi::c_int;
    pub fn zmq_bind(
        s_: *mut ::core::ffi::c_void,
        addr_: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
    pub fn zmq_connect(
        s_: *mut ::core::ffi::c_void,
        addr_: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
    pub fn zmq_unbind(
        s_: *mut ::core::ffi::c_void,
        addr_: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
    pub fn zmq_disconnect(
        s_: *mut ::core::ffi::c_void,
        addr_: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
    pub fn zmq_send(
        s_: *mut ::core::ffi::c_void,
        buf_: *const ::core::ffi::c_void,
        len_: usize,
        flags_: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn zmq_send_const(
        s_: *mut ::core::ffi::c_void,
        buf_: *const ::core::ffi::c_void,
        len_: usize,
        flags_: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn zmq_recv(
        s_: *mut ::core::ffi::c_void,
        buf_: *mut ::core::ffi::c_void,
        len_: usize,
        flags_: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn zmq_socket_monitor(
        s_: *mut ::core::ffi::c_void,
        addr_: *const ::core::ffi::c_char,
        events_: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn zmq_poll(
        items_: *mut zmq_pollitem_t,
        nitems_: ::core::ffi::c_int,
        timeout_: ::core::ffi::c_long,
    ) -> ::core::ffi::c_int;
    pub fn zmq_proxy(
        frontend_: *mut ::core::ffi::c_void,
        backend_: *mut ::core::ffi::c_void,
        capture_: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int;
    pub fn zmq_proxy_steerable(
        frontend_: *mut ::core::ffi::c_void,
        backend_: *mut ::core::ffi::c_void,
        capture_: *mut ::core::ffi::c_void,
        control_: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int;
    pub fn zmq_has(capability_: *const ::core::ffi::c_char) -> ::core::ffi::c_int;
    pub fn zmq_device(
        type_: ::core::ffi::c_int,
        frontend_: *mut ::core::ffi::c_void,
        backend_: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int;
    pub fn zmq_sendmsg(
        s_: *mut ::core::ffi::c_void,
        msg_: *mut zmq_msg_t,
        flags_: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn zmq_recvmsg(
        s_: *mut ::core::ffi::c_void,
        msg_: *mut zmq_msg_t,
        flags_: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn zmq_sendiov(
        s_: *mut ::core::ffi::c_void,
        iov_: *mut iovec,
        count_: usize,
        flags_: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn zmq_recviov(
        s_: *mut ::core::ffi::c_void,
        iov_: *mut iovec,
        count_: *mut usize,
        flags_: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn zmq_z85_encode(
        dest_: *mut ::core::ffi::c_char,
        data_: *const u8,
        size_: usize,
    ) -> *mut ::core::ffi::c_char;
    pub fn zmq_z85_decode(
        dest_: *mut u8,
        string_: *const ::core::ffi::c_char,
    ) -> *mut u8;
    pub fn zmq_curve_keypair(
        z85_public_key_: *mut ::core::ffi::c_char,
        z85_secret_key_: *mut ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
    pub fn zmq_curve_public(
        z85_public_key_: *mut ::core::ffi::c_char,
        z85_secret_key_: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
    pub fn zmq_atomic_counter_new() -> *mut ::core::ffi::c_void;
    pub fn zmq_atomic_counter_set(
        counter_: *mut ::core::ffi::c_void,
        value_: ::core::ffi::c_int,
    );
    pub fn zmq_atomic_counter_inc(
        counter_: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int;
    pub fn zmq_atomic_counter_dec(
        counter_: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int;
    pub fn zmq_atomic_counter_value(
        counter_: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int;
    pub fn zmq_atomic_counter_destroy(counter_p_: *mut *mut ::core::ffi::c_void);
    pub fn zmq_timers_new() -> *mut ::core::ffi::c_void;
    pub fn zmq_timers_destroy(
        timers_p: *mut *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int;
    pub fn zmq_timers_add(
        timers: *mut ::core::ffi::c_void,
        interval: usize,
        handler: zmq_timer_fn,
        arg: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int;
    pub fn zmq_timers_cancel(
        timers: *mut ::core::ffi::c_void,
        timer_id: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn zmq_timers_set_interval(
        timers: *mut ::core::ffi::c_void,
        timer_id: ::core::ffi::c_int,
        interval: usize,
    ) -> ::core::ffi::c_int;
    pub fn zmq_timers_reset(
        timers: *mut ::core::ffi::c_void,
        timer_id: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    pub fn zmq_timers_timeout(timers: *mut ::core::ffi::c_void) -> ::core::ffi::c_long;
    pub fn zmq_timers_execute(timers: *mut ::core::ffi::c_void) -> ::core::ffi::c_int;
    pub fn zmq_stopwatch_start() -> *mut ::core::ffi::c_void;
    pub fn zmq_stopwatch_intermediate(
        watch_: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_ulong;
    pub fn zmq_stopwatch_stop(watch_: *mut ::core::ffi::c_void) -> ::core::ffi::c_ulong;
    pub fn zmq_sleep(seconds_: ::core::ffi::c_int);
    pub fn zmq_threadstart(
        func_: zmq_thread_fn,
        arg_: *mut ::core::ffi::c_void,
    ) -> *mut ::core::ffi::c_void;
    pub fn zmq_threadclose(thread_: *mut ::core::ffi::c_void);
    #[cfg(feature = "draft")]
    pub fn zmq_ctx_set_ext(
        context_: *mut ::core::ffi::c_void,
        option_: ::core::ffi::c_int,
        optval_: *const ::core::ffi::c_void,
        optvallen_: usize,
    ) -> ::core::ffi::c_int;
    #[cfg(feature = "draft")]
    pub fn zmq_ctx_get_ext(
        context_: *mut ::core::ffi::c_void,
        option_: ::core::ffi::c_int,
        optval_: *mut ::core::ffi::c_void,
        optvallen_: *mut usize,
    ) -> ::core::ffi::c_int;
    #[cfg(feature = "draft")]
    pub fn zmq_join(
        s: *mut ::core::ffi::c_void,
        group: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
    #[cfg(feature = "draft")]
    pub fn zmq_leave(
        s: *mut ::core::ffi::c_void,
        group: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
    #[cfg(feature = "draft")]
    pub fn zmq_connect_peer(
        s_: *mut ::core::ffi::c_void,
        addr_: *const ::core::ffi::c_char,
    ) -> u32;
    #[cfg(feature = "draft")]
    pub fn zmq_msg_set_routing_id(
        msg: *mut zmq_msg_t,
        routing_id: u32,
    ) -> ::core::ffi::c_int;
    #[cfg(feature = "draft")]
    pub fn zmq_msg_routing_id(msg: *mut zmq_msg_t) -> u32;
    #[cfg(feature = "draft")]
    pub fn zmq_msg_set_group(
        msg: *mut zmq_msg_t,
        group: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
    #[cfg(feature = "draft")]
    pub fn zmq_msg_group(msg: *mut zmq_msg_t) -> *const ::core::ffi::c_char;
    #[cfg(feature = "draft")]
    pub fn zmq_msg_init_buffer(
        msg_: *mut zmq_msg_t,
        buf_: *const ::core::ffi::c_void,
        size_: usize,
    ) -> ::core::ffi::c_int;
    #[cfg(feature = "draft")]
    pub fn zmq_poller_new() -> *mut ::core::ffi::c_void;
    #[cfg(feature = "draft")]
    pub fn zmq_poller_destroy(
        poller_p: *mut *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int;
    #[cfg(feature = "draft")]
    pub fn zmq_poller_size(poller: *mut ::core::ffi::c_void) -> ::core::ffi::c_int;
    #[cfg(feature = "draft")]
    pub fn zmq_poller_add(
        poller: *mut ::core::ffi::c_void,
        socket: *mut ::core::ffi::c_void,
        user_data: *mut ::core::ffi::c_void,
        events: ::core::ffi::c_short,
    ) -> ::core::ffi::c_int;
    #[cfg(feature = "draft")]
    pub fn zmq_poller_modify(
        poller: *mut ::core::ffi::c_void,
        socket: *mut ::core::ffi::c_void,
        events: ::core::ffi::c_short,
    ) -> ::core::ffi::c_int;
    #[cfg(feature = "draft")]
    pub fn zmq_poller_remove(
        poller: *mut ::core::ffi::c_void,
        socket: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int;
    #[cfg(feature = "draft")]
    pub fn zmq_poller_wait(
        poller: *mut ::core::ffi::c_void,
        event: *mut zmq_poller_event_t,
        timeout: ::core::ffi::c_long,
    ) -> ::core::ffi::c_int;
    #[cfg(feature = "draft")]
    pub fn zmq_poller_wait_all(
        poller: *mut ::core::ffi::c_void,
        events: *mut zmq_poller_event_t,
        n_events: ::core::ffi::c_int,
        timeout: ::core::ffi::c_long,
    ) -> ::core::ffi::c_int;
    #[cfg(feature = "draft")]
    pub fn zmq_poller_fd(
        poller: *mut ::core::ffi::c_void,
        fd: *mut zmq_fd_t,
    ) -> ::core::ffi::c_int;
    #[cfg(feature = "draft")]
    pub fn zmq_poller_add_fd(
        poller: *mut ::core::ffi::c_void,
        fd: zmq_fd_t,
        user_data: *mut ::core::ffi::c_void,
        events: ::core::ffi::c_short,
    ) -> ::core::ffi::c_int;
    #[cfg(feature = "draft")]
    pub fn zmq_poller_modify_fd(
        poller: *mut ::core::ffi::c_void,
        fd: zmq_fd_t,
        events: ::core::ffi::c_short,
    ) -> ::core::ffi::c_int;
    #[cfg(feature = "draft")]
    pub fn zmq_poller_remove_fd(
        poller: *mut ::core::ffi::c_void,
        fd: zmq_fd_t,
    ) -> ::core::ffi::c_int;
    #[cfg(feature = "draft")]
    pub fn zmq_socket_get_peer_state(
        socket: *mut ::core::ffi::c_void,
        routing_id: *const ::core::ffi::c_void,
        routing_id_size: usize,
    ) -> ::core::ffi::c_int;
    #[cfg(feature = "draft")]
    pub fn zmq_socket_monitor_versioned(
        s_: *mut ::core::ffi::c_void,
        addr_: *const ::core::ffi::c_char,
        events_: u64,
        event_version_: ::core::ffi::c_int,
        type_: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
    #[cfg(feature = "draft")]
    pub fn zmq_socket_monitor_pipes_stats(
        s: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int;
}
