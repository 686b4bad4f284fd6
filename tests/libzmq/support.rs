//! Helpers of these modules, in addition to the common ones.

use std::env;
use std::ffi::c_int;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use zmq::abilities::Open;
use zmq::abilities::{Receives, Sends, SendsMultipart};
use zmq::{
    Context, ErrorKind, Events, Kind, Monitor, MonitorEvent, MonitorEventKind, Multipart, PollItem, Result, Socket,
    Version,
};

pub(crate) use crate::common::{PATIENCE, context, eventually, lacks, skip, take, take_all};

/// The version that fixed several behaviours under test.
pub(crate) const V4_3_5: Version = Version { major: 4, minor: 3, patch: 5 };

/// Two sockets of the kinds that `A` and `B` open.
pub(crate) type Two<A, B> = (Socket<<A as Open>::Kind>, Socket<<B as Open>::Kind>);

/// Declares the tests of each transport: functions of the module that take the transport's name.
macro_rules! over {
    ($($transport:ident: $($test:ident)+;)+) => {
        $(
            mod $transport {
                $(
                    #[test]
                    fn $test() -> zmq::Result<()> {
                        super::$test(stringify!($transport))
                    }
                )+
            }
        )+
    };
}
pub(crate) use over;

fn number() -> u32 {
    static NUMBERS: AtomicU32 = AtomicU32::new(0);
    NUMBERS.fetch_add(1, Ordering::Relaxed)
}

/// Returns an endpoint that no other test uses, so that a peer of an earlier test cannot reconnect to it. It is no
/// wildcard, so a test can connect to it before the bind, and bind it again.
pub(crate) fn fixed(transport: &str) -> String {
    let (process, number) = (process::id(), number());
    match transport {
        "tcp" => format!("tcp://{}", address()),
        // libzmq leaves the file of a path behind; an abstract name has no file.
        "ipc" if cfg!(target_os = "linux") => format!("ipc://@zmq-{process}-{number}"),
        "ipc" => format!("ipc://{}/zmq-{process}-{number}", env::temp_dir().display()),
        _ => format!("{transport}://libzmq-{number}"),
    }
}

/// Returns a loopback address that no other process uses, if the system has several.
pub(crate) fn loopback() -> Ipv4Addr {
    let [_, high, middle, low] = process::id().to_be_bytes();
    // On Linux all of 127.0.0.0/8 is loopback.
    if cfg!(target_os = "linux") { Ipv4Addr::new(127, 64 + high % 64, middle, low) } else { Ipv4Addr::LOCALHOST }
}

/// Returns an address and a port that no other test uses.
fn address() -> SocketAddr {
    if loopback() != Ipv4Addr::LOCALHOST {
        // Ports below the ephemeral range of the system.
        (loopback(), (10_000 + number() % 20_000).try_into().unwrap()).into()
    } else {
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    }
}

/// Returns an endpoint to bind that no other test uses.
pub(crate) fn free(transport: &str) -> String {
    if transport == "ipc" { "ipc://*".to_owned() } else { fixed(transport) }
}

/// Returns a listener for a peer played by the test. No other socket connects to it.
pub(crate) fn listener() -> TcpListener {
    TcpListener::bind(address()).unwrap()
}

/// Opens two sockets, binds the first and connects the second to it.
pub(crate) fn pair<A: Open, B: Open>(
    context: &Context,
    transport: &str,
    (bound, connected): (A, B),
) -> Result<Two<A, B>> {
    let (bound, connected) = (context.socket(bound)?, context.socket(connected)?);
    connected.connect(bound.bind(free(transport))?)?;
    Ok((bound, connected))
}

/// Returns `true` if this machine has the loopback address of IPv6.
pub(crate) fn has_ipv6() -> bool {
    let has = TcpListener::bind("[::1]:0").is_ok();
    if !has {
        skip("this system has no IPv6");
    }
    has
}

/// Asserts that the next message consists of these frames.
#[track_caller]
pub(crate) fn expect<K: Receives>(socket: &Socket<K>, frames: impl Into<Multipart>) {
    assert_eq!(take_all(socket).unwrap(), frames.into());
}

/// Sends a message that must not arrive. The send fails if the peer has refused the connection already.
pub(crate) fn knock<K: Sends>(socket: &Socket<K>) {
    let _ = socket.try_send("let me in");
}

/// Asserts that no message is queued.
#[track_caller]
pub(crate) fn expect_nothing<K: Receives>(socket: &Socket<K>) {
    assert_eq!(socket.try_recv_multipart().unwrap(), None);
}

/// Exchanges a request and a reply, and asserts that both arrive unchanged.
#[track_caller]
pub(crate) fn bounce<A: SendsMultipart + Receives, B: SendsMultipart + Receives>(
    server: &Socket<A>,
    client: &Socket<B>,
) {
    client.send_multipart(["request", "of two frames"]).unwrap();
    expect(server, ["request", "of two frames"]);
    server.send_multipart(["reply", "of two frames"]).unwrap();
    expect(client, ["reply", "of two frames"]);
}

/// Waits until a socket becomes writable, or stops being writable.
#[track_caller]
pub(crate) fn until_writable<K: Kind>(socket: &Socket<K>, writable: bool) {
    eventually("the socket changes its writability", || socket.events().unwrap().is_writable() == writable);
}

