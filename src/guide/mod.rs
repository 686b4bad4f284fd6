//! Guides on topics that belong to no single item.

pub mod libzmq {
    #![doc = include_str!("libzmq.md")]
}

pub mod rust_zmq {
    #![doc = include_str!("rust_zmq.md")]
}
