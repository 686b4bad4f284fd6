//! The builder of a context: each setting read back, and each refused value with its reason.

use std::time::Duration;

use zmq::auth::{Authenticator, Rules};
use zmq::context::SchedulingPolicy;
use zmq::{Context, ContextBuilder, ErrorKind, Operation, Pair, Pull, Push, Result, Router, SocketType, Sub};

use crate::common::{context, eventually, pair, take, this_test};

#[test]
fn a_context_without_settings_has_the_defaults_of_libzmq() -> Result<()> {
    let context = Context::new()?;
    assert_eq!(context.io_threads()?, 1);
    assert_eq!(context.max_sockets(), 1023);
    assert_eq!(context.socket_limit()?, 65_534);
    assert!(!context.ipv6()?);
    assert!(context.blocky()?);
    assert_eq!(context.max_message_size()?, 2_147_483_647);
    assert_eq!(context.socket(Push)?.linger()?, None);
    assert_eq!(context.socket(Sub)?.linger()?, Some(Duration::ZERO));
    Ok(())
}

#[test]
fn every_setting_can_be_read_back() -> Result<()> {
    let builder = Context::builder().io_threads(3).max_sockets(17).max_message_size(1000).ipv6(true).blocky(false);
    let context = builder.clone().build()?;
    assert_eq!(context.io_threads()?, 3);
    assert_eq!(context.max_sockets(), 17);
    assert_eq!(context.max_message_size()?, 1000);
    assert!(context.ipv6()?);
    assert!(!context.blocky()?);
    // A builder can build any number of contexts.
    assert_ne!(builder.build()?, context);
    Ok(())
}

#[test]
fn the_largest_and_smallest_settings_work() -> Result<()> {
    let context = Context::builder().io_threads(0).max_sockets(1).max_message_size(0).build()?;
    assert_eq!((context.io_threads()?, context.max_sockets(), context.max_message_size()?), (0, 1, 0));
    drop(context.socket(Push)?);
    let context = Context::builder().max_sockets(65_534).max_message_size(i32::MAX.unsigned_abs()).build()?;
    assert_eq!(context.max_sockets(), 65_534);
    let (one, other) = pair(&context, "tcp", (Pair, Pair))?;
    other.send("many")?;
    assert_eq!(take(&one)?, "many");
    Ok(())
}

#[test]
fn the_default_limit_of_sockets_is_a_valid_setting() -> Result<()> {
    let limit = Context::new()?.socket_limit()?;
    assert_eq!(Context::builder().max_sockets(limit).build()?.max_sockets(), limit);
    let error = Context::builder().max_sockets(limit + 1).build().unwrap_err();
    assert!(error.to_string().contains(&format!("from 1 to {limit} are possible")), "{error}");
    Ok(())
}

#[test]
fn without_io_threads_inproc_works_and_tcp_names_the_reason() -> Result<()> {
    let context = Context::builder().io_threads(0).build()?;
    let (one, other) = pair(&context, "inproc", (Pair, Pair))?;
    other.send("inside")?;
    assert_eq!(take(&one)?, "inside");
    let error = one.bind("tcp://127.0.0.1:*").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoIoThread);
    assert_eq!(
        error.to_string(),
        r#"cannot bind "tcp://127.0.0.1:*": the context has no I/O thread for it (EMTHREAD)"#
    );
    Ok(())
}

#[test]
fn the_linger_of_a_context_is_set_on_each_of_its_sockets() -> Result<()> {
    let lingers = [None, Some(Duration::ZERO), Some(Duration::from_millis(1500))];
    for linger in lingers {
        let context = Context::builder().linger(linger).build()?;
        assert_eq!(context.socket(Push)?.linger()?, linger);
        assert_eq!(context.socket(Sub)?.linger()?, linger);
    }
    Ok(())
}

