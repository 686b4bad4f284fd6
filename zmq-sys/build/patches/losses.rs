// SPDX-License-Identifier: MPL-2.0

//! Fixes for lost requests, subscriptions and newest messages, and for the lost memory of unsent messages.

use super::{Edit, Patch, Proof};

pub(super) const PATCHES: &[Patch] = &[
    Patch {
        id: "mandatory-router",
        why: "A mandatory ROUTER treats a peer that left with a full queue like a slow peer. A send to it blocks until \
              the messages that the peer sent before are read.",
        upstream: None,
        proof: Proof::Test("router::mandatory_router_unread_messages_do_not_hide_that_the_peer_left"),
        edits: &[Edit {
            file: "pipe.cpp",
            find: "    const bool full =\n      _hwm > 0 && _msgs_written",
            replace: "    const bool full = _state == active && _hwm > 0\n                      && _msgs_written",
        }],
    },
    Patch {
        id: "req-peer-lost",
        why: "If the peer of a REQ disconnects before the last frame of a request, the REQ treats that request as \
              started, or as sent. The next request lacks the empty frame that peers expect, or is refused.",
        upstream: None,
        proof: Proof::Test("parts::req_peer_lost_in_the_middle_of_a_long_request_is_over"),
        edits: &[
            Edit {
                file: "req.hpp",
                find: "    bool _message_begins;\n",
                replace: r"    bool _message_begins;

    //  True while the rest of a request is dropped, whose peer left.
    bool _request_lost;
",
            },
            Edit {
                file: "req.cpp",
                find: "    _message_begins (true),\n",
                replace: r"    _message_begins (true),
    _request_lost (false),
",
            },
            Edit {
                file: "req.cpp",
                find: r"    int rc = dealer_t::xsend (msg_);
    if (rc != 0)
        return rc;
",
                replace: r"    int rc = dealer_t::xsend (msg_);
    if (rc == -2) {
        _request_lost = more;
        _message_begins = !more;
    }
    if (rc != 0)
        return rc;
",
            },
            Edit {
                file: "req.cpp",
                find: r"        _receiving_reply = true;
        _message_begins = true;
",
                replace: r"        _receiving_reply = !_request_lost;
        _request_lost = false;
        _message_begins = true;
",
            },
        ],
    },
    Patch {
        id: "conflate-control",
        why: "A socket that conflates also keeps only the newest message in the other direction. A PUB therefore keeps \
              only the last subscription of a peer, and a SUB sends only its last one.",
        upstream: None,
        proof: Proof::Test("conflate::conflate_control_a_publisher_knows_all_subscriptions"),
        edits: &[
            Edit {
                file: "session_base.cpp",
                find: "        bool conflates[2] = {conflate, conflate};\n",
                replace: r"        //  First what the socket sends, then what it receives.
        bool conflates[2] = {
          conflate && options.type != ZMQ_PULL && options.type != ZMQ_SUB,
          conflate && options.type != ZMQ_PUSH && options.type != ZMQ_PUB};
",
            },
            Edit {
                file: "socket_base.cpp",
                find: r"        int hwms[2] = {conflate ? -1 : sndhwm, conflate ? -1 : rcvhwm};
        bool conflates[2] = {conflate, conflate};
",
                replace: r"        int hwms[2] = {conflate ? -1 : sndhwm, conflate ? -1 : rcvhwm};
        //  First what this socket receives, then what it sends.
        bool conflates[2] = {
          conflate && options.type != ZMQ_PUSH && options.type != ZMQ_PUB,
          conflate && options.type != ZMQ_PULL && options.type != ZMQ_SUB};
",
            },
            Edit {
                file: "socket_base.cpp",
                find: r"                       conflate ? -1 : options.rcvhwm};
        bool conflates[2] = {conflate, conflate};
",
                replace: r"                       conflate ? -1 : options.rcvhwm};
        //  First what this socket receives, then what it sends.
        bool conflates[2] = {
          conflate && options.type != ZMQ_PUSH && options.type != ZMQ_PUB,
          conflate && options.type != ZMQ_PULL && options.type != ZMQ_SUB};
",
            },
        ],
    },
    Patch {
        id: "conflate-newest",
        why: "The end marker of a queue that conflates replaces the newest message, which is then never sent, even \
              with a linger. In addition, a message that arrives while the previous one is read waits for the next \
              message, which overwrites it without freeing it.",
        upstream: None,
        proof: Proof::Test("conflate::conflate_newest_the_last_message_outlives_the_socket"),
        edits: &[
            Edit {
                file: "dbuffer.hpp",
                find: "    dbuffer_t () : _back (&_storage[0]), _front (&_storage[1]), _has_msg (false)\n",
                replace: r"    dbuffer_t () :
        _back (&_storage[0]),
        _front (&_storage[1]),
        _has_msg (false),
        _ends (false)
",
            },
            Edit {
                file: "dbuffer.hpp",
                find: r"        *_back = value_;

        zmq_assert (_back->check ());

        if (_sync.try_lock ()) {
            _front->move (*_back);
            _has_msg = true;

            _sync.unlock ();
        }
",
                replace: r"        scoped_lock_t lock (_sync);
        //  The end comes after the message that waits, not in its place.
        if (value_.is_delimiter ()) {
            _ends = true;
            return;
        }
        *_back = value_;
        _front->move (*_back);
        _has_msg = true;
",
            },
            Edit {
                file: "dbuffer.hpp",
                find: r"            if (!_has_msg)
                return false;
",
                replace: r"            if (!_has_msg) {
                const bool ends = _ends;
                _ends = false;
                return ends && value_->init_delimiter () == 0;
            }
",
            },
            Edit {
                file: "dbuffer.hpp",
                find: "        return _has_msg;\n",
                replace: "        return _has_msg || _ends;\n",
            },
            Edit {
                file: "dbuffer.hpp",
                find: "        return (*fn_) (*_front);\n",
                replace: r"        if (_has_msg)
            return (*fn_) (*_front);
        msg_t end;
        end.init_delimiter ();
        return (*fn_) (end);
",
            },
            Edit {
                file: "dbuffer.hpp",
                find: "    bool _has_msg;\n",
                replace: r"    bool _has_msg;
    bool _ends;
",
            },
        ],
    },
    Patch {
        id: "begun-leak",
        why: "If the peer disconnects, or reconnects, in the middle of a message, the frames of that message are never \
              freed: the queue that holds them is released before they are removed from it.",
        upstream: None,
        proof: Proof::Test("owners::begun_leak_a_pushers_frames_are_freed_every_time"),
        edits: &[
            Edit {
                file: "pipe.cpp",
                find: r"    else if (_state == delimiter_received) {
        _state = term_ack_sent;
",
                replace: r"    else if (_state == delimiter_received) {
        rollback ();
        _state = term_ack_sent;
",
            },
            Edit {
                file: "pipe.cpp",
                find: r"    zmq_assert (_out_pipe);
    _out_pipe->flush ();
",
                replace: r"    zmq_assert (_out_pipe);
    rollback ();
    _out_pipe->flush ();
",
            },
        ],
    },
    Patch {
        id: "stream-leak",
        why: "Bytes for a STREAM connection that ended after its routing id was sent are never freed.",
        upstream: None,
        proof: Proof::Test("owners::stream_leak_bytes_are_freed_when_the_connection_ends"),
        edits: &[Edit {
            file: "stream.cpp",
            find: r"        if (likely (ok))
            _current_out->flush ();
",
            replace: r"        if (likely (ok))
            _current_out->flush ();
        else {
            const int rc = msg_->close ();
            errno_assert (rc == 0);
        }
",
        }],
    },
    Patch {
        id: "xpub-control-frames",
        why: "With the option that allows subscriptions in the first frame only, a message that begins with a \
              subscription is still searched. Later frames that look like subscriptions are removed from it.",
        upstream: None,
        proof: Proof::Test("subscriptions::xpub_control_frames_behind_a_subscription_arrive_whole"),
        edits: &[
            Edit {
                file: "xpub.cpp",
                find: "        if (first_part || _process_subscribe) {\n",
                replace: "        if (first_part || (_process_subscribe && !_only_first_subscribe)) {\n",
            },
            Edit {
                file: "xsub.cpp",
                find: "    } else if (!_process_subscribe) {\n",
                replace: "    } else if (!_process_subscribe || _only_first_subscribe) {\n",
            },
        ],
    },
    Patch {
        id: "xpub-manual",
        why: "An XPUB in manual mode keeps pointers to the pipes of subscribers that disconnected while their \
              subscriptions wait to be received, and reads through them. After manual mode is turned off, the table of \
              subscriptions keeps such pointers too. A message of a subscriber shifts the pointers, so that the next \
              decision applies to another peer.",
        upstream: None,
        proof: Proof::Test("subscriptions::xpub_manual_decides_for_the_peer_that_asked"),
        edits: &[
            // One pointer for each waiting message, in both modes. It is null if the message is not a subscription.
            Edit { file: "xpub.cpp", find: "\n                _pending_pipes.push_back (pipe_);\n", replace: "\n" },
            Edit {
                file: "xpub.cpp",
                find: "                _pending_flags.push_back (0);\n",
                replace: "                _pending_flags.push_back (0);\n                _pending_pipes.push_back (pipe_);\n",
            },
            Edit {
                file: "xpub.cpp",
                find: "            _pending_flags.push_back (msg.flags ());\n",
                replace: "            _pending_flags.push_back (msg.flags ());\n            _pending_pipes.push_back (NULL);\n",
            },
            Edit {
                file: "xpub.cpp",
                find: r"        if (self_->_manual) {
            self_->_last_pipe = NULL;
            self_->_pending_pipes.push_back (NULL);
        }
",
                replace: r"        self_->_pending_pipes.push_back (NULL);
        if (self_->_manual)
            self_->_last_pipe = NULL;
",
            },
            Edit {
                file: "xpub.cpp",
                find: r"    if (_manual && !_pending_pipes.empty ()) {
        _last_pipe = _pending_pipes.front ();
        _pending_pipes.pop_front ();

        // If the distributor doesn't know about this pipe it must have already
        // been terminated and thus we can't allow manual subscriptions.
        if (_last_pipe != NULL && !_dist.has_pipe (_last_pipe)) {
            _last_pipe = NULL;
        }
    }
",
                replace: r"    if (_manual)
        _last_pipe = _pending_pipes.front ();
    _pending_pipes.pop_front ();
",
            },
            // A pipe that ends is removed everywhere, in both modes.
            Edit {
                file: "xpub.cpp",
                find: r"{
    if (_manual) {
        //  Remove the pipe from the trie and send corresponding manual
",
                replace: r"{
    std::replace (_pending_pipes.begin (), _pending_pipes.end (), pipe_,
                  static_cast<pipe_t *> (NULL));
    if (pipe_ == _last_pipe)
        _last_pipe = NULL;

    if (_manual) {
        //  Remove the pipe from the trie and send corresponding manual
",
            },
            Edit {
                file: "xpub.cpp",
                find: r"        // In case the pipe is currently set as last we must clear it to prevent
        // subscriptions from being re-added.
        if (pipe_ == _last_pipe) {
            _last_pipe = NULL;
        }
    } else {
",
                replace: r"    } else {
        _manual_subscriptions.rm (pipe_, stub, static_cast<void *> (NULL), false);
",
            },
            Edit {
                file: "xpub.cpp",
                find: "#include <string.h>\n",
                replace: "#include <string.h>\n#include <algorithm>\n",
            },
        ],
    },
    Patch {
        id: "refcount-wrap",
        why: "The reference count of a message has 32 bits and no limit. When it overflows, the content is freed while \
              it is in use.",
        upstream: None,
        proof: Proof::Unproven("a test would need two billion messages at the same time"),
        edits: &[Edit {
            file: "msg.cpp",
            find: r"        if (src_.flags () & msg_t::shared)
            src_.refcnt ()->add (1);
        else {
            src_.set_flags (msg_t::shared);
            src_.refcnt ()->set (initial_shared_refcnt);
",
            replace: r"        if (src_.flags () & msg_t::shared) {
            if (src_.refcnt ()->add (1) >= 0x7fffffff) {
                src_.refcnt ()->sub (1);
                init ();
                errno = ENOMEM;
                return -1;
            }
        } else {
            src_.set_flags (msg_t::shared);
            src_.refcnt ()->set (initial_shared_refcnt);
",
        }],
    },
];
