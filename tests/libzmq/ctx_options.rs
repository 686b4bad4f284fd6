//! Options of contexts. Origin: test_ctx_options.cpp.

use std::time::Duration;

use zmq::context::SchedulingPolicy;
use zmq::{Context, ErrorKind, Result, Router};

use crate::support::*;

#[test]
fn the_defaults_are_those_of_the_library() -> Result<()> {
    let context = Context::new()?;
    assert_eq!(context.max_sockets(), 1023);
    assert_eq!(context.socket_limit()?, 65_534);
    assert_eq!(context.io_threads()?, 1);
    assert_eq!(context.max_message_size()?, i32::MAX.unsigned_abs());
    assert!(!context.ipv6()?);
    assert!(context.blocky()?);
    let socket = context.socket(Router)?;
    assert!(!socket.ipv6()?);
    assert_eq!(socket.linger()?, None);
    Ok(())
}

#[test]
fn sockets_inherit_the_options_of_the_context() -> Result<()> {
    let context = Context::builder().ipv6(true).blocky(false).build()?;
    assert!(context.ipv6()?);
    assert!(!context.blocky()?);
    let socket = context.socket(Router)?;
    assert!(socket.ipv6()?);
    assert_eq!(socket.linger()?, Some(Duration::ZERO));
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn threads_are_scheduled_placed_and_named() -> Result<()> {
    let context = Context::builder()
        .thread_scheduling(SchedulingPolicy::Other)
        .thread_name_prefix(1234)
        .thread_affinity([0])
        .io_threads(2)
        .build();
    let context = match context {
        // Some machines do not allow this process to run on the first processor.
        Err(error) if error.to_string().contains("may not run on that processor") => return Ok(()),
        context => context?,
    };
    assert_eq!(context.io_threads()?, 2);
    let (server, client) = pair(&context, "tcp", (zmq::Pair, zmq::Pair))?;
    bounce(&server, &client);
    let names: Vec<String> = std::fs::read_dir("/proc/self/task")
        .unwrap()
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok())
        .collect();
    assert!(names.iter().any(|name| name.starts_with("1234/ZMQbg/")), "{names:?}");
    Ok(())
}

#[test]
fn values_that_would_abort_the_library_are_refused() {
    for builder in [
        Context::builder().max_sockets(0),
        Context::builder().max_sockets(65_536),
        Context::builder().io_threads(1_000_000),
        Context::builder().thread_name_prefix(u32::MAX),
    ] {
        assert_eq!(builder.build().unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}
