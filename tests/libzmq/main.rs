//! libzmq's own tests, written anew against the crate.
//!
//! Each module is named after the test program that it comes from: `spec_req` from `test_spec_req.cpp`. `coverage`
//! counts them, and says of each program that is left out why.

mod support;

mod abstract_ipc;
mod bind_after_connect_tcp;
mod bind_src_address;
mod conflate;
mod connect_resolve;
mod connect_rid;
mod diffserv;
mod disconnect_inproc;
mod hwm;
mod hwm_pubsub;
mod immediate;
mod invalid_rep;
mod ipc_wildcard;
mod issue_566;
mod last_endpoint;
mod pair_inproc;
mod pair_ipc;
mod pair_tcp;
mod probe_router;
mod pub_invert_matching;
mod rebind_ipc;
mod reconnect_ivl;
mod req_correlate;
mod req_relaxed;
mod reqrep_device;
mod reqrep_inproc;
mod reqrep_ipc;
mod reqrep_tcp;
mod router_handover;
mod router_mandatory;
mod router_mandatory_hwm;
mod sockopt_hwm;
mod spec_dealer;
mod spec_pushpull;
mod spec_rep;
mod spec_req;
mod spec_router;
mod sub_forward;
mod term_endpoint;
mod timeo;
mod unbind_wildcard;
mod xpub_manual;
mod xpub_nodrop;
mod xpub_topic;
mod xpub_verbose;
mod xpub_welcome_msg;
