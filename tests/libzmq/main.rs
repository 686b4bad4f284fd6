//! libzmq's own tests, ported to the crate.
//!
//! Each module is named after its test program: `spec_req` after `test_spec_req.cpp`. `coverage` counts the modules and
//! gives the reason for each program that is left out.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;
mod support;

mod zap;

mod abstract_ipc;
mod ancillaries;
mod app_meta;
mod base85;
mod bind_after_connect_tcp;
mod bind_src_address;
mod busy_poll;
mod capabilities;
#[cfg(feature = "draft")]
mod channel;
#[cfg(feature = "draft")]
mod client_server;
mod conflate;
mod connect_resolve;
mod connect_rid;
mod coverage;
mod ctx_destroy;
mod ctx_options;
#[cfg(feature = "draft")]
mod dgram;
mod diffserv;
mod disconnect_inproc;
mod disconnect_msg;
mod getsockopt_memset;
mod heartbeats;
mod hello_msg;
mod hiccup_msg;
mod hwm;
mod hwm_pubsub;
mod immediate;
mod inproc_connect;
mod invalid_rep;
mod iov;
mod ipc_wildcard;
mod issue_566;
mod last_endpoint;
mod many_sockets;
mod metadata;
mod mock_pub_sub;
mod monitor;
mod msg_ffn;
mod msg_flags;
mod msg_init;
mod pair_inproc;
mod pair_ipc;
mod pair_tcp;
#[cfg(feature = "draft")]
mod peer;
mod poller;
mod probe_router;
mod proxy;
mod proxy_hwm;
mod proxy_single_socket;
mod proxy_steerable;
mod proxy_terminate;
mod pub_invert_matching;
mod pubsub_topics_count;
#[cfg(feature = "draft")]
mod radio_dish;
mod rebind_ipc;
mod reconnect_ivl;
mod reconnect_options;
mod req_correlate;
mod req_relaxed;
mod reqrep_device;
mod reqrep_inproc;
mod reqrep_ipc;
mod reqrep_tcp;
mod router_handover;
mod router_mandatory;
mod router_mandatory_hwm;
mod router_notify;
#[cfg(feature = "draft")]
mod scatter_gather;
mod security_curve;
mod security_no_zap_handler;
mod security_null;
mod security_plain;
mod security_zap;
mod setsockopt;
mod shutdown_stress;
mod sockopt_hwm;
mod socks;
mod sodium;
mod spec_dealer;
mod spec_pushpull;
mod spec_rep;
mod spec_req;
mod spec_router;
mod stream;
mod stream_disconnect;
mod stream_empty;
mod stream_exceeds_buffer;
mod stream_timeout;
mod sub_forward;
mod term_endpoint;
#[cfg(feature = "draft")]
mod thread_safe;
mod timeo;
mod timers;
mod unbind_wildcard;
mod use_fd;
mod ws_transport;
mod xpub_manual;
mod xpub_manual_last_value;
mod xpub_nodrop;
mod xpub_topic;
mod xpub_verbose;
mod xpub_welcome_msg;
mod xsub_verbose;
mod z85_decode_fuzzer;
mod zmq_poll_fd;
#[cfg(all(feature = "draft", target_os = "linux"))]
mod zmq_ppoll_fd;
#[cfg(all(feature = "draft", target_os = "linux"))]
mod zmq_ppoll_signals;
