//! Fixes of the engines: what reads and writes a connection.

use super::{Edit, Patch, Proof};

pub(super) const PATCHES: &[Patch] = &[
    Patch {
        id: "heartbeat-io-error",
        why: "A connection ends while its reader is at the high-water mark: the engine stops waiting for the descriptor \
              and lives on until the reader takes the rest. The next heartbeat then aborts, because it writes.",
        upstream: Some("issue 4364"),
        proof: Proof::Test("engine::heartbeat_io_error_a_client_that_leaves_a_full_server_ends_nothing"),
        edits: &[Edit {
            file: "stream_engine_base.cpp",
            find: "void zmq::stream_engine_base_t::out_event ()\n{\n    zmq_assert (!_io_error);\n",
            replace: "void zmq::stream_engine_base_t::out_event ()\n{\n    if (_io_error)\n        return;\n",
        }],
    },
    Patch {
        id: "heartbeat-restart-input",
        why: "A reader that was at its high-water mark tells the engine of a new connection to go on reading, which \
              aborts, because that engine never stopped.",
        upstream: Some("issues 3596, 3937 and 4767"),
        proof: Proof::Test("engine::heartbeat_restart_input_a_slow_reader_survives_a_reconnection"),
        edits: &[Edit {
            file: "stream_engine_base.cpp",
            find: "    zmq_assert (_input_stopped);\n",
            replace: "    if (!_input_stopped)\n        return true;\n",
        }],
    },
];
