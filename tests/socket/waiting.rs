//! The timeouts of sends and receives, and the behaviour at the high-water mark.

use std::thread;
use std::time::{Duration, Instant};

use zmq::{ErrorKind, Message, Multipart, Pair, Pull, Push, Result, Socket};

use crate::common::{PATIENCE, context, free, in_time, pair, process_commands, take};

/// Runs `call` and asserts that it takes at least `least`, with a tolerance for different clocks.
fn takes<T>(least: Duration, call: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = call();
    let elapsed = start.elapsed();
    assert!(elapsed + Duration::from_millis(1) >= least, "the call took {elapsed:?} instead of {least:?}");
    assert!(elapsed < PATIENCE, "the call took {elapsed:?} instead of {least:?}");
    result
}

#[test]
fn a_receive_timeout_is_kept_and_returns_none() -> Result<()> {
    let socket = context()?.socket(Pull)?;
    for timeout in [Duration::ZERO, Duration::from_micros(300), Duration::from_millis(30)] {
        assert_eq!(takes(timeout, || socket.recv_timeout(timeout))?, None);
        assert_eq!(takes(timeout, || socket.recv_multipart_timeout(timeout))?, None);
    }
    Ok(())
}

#[test]
fn a_send_timeout_is_kept_and_returns_the_message() -> Result<()> {
    let socket = context()?.socket(Push)?;
    for timeout in [Duration::ZERO, Duration::from_micros(300), Duration::from_millis(30)] {
        let refused = takes(timeout, || socket.send_timeout("alone", timeout)).unwrap_err();
        assert_eq!((refused.kind(), refused.message.to_str()?), (ErrorKind::TimedOut, "alone"));
        let refused = takes(timeout, || socket.send_multipart_timeout(["all", "alone"], timeout)).unwrap_err();
        assert_eq!((refused.kind(), refused.message.len()), (ErrorKind::TimedOut, 2));
    }
    Ok(())
}

#[test]
fn an_expired_timeout_is_not_reported_as_would_block() -> Result<()> {
    let socket = context()?.socket(Pair)?;
    let timeout = Duration::from_millis(30);
    socket.set_send_timeout(Some(timeout))?.set_recv_timeout(Some(timeout))?;
    let receive = "receive on a PAIR socket timed out after 30 ms (EAGAIN)";
    let send = "send on a PAIR socket timed out after 30 ms: no peer could take the message (EAGAIN)";
    for (expired, text) in [
        (takes(timeout, || socket.recv()).unwrap_err(), receive),
        (takes(timeout, || socket.recv_multipart()).unwrap_err(), receive),
        (takes(timeout, || socket.recv_into(&mut Message::new())).unwrap_err(), receive),
        (takes(timeout, || socket.recv_many(&mut Vec::new(), 5)).unwrap_err(), receive),
        (takes(timeout, || socket.recv_slice(&mut [0; 5])).unwrap_err(), receive),
        (takes(timeout, || socket.send("alone")).unwrap_err().into(), send),
        (takes(timeout, || socket.send(vec![0; 1000])).unwrap_err().into(), send),
        (takes(timeout, || socket.send_more("alone")).unwrap_err().into(), send),
        (takes(timeout, || socket.send_multipart(["a", "b"])).unwrap_err().into(), send),
        (takes(timeout, || socket.send_timeout("alone", timeout)).unwrap_err().into(), send),
    ] {
        assert_eq!((expired.kind(), expired.to_string().as_str()), (ErrorKind::TimedOut, text));
        assert!(expired.is_timed_out() && !expired.is_would_block());
    }
    Ok(())
}