#[test]
fn the_socket_defaults_of_a_context_are_set_on_each_of_its_sockets() -> Result<()> {
    let builder = Context::builder().linger(Duration::from_secs(1)).socket_defaults(|socket| {
        if socket.socket_type() == SocketType::Push {
            socket.set_send_timeout(Duration::from_secs(2))?;
        }
        socket.set_send_hwm(7)?.set_linger(Duration::ZERO)
    });
    for context in [builder.clone().build()?, builder.build()?] {
        let (typed, untyped) = (context.socket(Push)?, context.socket(SocketType::Sub)?);
        assert_eq!((typed.send_hwm()?, untyped.send_hwm()?), (7, 7));
        // The defaults of sockets override the linger of the context.
        assert_eq!((typed.linger()?, untyped.linger()?), (Some(Duration::ZERO), Some(Duration::ZERO)));
        assert_eq!(typed.configured_send_timeout()?, Some(Duration::from_secs(2)));
        assert_eq!(untyped.configured_send_timeout()?, None);
    }
    Ok(())
}

#[test]
fn a_default_that_a_socket_refuses_is_an_error_of_the_socket() -> Result<()> {
    let context = Context::builder().socket_defaults(|socket| socket.set_mandatory(true)).build()?;
    let error = context.socket(Push).unwrap_err();
    assert_eq!(error.to_string(), "cannot set mandatory: PUSH sockets do not have it (ENOTSUP)");
    assert_eq!(context.open_sockets(), []);
    drop(context.socket(Router)?);
    Ok(())
}

#[test]
fn the_socket_defaults_of_a_context_do_not_affect_internal_sockets() -> Result<()> {
    let context = Context::builder().socket_defaults(|socket| panic!("a program's {socket:?}")).build()?;
    drop(Authenticator::builder(&context).rules(Rules::new()).spawn()?);
    Ok(())
}

#[test]
fn a_socket_opened_by_the_socket_defaults_has_no_defaults() -> Result<()> {
    let context = Context::builder()
        .socket_defaults(|socket| {
            let inner = socket.context().socket(Pull)?;
            assert_eq!(inner.linger()?, None);
            socket.set_linger(Duration::ZERO)
        })
        .build()?;
    for _ in 0..2 {
        assert_eq!(context.socket(Pull)?.linger()?, Some(Duration::ZERO));
    }
    Ok(())
}

#[test]
fn one_expression_opens_and_configures_a_socket_that_a_variable_holds() -> Result<()> {
    let context = context()?;
    let sink = context.socket(Pull)?.configure(|socket| socket.set_recv_hwm(2)?.set_linger(Duration::ZERO))?;
    let source = context.socket(Push)?.configure(|socket| {
        socket.set_send_hwm(1)?.connect(sink.bind("tcp://127.0.0.1:*")?)?;
        Ok(socket)
    })?;
    assert_eq!((sink.recv_hwm()?, sink.linger()?, source.send_hwm()?), (2, Some(Duration::ZERO), 1));
    source.send("configured")?;
    assert_eq!(take(&sink)?, "configured");
    let error = context.socket(Push)?.configure(|socket| socket.set_zap_domain("")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(context.open_sockets().len(), 2);
    Ok(())
}

#[test]
fn sockets_of_a_context_that_is_not_blocky_do_not_linger() -> Result<()> {
    assert_eq!(Context::builder().blocky(false).build()?.socket(Push)?.linger()?, Some(Duration::ZERO));
    Ok(())
}

#[test]
fn a_linger_too_long_for_libzmq_is_an_error_of_the_socket() -> Result<()> {
    let context = Context::builder().linger(Duration::MAX).build()?;
    let error = context.socket(Push).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().ends_with(": at most 2147483647 ms (24 days) are possible"), "{error}");
    assert_eq!(context.open_sockets(), []);
    Ok(())
}

#[test]
fn the_error_for_one_socket_too_many_names_the_limit() -> Result<()> {
    let context = Context::builder().max_sockets(2).build()?;
    let first = context.socket(Push)?;
    let _second = context.socket(Pull)?;
    let error = context.socket(Push).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitReached);
    assert_eq!(
        error.to_string(),
        "cannot open a socket of type PUSH: 2 sockets are open, which is the maximum that max_sockets allows (EMFILE)"
    );
    drop(first);
    drop(context.socket(Push)?);
    Ok(())
}

