//! libzmq's own tests, written anew against the crate.
//!
//! Each module is named after the test program that it comes from: `spec_req` from `test_spec_req.cpp`. `coverage`
//! counts them, and says of each program that is left out why.

mod support;

mod spec_dealer;
mod spec_rep;
mod spec_req;
mod spec_router;
mod hwm;
mod hwm_pubsub;
mod sockopt_hwm;
mod spec_pushpull;
mod xpub_nodrop;
mod xpub_topic;
mod xpub_verbose;
mod xpub_welcome_msg;
mod router_mandatory;
mod router_mandatory_hwm;
mod router_handover;
mod probe_router;
mod req_relaxed;
mod req_correlate;
mod xpub_manual;
mod sub_forward;
mod pub_invert_matching;
mod disconnect_inproc;
mod connect_rid;
mod conflate;
mod timeo;
mod immediate;
mod connect_resolve;
mod bind_src_address;
mod bind_after_connect_tcp;
mod abstract_ipc;
mod ipc_wildcard;
mod rebind_ipc;
mod last_endpoint;
mod term_endpoint;
mod unbind_wildcard;
mod pair_tcp;
mod pair_ipc;
mod pair_inproc;
mod diffserv;
mod reqrep_inproc;
mod reqrep_ipc;
mod reqrep_tcp;
mod reqrep_device;
mod invalid_rep;
mod issue_566;
mod reconnect_ivl;