#[test]
fn a_non_blocking_call_would_block_regardless_of_the_timeout() -> Result<()> {
    let socket = context()?.socket(Pair)?;
    for timeout in [None, Some(Duration::ZERO), Some(PATIENCE)] {
        socket.set_send_timeout(timeout)?.set_recv_timeout(timeout)?;
        let refused = socket.try_send("alone").unwrap_err();
        assert_eq!((refused.kind(), refused.message.to_str()?), (ErrorKind::WouldBlock, "alone"));
        assert_eq!(socket.try_send_multipart(["all", "alone"]).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert_eq!((socket.try_recv()?, socket.try_recv_multipart()?), (None, None));
        assert_eq!(socket.try_recv_many(&mut Vec::new(), 5)?, 0);
    }
    Ok(())
}

#[test]
fn a_timeout_of_zero_does_not_block() -> Result<()> {
    let socket = context()?.socket(Pair)?;
    socket.set_send_timeout(Some(Duration::ZERO))?.set_recv_timeout(Some(Duration::ZERO))?;
    assert_eq!(socket.configured_recv_timeout()?, Some(Duration::ZERO));
    let error = socket.recv().unwrap_err();
    assert_eq!(error.to_string(), "receive on a PAIR socket timed out after 0 ms (EAGAIN)");
    assert!(socket.send("alone").unwrap_err().error.is_timed_out());
    Ok(())
}

#[test]
fn a_duration_below_the_millisecond_is_rounded_up() -> Result<()> {
    let socket = context()?.socket(Pair)?;
    let millisecond = Some(Duration::from_millis(1));
    for short in [Duration::from_nanos(1), Duration::from_micros(999), Duration::from_millis(1)] {
        socket.set_recv_timeout(Some(short))?.set_send_timeout(Some(short))?.set_linger(Some(short))?;
        assert_eq!(socket.configured_recv_timeout()?, millisecond);
        assert_eq!(socket.configured_send_timeout()?, millisecond);
        assert_eq!(socket.linger()?, millisecond);
    }
    socket.set_recv_timeout(Some(Duration::from_nanos(1_000_001)))?;
    assert_eq!(socket.configured_recv_timeout()?, Some(Duration::from_millis(2)));
    Ok(())
}

#[test]
fn the_error_for_a_long_timeout_names_the_longest_one() -> Result<()> {
    let socket = context()?.socket(Pair)?;
    let longest = Duration::from_millis(i32::MAX.unsigned_abs().into());
    socket.set_recv_timeout(Some(longest))?;
    assert_eq!(socket.configured_recv_timeout()?, Some(longest));
    let error = socket.set_recv_timeout(Some(longest + Duration::from_nanos(1))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(
        error.to_string(),
        "cannot set recv_timeout to 2147483.647000001s: at most 2147483647 ms (24 days) are possible"
    );
    assert!(socket.set_linger(Some(Duration::MAX)).is_err());
    // A refused value changes nothing.
    assert_eq!(socket.configured_recv_timeout()?, Some(longest));
    Ok(())
}

#[test]
fn a_call_with_the_longest_timeout_ends_when_a_message_arrives() -> Result<()> {
    let context = context()?;
    let (sink, source) = pair(&context, "tcp", (Pair, Pair))?;
    let waiting = thread::spawn(move || sink.recv_timeout(Duration::MAX).map(|message| (message, sink)));
    source.send_timeout("at last", Duration::MAX)?;
    let (message, _sink) = in_time(move || waiting.join().unwrap_or_else(|_| panic!("the receiver panicked")))?;
    assert_eq!(message.as_deref(), Some(&b"at last"[..]));
    Ok(())
}

#[test]
fn a_call_with_a_timeout_does_not_change_the_configured_ones() -> Result<()> {
    let socket = context()?.socket(Pair)?;
    for configured in [None, Some(Duration::ZERO), Some(Duration::from_secs(5))] {
        socket.set_recv_timeout(configured)?.set_send_timeout(configured)?;
        assert_eq!(socket.recv_timeout(Duration::from_millis(2))?, None);
        assert!(socket.send_timeout("alone", Duration::from_millis(2)).is_err());
        assert_eq!(socket.configured_recv_timeout()?, configured);
        assert_eq!(socket.configured_send_timeout()?, configured);
    }
    Ok(())
}

#[test]
fn a_call_without_a_timeout_blocks_regardless_of_earlier_calls() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pair, Pair))?;
    assert_eq!(sink.recv_timeout(Duration::from_millis(2))?, None);
    let waiting = thread::spawn(move || sink.recv());
    // A receive that kept the short timeout would end within this time.
    assert_eq!(source.recv_timeout(Duration::from_millis(50))?, None);
    source.send("late")?;
    let message = in_time(move || waiting.join().unwrap_or_else(|_| panic!("the receiver panicked")))?;
    assert_eq!(message, "late");
    Ok(())
}

#[test]
fn a_receive_timeout_of_none_blocks_regardless_of_the_configured_one() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pair, Pair))?;
    sink.set_recv_timeout(Duration::from_millis(2))?;
    let waiting =
        thread::spawn(move || -> Result<_> { Ok((sink.recv_timeout(None)?, sink.recv_multipart_timeout(None)?)) });
    // A receive with the configured timeout would end within this time.
    assert_eq!(source.recv_timeout(Duration::from_millis(50))?, None);
    source.send("late")?;
    source.send("later")?;
    let (message, multipart) = in_time(move || waiting.join().unwrap_or_else(|_| panic!("the receiver panicked")))?;
    assert_eq!(message.as_deref(), Some(&b"late"[..]));
    assert_eq!(multipart, Some(Multipart::from("later")));
    Ok(())
}

