//! A program with `use zmq::*` can still name other crates, with any features.

use zmq::*;

/// Names each crate that a program is likely to use together with this one. The function does not compile if the glob
/// import contains the name.
#[test]
fn a_glob_import_hides_no_crate_name() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(async { 1 }), 1);
    assert_eq!(smol::block_on(async { 2 }), 2);
    assert_eq!(serde_json::from_str::<u8>("3").unwrap(), 3);
    assert_eq!(toml::from_str::<toml::Table>("four = 4").unwrap()["four"].as_integer(), Some(4));
    assert!(futures_util::FutureExt::now_or_never(async { 5 }).is_some());
    #[cfg(feature = "async-io")]
    assert_eq!(async_io::block_on(async { 6 }), 6);
    #[cfg(feature = "bytes")]
    assert_eq!(bytes::Bytes::from_static(b"seven").len(), 5);
    #[cfg(feature = "serde")]
    assert!(serde::de::value::Error::eq(&serde::de::Error::custom(8), &serde::de::Error::custom(8)));
    #[cfg(all(feature = "futures", any(feature = "tokio", feature = "async-io")))]
    {
        fn is_stream<T: futures_core::Stream + futures_sink::Sink<Multipart>>() {}
        #[cfg(feature = "tokio")]
        is_stream::<aio::tokio::AsyncSocket<Pair>>();
        #[cfg(feature = "async-io")]
        is_stream::<aio::async_io::AsyncSocket<Pair>>();
    }
    assert_eq!(libc::EINVAL, Errno::EINVAL.to_raw());
}
