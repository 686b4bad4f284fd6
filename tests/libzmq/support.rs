//! What the modules share beside what all tests share.

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

/// The version that mended what several tests look at.
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

/// Returns an endpoint that no other test has, before it or after it: a peer that is still about, and tries to connect
/// again, does not find this one. It is no wildcard, so that it can be connected to before it is bound, and bound again.
pub(crate) fn fixed(transport: &str) -> String {
    let (process, number) = (process::id(), number());
    match transport {
        "tcp" => format!("tcp://{}", address()),
        // libzmq leaves the file behind; an abstract name has none.
        "ipc" if cfg!(target_os = "linux") => format!("ipc://@zmq-{process}-{number}"),
        "ipc" => format!("ipc://{}/zmq-{process}-{number}", env::temp_dir().display()),
        _ => format!("{transport}://libzmq-{number}"),
    }
}

/// Returns an address of this machine that no other process uses, where the system has such.
pub(crate) fn loopback() -> Ipv4Addr {
    let [_, high, middle, low] = process::id().to_be_bytes();
    // All of 127/8 is this machine's with Linux.
    if cfg!(target_os = "linux") { Ipv4Addr::new(127, 64 + high % 64, middle, low) } else { Ipv4Addr::LOCALHOST }
}

/// Returns an address and a port that no other test has.
fn address() -> SocketAddr {
    if loopback() != Ipv4Addr::LOCALHOST {
        // Below those that the system gives out.
        (loopback(), (10_000 + number() % 20_000).try_into().unwrap()).into()
    } else {
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    }
}

/// Returns an endpoint to bind that no other test has.
pub(crate) fn free(transport: &str) -> String {
    if transport == "ipc" { "ipc://*".to_owned() } else { fixed(transport) }
}

/// Returns a listener for a peer that the test plays, to which nobody else comes.
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

/// Whether this machine has the loopback address of IPv6.
pub(crate) fn has_ipv6() -> bool {
    let has = TcpListener::bind("[::1]:0").is_ok();
    if !has {
        skip("this system has no IPv6");
    }
    has
}

/// Receives a message that has to come and to be this one.
#[track_caller]
pub(crate) fn expect<K: Receives>(socket: &Socket<K>, frames: impl Into<Multipart>) {
    assert_eq!(take_all(socket).unwrap(), frames.into());
}

/// Sends a message that is not to arrive. Where the peer has turned the socket away already there is nobody to send to.
pub(crate) fn knock<K: Sends>(socket: &Socket<K>) {
    let _ = socket.try_send("let me in");
}

/// Asserts that nothing is there to be received.
#[track_caller]
pub(crate) fn expect_nothing<K: Receives>(socket: &Socket<K>) {
    assert_eq!(socket.try_recv_multipart().unwrap(), None);
}

/// Sends a message there and another back, and asserts that both arrive as they are.
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

/// Waits until a socket is ready, or is not ready any more.
#[track_caller]
pub(crate) fn until_writable<K: Kind>(socket: &Socket<K>, writable: bool) {
    eventually("the socket is writable, or is not", || socket.events().unwrap().is_writable() == writable);
}

/// Waits until one of `sockets` is readable, and returns its place.
pub(crate) fn readable<K: Receives>(sockets: &[Socket<K>]) -> Result<usize> {
    let mut items: Vec<_> = sockets.iter().map(|socket| PollItem::new(socket, Events::READABLE)).collect();
    assert_ne!(zmq::poll(&mut items, PATIENCE)?, 0, "nothing came to any of {} sockets", sockets.len());
    Ok(items.iter().position(PollItem::is_readable).unwrap_or_default())
}

/// Repeats `send`, which deals a message out to one of `peers`, until each of them got one: so all are connected.
/// `answer` is called with each peer that got a message.
pub(crate) fn meet<K: Receives>(
    peers: &[Socket<K>],
    mut send: impl FnMut() -> Result<()>,
    mut answer: impl FnMut(&Socket<K>) -> Result<()>,
) -> Result<()> {
    let mut met = vec![false; peers.len()];
    let start = Instant::now();
    while met.contains(&false) {
        assert!(start.elapsed() < PATIENCE, "a peer was never met: {met:?}");
        send()?;
        let peer = readable(peers)?;
        take_all(&peers[peer])?;
        answer(&peers[peer])?;
        met[peer] = true;
    }
    Ok(())
}

/// Sends until the socket would block, and returns how many messages it took, `most` at most.
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

/// Receives what is there, and returns how many messages that were.
pub(crate) fn drain<K: Receives>(socket: &Socket<K>) -> Result<usize> {
    let mut count = 0;
    while socket.try_recv_multipart()?.is_some() {
        count += 1;
    }
    Ok(count)
}

/// Asserts that `receiver` takes from each of `senders` before it takes from one of them twice.
///
/// What was sent may still be on its way when the first of it is taken, so that some rounds say nothing: a socket that
/// is fair has a fair round soon, one that is not never has.
pub(crate) fn takes_turns<S: Sends, R: Receives>(senders: &[Socket<S>], receiver: &Socket<R>) -> Result<()> {
    let mut fair = false;
    let start = Instant::now();
    while !fair {
        assert!(start.elapsed() < PATIENCE, "no round is fair");
        for (number, sender) in (0_u8..).zip(senders) {
            sender.send([number])?;
            sender.send([number])?;
        }
        // It has libzmq look at every connection, which a receive leaves for later where one is known to have something.
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

/// Receives an event that has to come.
pub(crate) fn next_event(monitor: &Monitor) -> Result<MonitorEvent> {
    Ok(monitor.recv_timeout(PATIENCE)?.unwrap_or_else(|| panic!("no event came to {monitor:?}")))
}

/// Receives events that have to come, and to be of these kinds.
#[track_caller]
pub(crate) fn expect_events<const N: usize>(monitor: &Monitor, kinds: [MonitorEventKind; N]) {
    for kind in kinds {
        assert_eq!(next_event(monitor).unwrap().kind(), kind);
    }
}

/// Sets an option of libzmq's draft API where this libzmq has it, and returns whether it has; the usual builds have not.
///
/// # Safety
/// That of [`Socket::set_raw_option`].
pub(crate) unsafe fn set_draft<K: Kind>(socket: &Socket<K>, option: c_int, value: &[u8]) -> Result<bool> {
    // SAFETY: as the caller guarantees.
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