#[test]
fn a_send_timeout_of_none_blocks_regardless_of_the_configured_one() -> Result<()> {
    let (sink, source) = narrow()?;
    source.set_send_timeout(Duration::from_millis(2))?;
    while source.send("full").is_ok() {}
    let waiting = thread::spawn(move || source.send_timeout("late", None).map(|()| source));
    // A send with the configured timeout would end within this time.
    assert_eq!(context()?.socket(Pair)?.recv_timeout(Duration::from_millis(50))?, None);
    while take(&sink)? != "late" {}
    let _source = in_time(move || waiting.join().unwrap_or_else(|_| panic!("the sender panicked")))?;
    Ok(())
}

#[test]
fn a_queued_message_is_received_without_blocking() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    for text in ["one", "two", "three"] {
        source.send(text)?;
    }
    assert_eq!(sink.recv_timeout(Duration::ZERO)?.as_deref(), Some(&b"one"[..]));
    assert_eq!(sink.try_recv()?.as_deref(), Some(&b"two"[..]));
    sink.set_recv_timeout(Some(Duration::ZERO))?;
    assert_eq!(sink.recv()?, "three");
    assert_eq!(sink.try_recv()?, None);
    Ok(())
}

/// Opens a PUSH and a PULL socket with a high-water mark of one message each.
fn narrow() -> Result<(Socket<Pull>, Socket<Push>)> {
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    sink.set_recv_hwm(1)?;
    source.set_send_hwm(1)?;
    source.connect(sink.bind(free("inproc"))?)?;
    Ok((sink, source))
}

#[test]
fn an_inproc_pipe_takes_the_sum_of_both_high_water_marks() -> Result<()> {
    let (sink, source) = narrow()?;
    source.try_send("one")?;
    source.try_send("two")?;
    for _ in 0..3 {
        let refused = source.try_send("three").unwrap_err();
        assert_eq!((refused.kind(), refused.message.to_str()?), (ErrorKind::WouldBlock, "three"));
    }
    let refused = source.try_send_multipart(["three", "four"]).unwrap_err();
    assert_eq!(refused.message, zmq::Multipart::from(["three", "four"]));
    assert_eq!([take(&sink)?, take(&sink)?], ["one", "two"]);
    assert_eq!(sink.try_recv()?, None);
    Ok(())
}

#[test]
fn a_full_pipe_accepts_messages_after_a_receive() -> Result<()> {
    let (sink, source) = narrow()?;
    source.try_send("one")?;
    source.try_send("two")?;
    assert!(!process_commands(&source).0);
    assert_eq!([take(&sink)?, take(&sink)?], ["one", "two"]);
    source.send_timeout("three", PATIENCE)?;
    assert_eq!(take(&sink)?, "three");
    Ok(())
}

#[test]
fn a_send_blocked_at_the_high_water_mark_continues_after_a_receive() -> Result<()> {
    let (sink, source) = narrow()?;
    let sending = thread::spawn(move || {
        for number in 0..1000 {
            source.send(number.to_string())?;
        }
        Ok(source)
    });
    for number in 0..1000 {
        assert_eq!(take(&sink)?, number.to_string());
    }
    let sent: Result<_> = in_time(move || sending.join().unwrap_or_else(|_| panic!("the sender panicked")));
    sent.map(drop)
}

#[test]
fn a_multipart_message_counts_as_one_at_the_high_water_mark() -> Result<()> {
    let (sink, source) = narrow()?;
    source.try_send_multipart(["a"; 50])?;
    source.try_send_multipart(["b"; 50])?;
    assert!(source.try_send_multipart(["c"; 50]).is_err());
    assert_eq!(sink.recv_multipart()?, zmq::Multipart::from(["a"; 50]));
    assert_eq!(sink.recv_multipart()?, zmq::Multipart::from(["b"; 50]));
    assert_eq!(sink.try_recv_multipart()?, None);
    Ok(())
}

#[test]
fn high_water_marks_can_be_read_back_and_too_large_ones_are_refused() -> Result<()> {
    let socket = context()?.socket(Push)?;
    assert_eq!((socket.send_hwm()?, socket.recv_hwm()?), (1000, 1000));
    socket.set_send_hwm(0)?.set_recv_hwm(i32::MAX.unsigned_abs())?;
    assert_eq!((socket.send_hwm()?, socket.recv_hwm()?), (0, i32::MAX.unsigned_abs()));
    let error = socket.set_send_hwm(1 << 31).unwrap_err();
    assert_eq!(error.to_string(), "cannot set send_hwm to 2147483648: at most 2147483647 is possible");
    Ok(())
}
