//! Timeouts of sends and receives. Origin: test_timeo.cpp.

use std::time::{Duration, Instant};

use zmq::{Dealer, ErrorKind, Result};

use crate::support::*;

#[test]
fn a_receive_blocks_for_its_timeout_and_no_longer() -> Result<()> {
    const TIMEOUT: Duration = Duration::from_millis(100);
    let context = context()?;
    let front = context.socket(Dealer)?;
    let endpoint = front.bind(free("inproc"))?;
    expect_nothing(&front);

    front.set_recv_timeout(Some(TIMEOUT))?;
    let start = Instant::now();
    assert_eq!(front.recv().unwrap_err().kind(), ErrorKind::TimedOut);
    // libzmq measures time in whole milliseconds.
    assert!(start.elapsed() >= TIMEOUT - Duration::from_millis(2), "{:?}", start.elapsed());
    assert!(start.elapsed() < PATIENCE);

    let back = context.socket(Dealer)?;
    back.set_send_timeout(Some(TIMEOUT))?.connect(&endpoint)?;
    back.send("Hello")?;
    front.set_recv_timeout(Some(PATIENCE))?;
    assert_eq!(front.recv()?, "Hello");
    Ok(())
}
