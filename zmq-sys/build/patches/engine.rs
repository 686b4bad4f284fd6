// SPDX-License-Identifier: MPL-2.0

//! Fixes for the engines, which read and write connections.

use super::{Edit, Patch, Proof};

pub(super) const PATCHES: &[Patch] = &[
    Patch {
        id: "heartbeat-io-error",
        why: "A connection ends while its reader is at the high-water mark. The engine stops waiting for the \
              descriptor, and stays alive until the reader takes the remaining messages. The next heartbeat then \
              aborts, because it writes.",
        upstream: Some("issue 4364"),
        proof: Proof::Test("engine::heartbeat_io_error_a_client_that_leaves_a_full_server_ends_nothing"),
        edits: &[Edit {
            file: "stream_engine_base.cpp",
            find: r"void zmq::stream_engine_base_t::out_event ()
{
    zmq_assert (!_io_error);
",
            replace: r"void zmq::stream_engine_base_t::out_event ()
{
    if (_io_error)
        return;
",
        }],
    },
    Patch {
        id: "heartbeat-restart-input",
        why: "A reader that was at its high-water mark tells the engine of a new connection to resume reading. The \
              engine aborts, because it never stopped.",
        upstream: Some("issues 3596, 3937 and 4767"),
        proof: Proof::Test("engine::heartbeat_restart_input_a_slow_reader_survives_a_reconnection"),
        edits: &[Edit {
            file: "stream_engine_base.cpp",
            find: "    zmq_assert (_input_stopped);\n",
            replace: r"    if (!_input_stopped)
        return true;
",
        }],
    },
    Patch {
        id: "ipc-tail",
        why: "A peer disconnects while its reader is at the high-water mark. The reader's engine processes the bytes \
              that it has received already, and does not read the rest, which the system still holds. This happens \
              over ipc always, and over tcp after a reset.",
        upstream: None,
        proof: Proof::Test("losses::ipc_tail_what_a_peer_sent_before_it_left_arrives"),
        edits: &[Edit {
            file: "stream_engine_base.cpp",
            find: r"    while (_insize > 0) {
        size_t processed = 0;
        rc = _decoder->decode (_inpos, _insize, processed);
        zmq_assert (processed <= _insize);
        _inpos += processed;
        _insize -= processed;
        if (rc == 0 || rc == -1)
            break;
",
            replace: r"    while (true) {
        if (_insize == 0) {
            //  Nothing polls a connection that failed: read it to its end.
            if (!_io_error)
                break;
            size_t room = 0;
            _decoder->get_buffer (&_inpos, &room);
            const int nbytes = read (_inpos, room);
            if (nbytes <= 0)
                break;
            _insize = static_cast<size_t> (nbytes);
            _decoder->resize_buffer (_insize);
        }
        size_t processed = 0;
        rc = _decoder->decode (_inpos, _insize, processed);
        zmq_assert (processed <= _insize);
        _inpos += processed;
        _insize -= processed;
        if (rc == 0)
            continue;
        if (rc == -1)
            break;
",
        }],
    },
];