#[test]
fn a_dropped_socket_frees_its_slot_immediately() -> Result<()> {
    let context = Context::builder().max_sockets(1).build()?;
    // libzmq closes sockets in the background, and counts them until they are closed.
    for _ in 0..500 {
        drop(context.socket(Push)?);
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn the_error_at_the_limit_names_the_number_of_dropped_sockets_that_still_count() -> Result<()> {
    // A context of C code has exactly the slots that it was created with.
    // SAFETY: the call takes no arguments.
    let raw = std::ptr::NonNull::new(unsafe { zmq::sys::zmq_ctx_new() }).expect("a context");
    // SAFETY: the context is live.
    assert_eq!(unsafe { zmq::sys::zmq_ctx_set(raw.as_ptr(), zmq::sys::ZMQ_MAX_SOCKETS, 3) }, 0);
    // SAFETY: the context is live and never terminated, because a termination would wait for lingering messages.
    let context = unsafe { Context::borrow_raw(raw) };
    for _ in 0..2 {
        let lingering = context.socket(Push)?;
        lingering.connect("ipc:///nowhere/at/all")?;
        lingering.send("never delivered")?;
    }
    let _open = context.socket(Push)?;
    let error = context.socket(Pull).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitReached);
    assert_eq!(
        error.to_string(),
        "cannot open a socket of type PULL: dropped sockets still count, 2 of them in addition to 1 open ones, and max_sockets is \
         3; libzmq closes a dropped socket when its messages are sent or its linger is over (EMFILE)"
    );
    Ok(())
}

#[cfg(unix)]
#[test]
fn more_io_threads_than_available_file_descriptors_are_refused() {
    crate::common::in_child(this_test!(), || {
        let limit = libc::rlimit { rlim_cur: 100, rlim_max: 100 };
        // SAFETY: the pointer is to a variable that outlives the call.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }, 0);
        let error = Context::builder().io_threads(50).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitReached);
        assert_eq!(
            error.to_string(),
            "cannot set the context's io_threads to 50: they take 100 file descriptors, but the process may have only 100 \
             (ulimit -n) (EMFILE)"
        );
        assert!(Context::builder().io_threads(10).build().and_then(|context| context.socket(Push)).is_ok());
    });
}

/// Returns the names of the threads of this process.
#[cfg(target_os = "linux")]
fn names_of_threads() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let names = tasks.flat_map(|task| std::fs::read_to_string(task.path().join("comm")));
    names.map(|name| name.trim().to_owned()).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn the_names_of_the_threads_start_with_the_prefix() -> Result<()> {
    let context = Context::builder().thread_name_prefix(4711).build()?;
    let _socket = context.socket(Push)?;
    // A thread sets its name when it starts.
    eventually("the threads have their names", || {
        ["4711/ZMQbg/Reap", "4711/ZMQbg/IO/0"].iter().all(|wanted| names_of_threads().iter().any(|name| name == wanted))
    });
    Ok(())
}

#[cfg(all(target_os = "linux", feature = "draft"))]
#[test]
fn the_names_of_the_threads_start_with_the_text() -> Result<()> {
    let context = Context::builder().thread_name_prefix(7).thread_name_prefix_text("name").build();
    assert!(context.is_err());
    let context = Context::builder().thread_name_prefix(7).thread_name_prefix_text("named").build()?;
    assert_eq!(context.thread_name_prefix()?, "named");
    let _socket = context.socket(Push)?;
    eventually("the threads have their names", || {
        ["named/ZMQbg/Rea", "named/ZMQbg/IO/"].iter().all(|wanted| names_of_threads().iter().any(|name| name == wanted))
    });
    Ok(())
}

#[cfg(feature = "draft")]
#[test]
fn the_last_prefix_of_the_thread_names_applies() -> Result<()> {
    assert_eq!(Context::new()?.thread_name_prefix()?, "");
    let context = Context::builder().thread_name_prefix_text("text!").thread_name_prefix(1234).build()?;
    assert_eq!(context.thread_name_prefix()?, "1234");
    let longest = "sixteen bytes ok";
    assert_eq!(Context::builder().thread_name_prefix_text(longest).build()?.thread_name_prefix()?, longest);
    context.shutdown();
    assert_eq!(context.thread_name_prefix().unwrap_err().kind(), ErrorKind::ContextTerminated);
    Ok(())
}

