//! As many sockets as a context allows. Origin: test_many_sockets.cpp.

use std::time::Duration;

use zmq::{Context, ErrorKind, Pair, Result};

use crate::support::*;

#[test]
fn a_socket_above_the_limit_is_refused_until_another_is_closed() -> Result<()> {
    const MOST: usize = 20;
    let context = Context::builder().max_sockets(MOST).linger(Duration::ZERO).build()?;
    let mut sockets = Vec::new();
    for _ in 0..MOST {
        sockets.push(context.socket(Pair)?);
    }
    for _ in 0..10 {
        let error = context.socket(Pair).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitReached);
        assert!(error.to_string().contains("20 sockets are open"), "{error}");
    }
    sockets.pop();
    eventually("the closed socket makes room", || match context.socket(Pair) {
        Ok(socket) => {
            sockets.push(socket);
            true
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::LimitReached);
            false
        }
    });
    assert_eq!(context.open_sockets().len(), MOST);
    Ok(())
}

#[test]
fn the_default_limit_is_that_of_the_library() -> Result<()> {
    assert_eq!(context()?.max_sockets(), 1023);
    Ok(())
}
