//! UDP, groups and datagrams. If the safe API prevents a fault, the test calls the C API.

use std::ffi::{CStr, c_char};
use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::ptr;
use std::time::{Duration, Instant};

use zmq::{Context, Dgram, Dish, Errno, Kind, Message, Radio, Result, Socket, sys};

use crate::c;
use crate::common::{
    PATIENCE, context, eventually, in_child, pair, pass_through_the_io_thread, process_commands, take, this_test,
};

/// The interval between two datagrams to a socket that may not be bound yet.
const AGAIN: Duration = Duration::from_millis(20);

fn errno() -> Errno {
    // SAFETY: the function takes no arguments.
    Errno::from_raw(unsafe { sys::zmq_errno() })
}

fn raw_message(bytes: &[u8]) -> sys::zmq_msg_t {
    let mut message = std::mem::MaybeUninit::uninit();
    // SAFETY: the pointer is valid for writing a message, and the length is that of the bytes.
    let code = unsafe { sys::zmq_msg_init_buffer(message.as_mut_ptr(), bytes.as_ptr().cast(), bytes.len()) };
    assert_eq!(code, 0);
    // SAFETY: the call succeeded.
    unsafe { message.assume_init() }
}

fn set_group(message: &mut sys::zmq_msg_t, group: *const c_char) -> i32 {
    // SAFETY: the message is initialised, and the group is null or NUL-terminated.
    unsafe { sys::zmq_msg_set_group(message, group) }
}

fn close(mut message: sys::zmq_msg_t) {
    // SAFETY: the message is initialised, and is closed only once.
    assert_eq!(unsafe { sys::zmq_msg_close(&raw mut message) }, 0);
}

/// Sends a frame by the C API, without blocking.
fn send<K: Kind>(socket: &Socket<K>, bytes: &[u8], flags: i32) -> std::result::Result<(), Errno> {
    // SAFETY: the socket is open and used by this thread only, and the length is that of the bytes.
    match unsafe { sys::zmq_send(socket.as_ptr(), bytes.as_ptr().cast(), bytes.len(), flags | sys::ZMQ_DONTWAIT) } {
        -1 => Err(errno()),
        _ => Ok(()),
    }
}

/// Sends a message to a group by the C API.
fn send_to_group(radio: &Socket<Radio>, group: &CStr, bytes: &[u8]) {
    let mut message = raw_message(bytes);
    assert_eq!(set_group(&mut message, group.as_ptr()), 0);
    // SAFETY: the message is initialised, and the socket, which is open, takes its ownership.
    assert_ne!(unsafe { sys::zmq_msg_send(&raw mut message, radio.as_ptr(), 0) }, -1);
}

/// Returns a UDP socket and its port.
fn udp_peer() -> (UdpSocket, u16) {
    let peer = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    peer.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let port = peer.local_addr().expect("an address").port();
    (peer, port)
}

fn received(peer: &UdpSocket) -> Vec<u8> {
    let mut bytes = vec![0; 20_000];
    let len = peer.recv(&mut bytes).expect("a datagram");
    bytes.truncate(len);
    bytes
}

/// Connects to a socket that listens on TCP, and completes the handshake of a socket of this type.
fn tcp_peer<K: Kind>(socket: &Socket<K>, socket_type: &str) -> Result<TcpStream> {
    let endpoint = socket.bind("tcp://127.0.0.1:*")?;
    let mut peer = TcpStream::connect(endpoint.address()).expect("a connection");
    peer.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let mut greeting = b"\xFF\0\0\0\0\0\0\0\x01\x7F\x03\x01NULL".to_vec();
    greeting.resize(64, 0);
    let ready = [b"\x05READY\x0BSocket-Type\0\0\0", &[socket_type.len() as u8][..], socket_type.as_bytes()].concat();
    peer.write_all(&[&greeting[..], &[4, ready.len() as u8], &ready[..]].concat()).expect("a handshake");
    let mut header = [0; 66];
    peer.read_exact(&mut header).expect("a greeting");
    peer.read_exact(&mut vec![0; header[65].into()]).expect("a handshake");
    Ok(peer)
}