#[cfg(feature = "draft")]
#[test]
fn a_refused_prefix_of_the_thread_names_is_named_with_its_value_and_the_reason() {
    for (text, expected) in [
        ("", "\"\": it has 0 bytes, from 1 to 16 are possible"),
        ("seventeen bytes !", "\"seventeen bytes !\": it has 17 bytes, from 1 to 16 are possible"),
        ("four", "\"four\": libzmq reads a text of 4 bytes as a number"),
        ("a\0b", "\"a\\0b\": it contains a NUL byte"),
    ] {
        assert_refused(&Context::builder().thread_name_prefix_text(text), &format!("thread_name_prefix to {expected}"));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_usual_scheduling_and_an_allowed_processor_can_be_set() -> Result<()> {
    let allowed = std::fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let allowed = allowed.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap_or("0").trim();
    let first: u32 = allowed.split([',', '-']).next().and_then(|number| number.parse().ok()).unwrap_or_default();
    let builder = Context::builder().thread_scheduling(SchedulingPolicy::Other).thread_affinity([first]);
    let context = builder.build()?;
    let (one, other) = pair(&context, "tcp", (Pair, Pair))?;
    other.send("scheduled")?;
    assert_eq!(take(&one)?, "scheduled");
    Ok(())
}

#[test]
fn a_refused_setting_is_named_with_its_value_and_the_reason() {
    let cases: &[(ContextBuilder, &str)] = &[
        (Context::builder().io_threads(257), "io_threads to 257: at most 256 are possible"),
        (Context::builder().io_threads(u32::MAX), "io_threads to 4294967295: at most 256 are possible"),
        (Context::builder().max_sockets(0), "max_sockets to 0: from 1 to 65534 are possible"),
        (Context::builder().max_sockets(65_535), "max_sockets to 65535: from 1 to 65534 are possible"),
        (
            Context::builder().max_sockets(usize::MAX),
            "max_sockets to 18446744073709551615: from 1 to 65534 are possible",
        ),
        (
            Context::builder().max_message_size(1 << 31),
            "max_message_size to 2147483648: at most 2147483647 is possible",
        ),
        (
            Context::builder().thread_name_prefix(u32::MAX),
            "thread_name_prefix to 4294967295: at most 2147483647 is possible",
        ),
    ];
    for (builder, expected) in cases {
        assert_refused(builder, expected);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn scheduling_refused_by_the_system_is_named_with_its_value_and_the_reason() {
    let invalid = "the system rejects it";
    let real_time = || Context::builder().thread_scheduling(SchedulingPolicy::Fifo);
    assert_refused(&real_time(), &format!("thread_scheduling to Fifo: {invalid}"));
    assert_refused(&real_time().thread_priority(100), &format!("thread_priority to 100: {invalid}"));
    assert_refused(&real_time().thread_priority(u32::MAX), &format!("thread_priority to 4294967295: {invalid}"));
    let elsewhere = "this process may not run on that processor";
    for processor in [1023, 1024, u32::MAX] {
        let builder = Context::builder().thread_affinity([processor]);
        assert_refused(&builder, &format!("thread_affinity to {processor}: {elsewhere}"));
    }
}

fn assert_refused(builder: &ContextBuilder, expected: &str) {
    let error = builder.clone().build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert_eq!(error.operation(), Operation::SetContextOption);
    assert_eq!(error.to_string(), format!("cannot set the context's {expected}"));
}

#[test]
fn a_refused_builder_leaks_nothing() -> Result<()> {
    for _ in 0..100 {
        assert!(Context::builder().max_sockets(0).build().is_err());
    }
    let (one, other) = pair(&context()?, "inproc", (Pair, Pair))?;
    other.send("as ever")?;
    assert_eq!(take(&one)?, "as ever");
    Ok(())
}

#[cfg(feature = "draft")]
#[test]
fn messages_arrive_with_and_without_a_copy() -> Result<()> {
    for zero_copy in [true, false] {
        let context = Context::builder().zero_copy_recv(zero_copy).linger(Duration::ZERO).build()?;
        assert_eq!(context.zero_copy_recv()?, zero_copy);
        let (receiver, sender) = pair(&context, "tcp", (Pull, Push))?;
        let messages = [&b"small"[..], &[1; 100], &[2; 4000], &[3; 100_000]];
        for message in messages {
            sender.send(message)?;
        }
        for message in messages {
            assert_eq!(take(&receiver)?, message);
        }
    }
    Ok(())
}
