//! Types that end something in their drop. The compiler warns about a value that is not stored in a variable, because
//! it is dropped immediately.
//!
//! Each type is dropped by a statement that expects this warning, so the file compiles only if the compiler warns about
//! all of them.
#![deny(unfulfilled_lint_expectations)]

use zmq::auth::{Answer, Authenticator, AuthenticatorBuilder};
use zmq::proxy::ProxyBuilder;
use zmq::socket::{Bound, Connected, Subscribed};
use zmq::timers::TimerGuard;
use zmq::{Any, Dealer, Monitor, Proxy, Result, Router, Socket, Sub};

/// Returns an error instead of a value, because the compiler warns about the type alone.
fn made<T>() -> Result<T> {
    Err("?".parse::<zmq::SocketType>().expect_err("no type has this name"))
}

macro_rules! warned_about {
    ($($type:ty;)*) => {
        [$({
            fn drop_at_once() -> Result<()> {
                #[expect(unused_must_use, reason = "the test checks this warning")]
                made::<$type>()?;
                Ok(())
            }
            assert!(drop_at_once().is_err());
            stringify!($type)
        }),*]
    };
}

#[test]
fn an_unused_guard_is_a_warning() {
    let types = warned_about! {
        Socket<Any>;
        Monitor;
        Subscribed<'static, Sub>;
        Bound<'static, Sub>;
        Connected<'static, Sub>;
        Proxy<Router, Dealer>;
        ProxyBuilder<Router, Dealer>;
        TimerGuard;
        Authenticator;
        AuthenticatorBuilder;
        Answer;
    };
    assert_eq!(types.len(), 11);
}

#[test]
#[cfg(unix)]
fn an_unused_reactor_or_owned_descriptor_is_a_warning() {
    assert_eq!(warned_about! { zmq::Reactor<()>; zmq::WithFd<Socket<Any>>; }.len(), 2);
}

#[test]
#[cfg(feature = "tokio")]
fn an_unused_asynchronous_socket_is_a_warning() {
    use zmq::aio::tokio::Tokio;
    use zmq::aio::{AsyncMonitor, AsyncSocket, ReceiveHalf, SendHalf};

    let types = warned_about! {
        AsyncSocket<Router, Tokio>;
        AsyncMonitor<Tokio>;
        SendHalf<Router, Tokio>;
        ReceiveHalf<Router, Tokio>;
    };
    assert_eq!(types.len(), 4);
}