/// Receives a message, while `send` sends it again and again.
fn take_resent(dish: &Socket<Dish>, mut send: impl FnMut()) -> Result<Message> {
    let start = Instant::now();
    loop {
        send();
        if let Some(message) = dish.recv_timeout(AGAIN)? {
            return Ok(message);
        }
        assert!(start.elapsed() < PATIENCE, "nothing arrived");
    }
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn udp_group_length_is_never_more_than_a_datagram_has() -> Result<()> {
    let context = context()?;
    let dish = context.socket(Dish)?;
    dish.join("A")?;
    let endpoint = dish.bind("udp://127.0.0.1:*")?;
    let (peer, _) = udp_peer();
    let message = take_resent(&dish, || {
        for datagram in [&b"\x80A"[..], b"\xFF", b"\x05A", b"", b"\x01Ahello"] {
            peer.send_to(datagram, endpoint.address()).expect("a sent datagram");
        }
    })?;
    assert_eq!((message.group(), &*message), (Some("A"), &b"hello"[..]));
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn udp_big_send_is_dropped() -> Result<()> {
    let context = context()?;
    let (peer, port) = udp_peer();
    let dgram = context.socket(Dgram)?;
    dgram.bind("udp://127.0.0.1:*")?;
    for body in [&[1; 60_000][..], b"small"] {
        send(&dgram, format!("127.0.0.1:{port}").as_bytes(), sys::ZMQ_SNDMORE).expect("a sent address");
        send(&dgram, body, 0).expect("a sent body");
    }
    assert_eq!(received(&peer), b"small");

    let radio = context.socket(Radio)?;
    radio.connect(format!("udp://127.0.0.1:{port}"))?;
    // With the group and its length, this is one byte too many.
    for body in [&[1; 8190][..], b"small"] {
        send_to_group(&radio, c"AB", body);
    }
    assert_eq!(received(&peer), b"\x02ABsmall");
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn udp_would_block_the_socket_stays_bound() -> Result<()> {
    let context = context()?;
    let dish = context.socket(Dish)?;
    // Without reconnections, a connection that ended stays ended.
    dish.set_recv_hwm(1)?.set_reconnect_interval(None)?.join("A")?;
    let endpoint = dish.bind("udp://127.0.0.1:*")?;
    let (peer, _) = udp_peer();
    let send = |body: &str| drop(peer.send_to(format!("\x01A{body}").as_bytes(), endpoint.address()));
    assert_eq!(take_resent(&dish, || send("bound"))?, "bound");
    for _ in 0..10 {
        // The queue of the socket has room for the first one. The second one makes libzmq stop reading.
        send("queued");
        send("dropped");
        pass_through_the_io_thread(&context)?;
        pass_through_the_io_thread(&context)?;
        // Now libzmq reads again, and finds nothing.
        while dish.recv_timeout(AGAIN)?.is_some() {}
    }
    assert_eq!(take_resent(&dish, || send("still bound"))?, "still bound");
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn udp_no_descriptor_ends_the_connection() {
    in_child(this_test!(), || {
        let context = context().expect("a context");
        let radio = context.socket(Radio).expect("a socket");
        let (sink, source) = pair(&context, "tcp", (zmq::Pull, zmq::Push)).expect("two sockets");
        source.send("connected").expect("a sent message");
        assert_eq!(take(&sink).expect("a message"), "connected");
        let mut all = Vec::new();
        while let Ok(one) = UnixDatagram::unbound() {
            all.push(one);
        }
        assert_eq!(c::connect(&radio, "udp://127.0.0.1:5555"), Ok(()));
        // The message passes through the I/O thread, which opens the socket before.
        source.send("alive").expect("a sent message");
        assert_eq!(take(&sink).expect("a message"), "alive");
        drop(all);
    });
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn udp_send_refused_the_socket_stays_bound() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Dgram)?;
    // Without reconnections, a connection that ended stays ended.
    socket.set_reconnect_interval(None)?.bind("udp://127.0.0.1:*")?;
    // The broadcast address of the loopback network, to which the system sends nothing without a further option.
    socket.send_datagram(([127, 255, 255, 255], 9), "refused")?;
    pass_through_the_io_thread(&context)?;
    let (peer, _) = udp_peer();
    socket.send_datagram(peer.local_addr().expect("an address"), "sent")?;
    assert_eq!(received(&peer), b"sent");
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn udp_dgram_ipv6_is_not_bound() -> Result<()> {
    let context = Context::builder().linger(Duration::ZERO).ipv6(true).build()?;
    let dgram = context.socket(Dgram)?;
    let (peer, from) = udp_peer();
    let port = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("an address").port();
    assert_eq!(c::bind(&dgram, &format!("udp://*:{port}")), Ok(()));
    let start = Instant::now();
    let datagram = loop {
        peer.send_to(b"hello", ("127.0.0.1", port)).expect("a sent datagram");
        if let Some(datagram) = dgram.recv_datagram_timeout(AGAIN)? {
            break datagram;
        }
        assert!(start.elapsed() < PATIENCE, "nothing arrived");
    };
    assert_eq!((datagram.address, datagram.body), (([127, 0, 0, 1], from).into(), "hello".into()));
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn udp_unbind_finds_the_endpoint() -> Result<()> {
    let context = context()?;
    let dish = context.socket(Dish)?;
    let endpoint = dish.bind("udp://127.0.0.1:*")?;
    dish.unbind(&endpoint)?;
    // The I/O thread closes the socket of the system, after commands in both directions.
    eventually("the port is free", || {
        process_commands(&dish);
        UdpSocket::bind(endpoint.address()).is_ok()
    });
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn dgram_unbound_send_leaves_the_message() -> Result<()> {
    let context = context()?;
    let dgram = context.socket(Dgram)?;
    assert_eq!(send(&dgram, b"127.0.0.1:5555", sys::ZMQ_SNDMORE), Err(Errno::ENOTCONN));
    let mut message = raw_message(b"127.0.0.1:5555");
    // SAFETY: the message is initialised, and stays initialised if it is not sent.
    let sent = unsafe { sys::zmq_msg_send(&raw mut message, dgram.as_ptr(), sys::ZMQ_SNDMORE) };
    assert_eq!((sent, errno()), (-1, Errno::ENOTCONN));
    // SAFETY: the message is initialised.
    assert_eq!(unsafe { sys::zmq_msg_size(&raw const message) }, 14);
    close(message);
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn dgram_half_message_is_discarded_with_its_endpoint() -> Result<()> {
    let context = context()?;
    let dgram = context.socket(Dgram)?;
    let endpoint = dgram.bind("udp://127.0.0.1:*")?;
    send(&dgram, b"127.0.0.1:5555", sys::ZMQ_SNDMORE).expect("a sent address");
    dgram.unbind(&endpoint)?;
    // The socket cannot bind to another port until the I/O thread has closed the first one.
    eventually("the socket is bound again", || {
        c::bind(&dgram, "udp://127.0.0.1:*") == Ok(()) && process_commands(&dgram).0
    });
    // A body without an address is refused.
    assert_eq!(send(&dgram, b"body", 0), Err(Errno::EINVAL));
    let (peer, port) = udp_peer();
    send(&dgram, format!("127.0.0.1:{port}").as_bytes(), sys::ZMQ_SNDMORE).expect("a sent address");
    send(&dgram, b"hello", 0).expect("a sent body");
    assert_eq!(received(&peer), b"hello");
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn msg_set_group_twice_replaces_the_first() {
    const LONG: &CStr = c"a group of more than fourteen bytes";
    let mut message = raw_message(b"hello");
    for group in [LONG, c"short", LONG, LONG, c"", c"short"] {
        assert_eq!(set_group(&mut message, group.as_ptr()), 0);
        for _ in 0..2 {
            // SAFETY: the message is initialised.
            let own = unsafe { sys::zmq_msg_group(&raw mut message) };
            // SAFETY: a group is NUL-terminated, and valid until the next one is set.
            assert_eq!(unsafe { CStr::from_ptr(own) }, group);
            // Setting the group to its current value works too.
            assert_eq!(set_group(&mut message, own), 0);
        }
    }
    close(message);
}

/// Joins a group by the C API.
fn join(dish: &Socket<Dish>, group: &CStr) {
    // SAFETY: the socket is open, and the group is NUL-terminated.
    assert_eq!(unsafe { sys::zmq_join(dish.as_ptr(), group.as_ptr()) }, 0);
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn group_shared_every_dish_gets_a_group_of_its_own() {
    const LONG: &CStr = c"a group of more than fourteen bytes";
    in_child(this_test!(), || {
        let context = context().unwrap();
        let (one, two) = (context.socket(Radio).unwrap(), context.socket(Radio).unwrap());
        one.set_send_hwm(100).unwrap();
        let endpoints = [one.bind("inproc://one").unwrap(), two.bind("inproc://two").unwrap()];
        let dishes: Vec<_> = (0..3).map(|_| context.socket(Dish).unwrap()).collect();
        for (dish, hwm) in dishes.iter().zip([100, 100, 1000]) {
            dish.set_recv_hwm(hwm).unwrap();
            for endpoint in &endpoints {
                dish.connect(endpoint).unwrap();
            }
            join(dish, LONG);
        }
        process_commands(&one);
        process_commands(&two);
        for len in [0, 20, 100, 5000] {
            for _ in 0..1500 {
                send_to_group(&one, LONG, &vec![b'x'; len]);
            }
            for dish in &dishes {
                while let Some(message) = dish.try_recv().unwrap() {
                    assert_eq!((message.group_bytes(), message.len()), (Some(LONG.to_bytes()), len));
                }
            }
        }
    });
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn null_group_is_refused() -> Result<()> {
    let context = context()?;
    let dish = context.socket(Dish)?;
    let mut message = raw_message(b"hello");
    // SAFETY: the socket is open, and libzmq refuses the null pointer.
    assert_eq!((unsafe { sys::zmq_join(dish.as_ptr(), ptr::null()) }, errno()), (-1, Errno::EINVAL));
    // SAFETY: as above.
    assert_eq!((unsafe { sys::zmq_leave(dish.as_ptr(), ptr::null()) }, errno()), (-1, Errno::EINVAL));
    assert_eq!((set_group(&mut message, ptr::null()), errno()), (-1, Errno::EINVAL));
    close(message);
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn radio_long_join_ends_its_connection() -> Result<()> {
    let context = context()?;
    let radio = context.socket(Radio)?;
    let mut peer = tcp_peer(&radio, "DISH")?;
    let join = [&b"\x04JOIN"[..], &[b'x'; 300]].concat();
    peer.write_all(&[&[6][..], &(join.len() as u64).to_be_bytes(), &join].concat()).expect("a sent command");
    // Blocks until the connection is closed.
    peer.read_to_end(&mut Vec::new()).expect("the end");
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn radio_join_twice_is_left_once() -> Result<()> {
    let context = context()?;
    let radio = context.socket(Radio)?;
    let mut peer = tcp_peer(&radio, "DISH")?;
    let joins = b"\x04\x06\x04JOINA\x04\x06\x04JOINA\x04\x07\x05LEAVEA\x04\x06\x04JOINB";
    peer.write_all(joins).expect("sent commands");
    peer.set_read_timeout(Some(AGAIN)).expect("a timeout");
    let mut first = [0; 6];
    eventually("the radio knows the last group", || {
        send_to_group(&radio, c"A", b"A");
        send_to_group(&radio, c"B", b"B");
        peer.peek(&mut first).is_ok_and(|len| len == first.len())
    });
    assert_eq!(&first, b"\x01\x01B\0\x01B");
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn dish_group_frame_without_a_name_waits_for_a_full_socket() -> Result<()> {
    let context = context()?;
    let dish = context.socket(Dish)?;
    dish.set_recv_hwm(1)?.join("A")?;
    let mut peer = tcp_peer(&dish, "RADIO")?;
    for body in 0..10 {
        peer.write_all(&[1, 0, 0, 1, body]).expect("a message without a group");
        peer.write_all(&[1, 1, b'A', 0, 1, body]).expect("a message");
    }
    for body in 0..10 {
        assert_eq!(take(&dish)?, [body]);
    }
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn dish_command_is_no_group() -> Result<()> {
    let context = context()?;
    let dish = context.socket(Dish)?;
    dish.join("A")?;
    let mut peer = tcp_peer(&dish, "RADIO")?;
    peer.write_all(b"\x04\x07\x04PING\0\0\x01\x01A\0\x05hello").expect("a heartbeat and a message");
    assert_eq!(take(&dish)?, "hello");
    Ok(())
}
