// Compares src/layout.rs with the source of libzmq. If this file does not compile, the layout does not match.

#include <stddef.h>

#include "precompiled.hpp"
// The parts of a message are private. The system headers are included first, so that the macro does not affect them.
#define private public
#include "msg.hpp"
#undef private

#define SAME(name, what) static_assert ((what) == ZMQ_SYS_##name, #what " is not " #name)
#define SAME_OFFSET(name, part) SAME (name, offsetof (zmq::msg_t, _u.base.part))

SAME_OFFSET (METADATA, metadata);
SAME_OFFSET (KIND, type);
SAME_OFFSET (FLAGS, flags);
SAME_OFFSET (GROUP_KIND, group);
SAME (KIND, offsetof (zmq::msg_t, _u.vsm.type));
SAME (IN_PLACE, zmq::msg_t::type_vsm);
SAME (ELSEWHERE, zmq::msg_t::type_lmsg);
SAME (MORE, zmq::msg_t::more);
SAME (SHORT_GROUP, zmq::msg_t::group_type_short);
// All parts that an empty message sets are in the eight bytes of its kind and in those of its group.
static_assert (offsetof (zmq::msg_t, _u.vsm.size) / 8 == ZMQ_SYS_KIND / 8, "the length is elsewhere");
static_assert (offsetof (zmq::msg_t, _u.base.flags) / 8 == ZMQ_SYS_KIND / 8, "the flags are elsewhere");
static_assert (offsetof (zmq::msg_t, _u.base.routing_id) / 8 == ZMQ_SYS_KIND / 8, "the routing id is elsewhere");
static_assert (offsetof (zmq::msg_t, _u.base.group.sgroup.group) / 8 == ZMQ_SYS_GROUP_KIND / 8, "the group is elsewhere");
static_assert (offsetof (zmq::msg_t, _u.vsm.data) == sizeof (void *), "the content is not behind the first pointer");
static_assert (offsetof (zmq::msg_t, _u.lmsg.content) == sizeof (void *), "the structure is not behind the first pointer");
static_assert (offsetof (zmq::msg_t::content_t, data) == 0, "the structure does not begin with the content");
static_assert (sizeof (((zmq::msg_t *) 0)->_u.base.type) == 1, "the kind is not a byte");
static_assert (sizeof (((zmq::msg_t *) 0)->_u.base.flags) == 1, "the flags are not a byte");
static_assert (sizeof (((zmq::msg_t::group_t *) 0)->type) == 1, "the kind of the group is not a byte");
static_assert (sizeof (zmq::msg_t) == 64, "a message does not have 64 bytes");
