//! Guides: longer texts that belong to no single item.

pub mod libzmq {
    #![doc = include_str!("libzmq.md")]
}
