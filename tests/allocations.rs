//! The allocations of messages. The crate allocates only the lists of multipart messages.
//!
//! The test is a program of its own because it replaces the global allocator by a counting one, which does not see the
//! allocations of libzmq in C.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use zmq::{Dealer, Message, Multipart, Pair, Pull, Push, Result};

use common::{context, pair};

thread_local! {
    static ALLOCATED: Cell<usize> = const { Cell::new(0) };
}

/// An allocator that forwards to the system's, and counts the allocations of each thread.
struct Counting;

// SAFETY: every call is forwarded to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATED.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller guarantees the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller guarantees the contract of `dealloc`.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Returns the number of allocations of a hundred calls on this thread, after ten warm-up calls.
fn allocations_of_100(mut call: impl FnMut() -> Result<()>) -> Result<usize> {
    (0..10).try_for_each(|_| call())?;
    let before = ALLOCATED.get();
    (0..100).try_for_each(|_| call())?;
    Ok(ALLOCATED.get() - before)
}

/// Lengths around those at which messages are stored or passed on differently.
const LENGTHS: [usize; 8] = [0, 1, 33, 34, 64, 65, 1024, 100_000];

#[test]
fn an_allocation_is_counted() -> Result<()> {
    let counted = allocations_of_100(|| {
        drop(std::hint::black_box(vec![0_u8; 10]));
        Ok(())
    });
    assert_eq!(counted?, 100);
    Ok(())
}

#[test]
fn a_slice_is_sent_and_received_without_an_allocation() -> Result<()> {
    let (to, from) = pair(&context()?, "inproc", (Pair, Pair))?;
    let mut message = Message::new();
    let mut buffer = [0; 10];
    for len in LENGTHS {
        let bytes = vec![0; len];
        let counted = allocations_of_100(|| {
            from.send(&bytes)?;
            to.recv_into(&mut message)?;
            from.try_send(&bytes)?;
            assert_eq!(to.recv()?.len(), len);
            from.send_timeout(&bytes, Duration::from_secs(1))?;
            assert_eq!(to.try_recv()?.map(|message| message.len()), Some(len));
            from.send(&bytes)?;
            assert_eq!(to.recv_timeout(Duration::from_secs(1))?.map(|message| message.len()), Some(len));
            from.send_more(&bytes)?;
            from.send(&bytes)?;
            assert_eq!(to.recv_slice(&mut buffer)?.size, len);
            assert!(!to.recv()?.more());
            assert_eq!(to.try_recv()?, None);
            Ok(())
        })?;
        assert_eq!(counted, 0, "{len} bytes");
    }
    Ok(())
}

#[test]
fn owned_bytes_are_not_allocated_again() -> Result<()> {
    let (to, from) = pair(&context()?, "inproc", (Pair, Pair))?;
    for len in LENGTHS {
        let counted = Arc::<[u8]>::from(vec![0; len]);
        let shared = allocations_of_100(|| {
            from.send(Arc::clone(&counted))?;
            to.recv().map(drop)
        })?;
        assert_eq!(shared, 0, "{len} shared bytes");
        let owned = allocations_of_100(|| {
            from.send(vec![0; len])?;
            to.recv().map(drop)
        })?;
        assert_eq!(owned, if len == 0 { 0 } else { 100 }, "{len} bytes of a vector, which has one allocation");
    }
    Ok(())
}

#[test]
fn many_messages_are_received_without_an_allocation() -> Result<()> {
    let (to, from) = pair(&context()?, "inproc", (Pull, Push))?;
    let mut messages = Vec::with_capacity(10);
    let counted = allocations_of_100(|| {
        for number in 0..10_u8 {
            from.send([number; 100])?;
        }
        messages.clear();
        assert_eq!(to.recv_many(&mut messages, 10)?, 10);
        Ok(())
    })?;
    assert_eq!(counted, 0);
    Ok(())
}

#[test]
fn a_multipart_message_is_one_allocation() -> Result<()> {
    let (to, from) = pair(&context()?, "inproc", (Dealer, Dealer))?;
    for (frames, most) in [(1, 1), (2, 1), (4, 1), (5, 2)] {
        let received = allocations_of_100(|| {
            for _ in 1..frames {
                from.send_more("frame")?;
            }
            from.send("frame")?;
            assert_eq!(to.recv_multipart()?.len(), frames);
            Ok(())
        })?;
        assert!(received <= 100 * most, "{frames} frames: {received} allocations of 100 messages");
    }
    // A received message is sent again without a copy.
    let mut message = Some(Multipart::from(["one", "two"]));
    let passed = allocations_of_100(|| {
        from.send_multipart(message.take().expect("the received message"))?;
        message = Some(to.recv_multipart()?);
        Ok(())
    })?;
    assert_eq!(passed, 100);
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_wait_is_made_without_an_allocation() -> Result<()> {
    use zmq::{Events, Poller};

    let (to, from) = pair(&context()?, "inproc", (Pull, Push))?;
    let mut poller = Poller::new()?;
    poller.add(&to, Events::READABLE, ())?;
    let counted = allocations_of_100(|| {
        assert_eq!(poller.wait(Duration::ZERO)?.len(), 0);
        from.send("ready")?;
        assert_eq!(poller.wait(Duration::from_secs(10))?.len(), 1);
        to.recv().map(drop)
    })?;
    assert_eq!(counted, 0);
    Ok(())
}

#[cfg(all(unix, feature = "tokio"))]
#[test]
fn tasks_send_and_receive_without_an_allocation() -> Result<()> {
    use zmq::aio::tokio::AsyncSocket;

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _entered = runtime.enter();
    let (to, from) = pair(&context()?, "inproc", (Pull, Push))?;
    let (mut to, mut from) = (AsyncSocket::new(to)?, AsyncSocket::new(from)?);
    for len in LENGTHS {
        let bytes = vec![0; len];
        let exchange = async {
            let mut before = 0;
            for number in 0..110 {
                if number == 10 {
                    before = ALLOCATED.get();
                }
                // The receive starts first, and so has to wait.
                let (received, sent) = tokio::join!(to.recv(), from.send(&bytes));
                sent?;
                assert_eq!(received?.len(), len);
            }
            Ok::<_, zmq::Error>(ALLOCATED.get() - before)
        };
        assert_eq!(runtime.block_on(exchange)?, 0, "{len} bytes");
    }
    Ok(())
}
