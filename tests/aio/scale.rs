//! Many asynchronous sockets: the cost of idle sockets, and of sends without a peer.
#![cfg(target_os = "linux")]

use std::fs;
use std::future::{Future, pending};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::time::Duration;

use futures_util::FutureExt;
use zmq::aio::AsyncSocket;
use zmq::{Context, Dealer, Multipart, Pull, Push, Result, Router};

use zmq::aio::async_io::AsyncIo;
use zmq::aio::tokio::Tokio;

use crate::common::{context, free, in_child, this_test};
use crate::runtimes::{Executor, ok, on_a_thread, on_every_runtime, on_smol, on_threads, soon, two, within};

/// A future that runs in a child process.
type Local = Pin<Box<dyn Future<Output = Result<()>>>>;

on_every_runtime! {
    a_thousand_sockets_share_a_runtime;
}

async fn a_thousand_sockets_share_a_runtime<E: Executor>() -> Result<()> {
    const COUNT: u32 = 999;
    more_descriptors();
    let context = Context::builder().max_sockets(2000).linger(Duration::ZERO).build()?;
    let router = context.socket(Router)?;
    let endpoint = router.bind(free("inproc"))?;
    let mut router = AsyncSocket::<_, E>::new(router)?;
    let asking = (0..COUNT).map(|number| {
        let dealer = context.socket(Dealer)?;
        dealer.connect(&endpoint)?;
        let mut dealer = AsyncSocket::<_, E>::new(dealer)?;
        ok(E::spawn(async move { ok((dealer.request(number.to_string()).await?, dealer)) }))
    });
    let asking = asking.collect::<Result<Vec<_>>>()?;
    assert_eq!(context.open_sockets().len(), 1000);
    // All requests wait before the first reply, and the replies are sent in reverse order.
    let mut requests = Vec::new();
    for _ in 0..COUNT {
        requests.push(soon::<E, _>(router.recv_multipart()).await?);
    }
    for request in requests.into_iter().rev() {
        router.send_multipart(request).await?;
    }
    for (number, answered) in (0..COUNT).zip(asking) {
        let (answer, _) = soon::<E, _>(answered).await?;
        assert_eq!(answer, Multipart::from(number.to_string()));
    }
    Ok(())
}

/// Measures the processor time of a child process whose 64 sockets wait for five seconds.
fn idle<E: Executor>(name: &str, run: fn(Local) -> Result<()>) {
    in_child(name, || {
        let waiting = async {
            let context = context()?;
            let mut peers = Vec::new();
            let mut tasks = Vec::new();
            for number in 0..32 {
                let transport = if number % 2 == 0 { "tcp" } else { "inproc" };
                let (mut sink, mut source) = two::<E, _, _>(&context, transport, (Pull, Push))?;
                // The sockets are connected and have transferred a message.
                source.send("first").await?;
                assert_eq!(soon::<E, _>(sink.recv()).await?, "first");
                peers.push(source);
                tasks.push(E::spawn(async move { sink.recv().await }));
            }
            // These sockets wait to send.
            let mut senders = Vec::new();
            for _ in 0..32 {
                let mut source = AsyncSocket::<_, E>::new(context.socket(Push)?)?;
                senders.push(E::spawn(async move { source.send("nobody").await }));
            }
            let before = processor_time();
            assert!(within::<E, _>(Duration::from_secs(5), pending::<()>()).await.is_none());
            let spent = processor_time() - before;
            assert!(spent < Duration::from_millis(50), "64 idle sockets took {spent:?} of 5 s");
            for (mut source, task) in peers.into_iter().zip(tasks) {
                source.send("last").await?;
                assert_eq!(soon::<E, _>(task).await?, "last");
            }
            Ok(())
        };
        run(Box::pin(waiting)).expect("the sockets wait and wake up");
    });
}

#[test]
fn idle_sockets_of_tokio_on_a_thread_take_no_processor_time() {
    idle::<Tokio>(this_test!(), on_a_thread);
}

#[test]
fn idle_sockets_of_tokio_on_threads_take_no_processor_time() {
    idle::<Tokio>(this_test!(), on_threads);
}

#[test]
fn idle_sockets_of_async_io_take_no_processor_time() {
    idle::<AsyncIo>(this_test!(), on_smol);
}

/// Checks that cancelled sends without a peer leave no messages in memory.
fn peerless<E: Executor>(name: &str, run: fn(Local) -> Result<()>) {
    in_child(name, || {
        let sending = async {
            let mut source = AsyncSocket::<_, E>::new(context()?.socket(Push)?)?;
            let mut before = 0;
            for round in 0..20_000 {
                assert!(source.send(vec![7; 10_000]).now_or_never().is_none());
                assert!(source.send_multipart([vec![7; 10_000], vec![8; 100]]).now_or_never().is_none());
                if round == 1000 {
                    before = resident();
                }
            }
            // If the sends kept their messages, they would take 380 MB.
            let grown = resident().saturating_sub(before);
            assert!(grown < 4 << 20, "the process grew by {grown} bytes");
            Ok(())
        };
        run(Box::pin(sending)).expect("the context is open");
    });
}

#[test]
fn sends_without_a_peer_take_no_memory_on_tokio() {
    peerless::<Tokio>(this_test!(), on_a_thread);
}

#[test]
fn sends_without_a_peer_take_no_memory_on_async_io() {
    peerless::<AsyncIo>(this_test!(), on_smol);
}

/// Returns the processor time that all threads of this process have used.
fn processor_time() -> Duration {
    let mut usage = MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: the pointer is to a variable that outlives the call.
    assert_eq!(unsafe { libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) }, 0);
    // SAFETY: the successful call initialised the structure.
    let usage = unsafe { usage.assume_init() };
    let of = |time: libc::timeval| Duration::from_secs(time.tv_sec as u64) + Duration::from_micros(time.tv_usec as u64);
    of(usage.ru_utime) + of(usage.ru_stime)
}

/// Returns the size in bytes of the memory of this process.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux has the file");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the file has the line");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") << 10
}

/// Raises the limit on descriptors to the system's maximum.
fn more_descriptors() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the pointer is to a variable that outlives the call.
    assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) }, 0);
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: the pointer is to a variable that outlives the call.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }, 0);
}