/// Waits until one of `sockets` is readable, and returns its index.
pub(crate) fn readable<K: Receives>(sockets: &[Socket<K>]) -> Result<usize> {
    let mut items: Vec<_> = sockets.iter().map(|socket| PollItem::new(socket, Events::READABLE)).collect();
    assert_ne!(zmq::poll(&mut items, PATIENCE)?, 0, "no message arrived at any of {} sockets", sockets.len());
    Ok(items.iter().position(PollItem::is_readable).unwrap_or_default())
}

/// Repeats `send`, which distributes messages over `peers`, until each peer got one and so all are connected. Calls
/// `answer` with each peer that got a message.
pub(crate) fn meet<K: Receives>(
    peers: &[Socket<K>],
    mut send: impl FnMut() -> Result<()>,
    mut answer: impl FnMut(&Socket<K>) -> Result<()>,
) -> Result<()> {
    let mut met = vec![false; peers.len()];
    let start = Instant::now();
    while met.contains(&false) {
        assert!(start.elapsed() < PATIENCE, "a peer got no message: {met:?}");
        send()?;
        let peer = readable(peers)?;
        take_all(&peers[peer])?;
        answer(&peers[peer])?;
        met[peer] = true;
    }
    Ok(())
}

/// Sends until the socket would block, and returns the number of accepted messages, at most `most`.
pub(crate) fn fill<K: Sends>(socket: &Socket<K>, most: usize) -> Result<usize> {
    for sent in 0..most {
        match socket.try_send(b"") {
            Ok(()) => {}
            Err(refused) if refused.error.is_would_block() => return Ok(sent),
            Err(refused) => return Err(refused.into()),
        }
    }
    Ok(most)
}

/// Receives all queued messages, and returns their number.
pub(crate) fn drain<K: Receives>(socket: &Socket<K>) -> Result<usize> {
    let mut count = 0;
    while socket.try_recv_multipart()?.is_some() {
        count += 1;
    }
    Ok(count)
}

/// Asserts that `receiver` receives from each of `senders` before it receives from one of them twice.
///
/// In some rounds messages are still in transit when the first one is received, so that their order means nothing. A
/// fair socket soon has a fair round; an unfair socket never has one.
pub(crate) fn takes_turns<S: Sends, R: Receives>(senders: &[Socket<S>], receiver: &Socket<R>) -> Result<()> {
    let mut fair = false;
    let start = Instant::now();
    while !fair {
        assert!(start.elapsed() < PATIENCE, "no round was fair");
        for (number, sender) in (0_u8..).zip(senders) {
            sender.send([number])?;
            sender.send([number])?;
        }
        // Reading the events makes libzmq check every connection, while a receive skips this if a message is known.
        receiver.events()?;
        let mut seen: Vec<Vec<u8>> = Vec::new();
        for _ in 0..2 * senders.len() {
            seen.push(take_all(receiver)?.pop_back().unwrap_or_default().into_vec());
        }
        let mut round = seen[..senders.len()].to_vec();
        round.sort();
        round.dedup();
        fair = round.len() == senders.len();
        seen.sort();
        let expected: Vec<_> = (0_u8..).take(senders.len()).flat_map(|number| [vec![number], vec![number]]).collect();
        assert_eq!(seen, expected);
    }
    Ok(())
}

/// Opens `count` sockets of a kind and connects all of them.
pub(crate) fn connected<O: Open + Copy>(
    context: &Context,
    kind: O,
    count: usize,
    endpoint: impl AsRef<str>,
) -> Result<Vec<Socket<O::Kind>>> {
    let open = |_| {
        let socket = context.socket(kind)?;
        socket.connect(endpoint.as_ref())?;
        Ok(socket)
    };
    (0..count).map(open).collect()
}

/// Receives the next event, which must arrive in time.
pub(crate) fn next_event(monitor: &Monitor) -> Result<MonitorEvent> {
    Ok(monitor.recv_timeout(PATIENCE)?.unwrap_or_else(|| panic!("no event arrived at {monitor:?}")))
}

/// Asserts that the next events are of these kinds.
#[track_caller]
pub(crate) fn expect_events<const N: usize>(monitor: &Monitor, kinds: [MonitorEventKind; N]) {
    for kind in kinds {
        assert_eq!(next_event(monitor).unwrap().kind(), kind);
    }
}

/// Asserts that a socket of a draft type refuses messages of several frames, which typed sockets cannot send.
#[cfg(feature = "draft")]
#[track_caller]
pub(crate) fn refuses_more_frames(socket: &Socket) {
    let refused = socket.send_more("X").unwrap_err();
    assert_eq!((refused.error.kind(), &*refused.message), (ErrorKind::InvalidInput, &b"X"[..]));
}

/// Sets an option of libzmq's draft API, and returns `true` if this libzmq has it. The usual builds do not.
///
/// # Safety
/// The caller guarantees the contract of [`Socket::set_raw_option`] for this option and value.
pub(crate) unsafe fn set_draft<K: Kind>(socket: &Socket<K>, option: c_int, value: &[u8]) -> Result<bool> {
    // SAFETY: the caller guarantees the contract of `set_raw_option`.
    let set = unsafe { socket.set_raw_option(option, value) };
    match socket.is_supported(option) {
        true => set.map(|_| true),
        false => {
            assert_eq!(set.unwrap_err().kind(), ErrorKind::InvalidInput);
            skip(&format!("this libzmq has no option {option}"));
            Ok(false)
        }
    }
}
