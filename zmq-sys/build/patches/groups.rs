// SPDX-License-Identifier: MPL-2.0

//! Fixes for the groups of messages.

use super::{Edit, Patch, Proof};

pub(super) const PATCHES: &[Patch] = &[
    Patch {
        id: "group-shared",
        why: "A group of more than 14 bytes is counted once, no matter how many peers its message is sent to, so it is freed \
              while messages use it, and more than once. This concerns a RADIO with two dishes, a DISH that joins at two \
              radios, and a message with such a group that any other kind sends to two peers. The count has no limit either.",
        upstream: None,
        proof: Proof::Draft("udp::group_shared_every_dish_gets_a_group_of_its_own"),
        edits: &[
            Edit {
                file: "msg.hpp",
                find: "    bool rm_refs (int refs_);\n",
                replace: r"    bool rm_refs (int refs_);

    //  Returns true if the group has a reference count of its own.
    bool has_long_group () const
    {
        return _u.base.group.type == group_type_long;
    }
",
            },
            Edit {
                file: "dist.cpp",
                find: "    if (msg_->is_vsm ()) {\n",
                replace: r"#ifdef ZMQ_BUILD_DRAFT_API
    if (msg_->is_vsm () && !msg_->has_long_group ()) {
#else
    if (msg_->is_vsm ()) {
#endif
",
            },
            Edit {
                file: "msg.cpp",
                find: "    if (!refs_)\n        return;\n",
                replace: r"    if (!refs_)
        return;

#ifdef ZMQ_BUILD_DRAFT_API
    if (has_long_group ())
        _u.base.group.lgroup.content->refcnt.add (refs_);
#endif
",
            },
            Edit {
                file: "msg.cpp",
                find: "    if (!refs_)\n        return true;\n",
                replace: r"    if (!refs_)
        return true;

#ifdef ZMQ_BUILD_DRAFT_API
    if (has_long_group ()) {
        long_group_t *const group = _u.base.group.lgroup.content;
        _u.base.group.sgroup.type = group_type_short;
        _u.base.group.sgroup.group[0] = '\0';
        if (!group->refcnt.sub (refs_)) {
            group->refcnt.~atomic_counter_t ();
            free (group);
        }
    }
#endif
",
            },
            Edit {
                file: "msg.cpp",
                find: "    if (src_.is_lmsg () || src_.is_zcmsg ()) {\n",
                replace: r"#ifdef ZMQ_BUILD_DRAFT_API
    if (src_.has_long_group ()
        && src_._u.base.group.lgroup.content->refcnt.get () >= 0x7fffffff) {
        init ();
        errno = ENOMEM;
        return -1;
    }
#endif

    if (src_.is_lmsg () || src_.is_zcmsg ()) {
",
            },
        ],
    },
    Patch {
        id: "radio-join-twice",
        why: "A RADIO notes every join of a peer, even if the peer has joined the group already. A peer that repeats a join of a \
              few bytes takes memory without a limit, and each message to the group visits every note.",
        upstream: None,
        proof: Proof::Draft("udp::radio_join_twice_is_left_once"),
        edits: &[Edit {
            file: "radio.cpp",
            find: r"            if (msg.is_join ())
                _subscriptions.ZMQ_MAP_INSERT_OR_EMPLACE (ZMQ_MOVE (group),
                                                          pipe_);
            else {
",
            replace: r"            if (msg.is_join ()) {
                const std::pair<subscriptions_t::iterator,
                                subscriptions_t::iterator>
                  range = _subscriptions.equal_range (group);

                subscriptions_t::iterator it = range.first;
                while (it != range.second && it->second != pipe_)
                    ++it;
                if (it == range.second)
                    _subscriptions.ZMQ_MAP_INSERT_OR_EMPLACE (ZMQ_MOVE (group),
                                                              pipe_);
            } else {
",
        }],
    },
    Patch {
        id: "join-elsewhere",
        why: "Over inproc, a DISH connects to sockets of any kind. Its joins arrive at them as messages without a content, and a \
              receive aborts when it asks for the size. With the fix, the size is 0.",
        upstream: None,
        proof: Proof::Draft("inproc::join_elsewhere_a_join_is_an_empty_message_for_other_kinds"),
        edits: &[
            Edit {
                file: "msg.cpp",
                find: "        case type_vsm:\n            return _u.vsm.data;\n",
                replace: r"        case type_vsm:
#ifdef ZMQ_BUILD_DRAFT_API
        case type_join:
        case type_leave:
#endif
            return _u.vsm.data;
",
            },
            Edit {
                file: "msg.cpp",
                find: "            return _u.cmsg.size;\n",
                replace: r"            return _u.cmsg.size;
#ifdef ZMQ_BUILD_DRAFT_API
        case type_join:
        case type_leave:
            return 0;
#endif
",
            },
        ],
    },
];
