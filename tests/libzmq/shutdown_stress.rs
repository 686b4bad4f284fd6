//! Many sockets that close while they are connecting. Origin: test_shutdown_stress.cpp.

use std::thread;
use std::time::Duration;

use zmq::{Context, Pub, Result, Sub};

use crate::support::*;

#[test]
fn sockets_close_while_they_are_connecting() -> Result<()> {
    const THREADS: usize = 40;
    for _ in 0..5 {
        let context = Context::builder().io_threads(7).linger(Duration::ZERO).build()?;
        let publisher = context.socket(Pub)?;
        let endpoint = publisher.bind(free("tcp"))?;
        thread::scope(|threads| {
            for _ in 0..THREADS {
                threads.spawn(|| context.socket(Sub).unwrap().connect(&endpoint).unwrap());
            }
        });
        drop(publisher);
        assert_eq!(context.terminate(PATIENCE), Ok(()));
    }
    Ok(())
}
