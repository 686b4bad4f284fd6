//! Links to items of the feature `draft`, in documentation that exists without the feature, too.

/// Expands to a path with the feature `draft`, and to the section about drafts without it, so that every link leads to a page.
#[cfg(feature = "draft")]
macro_rules! draft_link {
    ($($name:ident)*) => {
        concat!("crate" $(, "::", stringify!($name))*)
    };
}
#[cfg(not(feature = "draft"))]
macro_rules! draft_link {
    ($($name:ident)*) => {
        "crate#drafts"
    };
}

/// Defines the links `[`Kind`]` and `[`method`]` to the draft kinds, and to the draft methods of `Socket`.
macro_rules! draft_links {
    () => {
        $crate::socket::kinds::draft_links!(@
            Server Client Radio Dish Gather Scatter Dgram Peer Channel;
            send_to try_send_to send_to_timeout reply_to connect_peer
            send_to_group try_send_to_group send_to_group_timeout join leave joined
            send_datagram try_send_datagram send_datagram_timeout
            recv_datagram try_recv_datagram recv_datagram_timeout
        )
    };
    (@ $($kind:ident)*; $($method:ident)*) => {
        concat!(
            "\n"
            $(, "\n[`", stringify!($kind), "`]: ", $crate::socket::kinds::drafts::draft_link!($kind))*
            $(, "\n[`", stringify!($method), "`]: ", $crate::socket::kinds::drafts::draft_link!(Socket $method))*
        )
    };
}

pub(crate) use {draft_link, draft_links};
