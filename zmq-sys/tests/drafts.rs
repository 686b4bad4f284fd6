//! The faults of draft sockets and of UDP that the vendored libzmq fixes, tested through the C API.
//!
//! To run the tests: `cargo test -p zmq-sys --features vendored,draft --test drafts`. With `ZMQ_VENDORED_UNPATCHED=1`,
//! each test fails, most of them by an abort.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::ptr;
use std::time::{Duration, Instant};

use zmq_sys::*;

const PATIENCE: Duration = Duration::from_secs(10);

/// A context with one socket.
struct Socket {
    context: *mut c_void,
    socket: *mut c_void,
}

impl Socket {
    fn new(kind: c_int) -> Self {
        // SAFETY: the function takes no arguments.
        let context = unsafe { zmq_ctx_new() };
        // SAFETY: libzmq checks the context.
        let socket = unsafe { zmq_socket(context, kind) };
        assert!(!socket.is_null());
        let socket = Self { context, socket };
        socket.set(ZMQ_RCVTIMEO, PATIENCE.as_millis() as c_int);
        socket.set(ZMQ_LINGER, 0);
        socket
    }

    fn set(&self, option: c_int, value: c_int) {
        // SAFETY: the socket is open, and the value is an int that outlives the call.
        let code = unsafe { zmq_setsockopt(self.socket, option, (&raw const value).cast(), size_of::<c_int>()) };
        assert_eq!(code, 0, "option {option}");
    }

    fn bind(&self, endpoint: &str) {
        let text = CString::new(endpoint).unwrap();
        // SAFETY: the socket is open, and the text is NUL-terminated.
        assert_eq!(unsafe { zmq_bind(self.socket, text.as_ptr()) }, 0, "{endpoint}");
    }

    /// Binds to a free TCP port, and connects to it.
    fn tcp_peer(&self) -> TcpStream {
        self.bind("tcp://127.0.0.1:*");
        let mut endpoint = [0_u8; 64];
        let mut len = endpoint.len();
        // SAFETY: the socket is open, and the length is that of the buffer.
        let code =
            unsafe { zmq_getsockopt(self.socket, ZMQ_LAST_ENDPOINT, endpoint.as_mut_ptr().cast(), &raw mut len) };
        assert_eq!(code, 0);
        let endpoint = CStr::from_bytes_until_nul(&endpoint).unwrap().to_str().unwrap();
        let peer = TcpStream::connect(endpoint.strip_prefix("tcp://").unwrap()).unwrap();
        peer.set_read_timeout(Some(PATIENCE)).unwrap();
        peer
    }

    fn join(&self, group: &CStr) {
        // SAFETY: the socket is open, and the group is NUL-terminated.
        assert_eq!(unsafe { zmq_join(self.socket, group.as_ptr()) }, 0);
    }

    /// Sends a frame, and returns the errno if that fails.
    fn send(&self, bytes: &[u8], flags: c_int) -> Result<(), c_int> {
        // SAFETY: the socket is open, and the length is that of the bytes.
        match unsafe { zmq_send(self.socket, bytes.as_ptr().cast(), bytes.len(), flags | ZMQ_DONTWAIT) } {
            -1 => Err(errno()),
            _ => Ok(()),
        }
    }

    /// Sends a message to a group.
    fn send_to(&self, group: &CStr, bytes: &[u8]) {
        let mut message = message(bytes);
        assert_eq!(set_group(&mut message, group.as_ptr()), 0);
        // SAFETY: the message is initialised, and the socket, which is open, takes its ownership.
        assert_ne!(unsafe { zmq_msg_send(&raw mut message, self.socket, 0) }, -1);
    }

    fn receive(&self) -> Vec<u8> {
        let mut bytes = vec![0; 100];
        // SAFETY: the socket is open, and the length is that of the buffer.
        let len = unsafe { zmq_recv(self.socket, bytes.as_mut_ptr().cast(), bytes.len(), 0) };
        bytes.truncate(len.try_into().expect("nothing came"));
        bytes
    }

    fn writable(&self) -> bool {
        let mut events: c_int = 0;
        let mut len = size_of::<c_int>();
        // SAFETY: the socket is open, and the buffer has room for an int.
        assert_eq!(unsafe { zmq_getsockopt(self.socket, ZMQ_EVENTS, (&raw mut events).cast(), &raw mut len) }, 0);
        events & ZMQ_POLLOUT != 0
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // SAFETY: `new` opened the socket, and it is closed only once.
        unsafe { zmq_close(self.socket) };
        // SAFETY: `new` created the context, and its socket is closed.
        unsafe { zmq_ctx_term(self.context) };
    }
}

fn errno() -> c_int {
    // SAFETY: the function takes no arguments.
    unsafe { zmq_errno() }
}

fn message(bytes: &[u8]) -> zmq_msg_t {
    let mut message = std::mem::MaybeUninit::uninit();
    // SAFETY: the pointer is valid for writing a message, and the length is that of the bytes.
    let code = unsafe { zmq_msg_init_buffer(message.as_mut_ptr(), bytes.as_ptr().cast(), bytes.len()) };
    assert_eq!(code, 0);
    // SAFETY: the call succeeded.
    unsafe { message.assume_init() }
}

fn set_group(message: &mut zmq_msg_t, group: *const c_char) -> c_int {
    // SAFETY: the message is initialised, and the group is null or NUL-terminated.
    unsafe { zmq_msg_set_group(message, group) }
}

fn close(mut message: zmq_msg_t) {
    // SAFETY: the message is initialised, and is closed only once.
    assert_eq!(unsafe { zmq_msg_close(&raw mut message) }, 0);
}

/// Returns a UDP port that was free a moment ago.
fn udp_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn udp_peer() -> (UdpSocket, u16) {
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    peer.set_read_timeout(Some(PATIENCE)).unwrap();
    let port = peer.local_addr().unwrap().port();
    (peer, port)
}

/// Completes the handshake of a socket of this kind, without security.
fn shake_hands(peer: &mut TcpStream, kind: &str) {
    let mut greeting = b"\xFF\0\0\0\0\0\0\0\x01\x7F\x03\x01NULL".to_vec();
    greeting.resize(64, 0);
    peer.write_all(&greeting).unwrap();
    let ready = [b"\x05READY\x0BSocket-Type\0\0\0", &[kind.len() as u8][..], kind.as_bytes()].concat();
    peer.write_all(&[&[4, ready.len() as u8], &ready[..]].concat()).unwrap();
    peer.read_exact(&mut [0; 64]).unwrap();
    let mut header = [0; 2];
    peer.read_exact(&mut header).unwrap();
    peer.read_exact(&mut vec![0; header[1].into()]).unwrap();
}

#[test]
fn udp_group_length_is_never_more_than_a_datagram_has() {
    let (dish, port) = (Socket::new(ZMQ_DISH), udp_port());
    dish.join(c"A");
    dish.bind(&format!("udp://127.0.0.1:{port}"));
    let (peer, _) = udp_peer();
    let start = Instant::now();
    // Another thread binds the socket, some time later.
    dish.set(ZMQ_RCVTIMEO, 20);
    loop {
        for wrong in [&b"\x80A"[..], b"\xFF", b"\x05A", b""] {
            peer.send_to(wrong, ("127.0.0.1", port)).unwrap();
        }
        peer.send_to(b"\x01Ahello", ("127.0.0.1", port)).unwrap();
        let mut bytes = [0_u8; 10];
        // SAFETY: the socket is open, and the length is that of the buffer.
        let len = unsafe { zmq_recv(dish.socket, bytes.as_mut_ptr().cast(), bytes.len(), 0) };
        if len != -1 {
            assert_eq!(&bytes[..5], b"hello");
            break;
        }
        assert!(start.elapsed() < PATIENCE, "nothing came");
    }
}

#[test]
fn udp_big_send_is_dropped() {
    let (peer, port) = udp_peer();
    let mut bytes = [0; 20_000];

    let dgram = Socket::new(ZMQ_DGRAM);
    dgram.bind("udp://127.0.0.1:*");
    let radio = Socket::new(ZMQ_RADIO);
    let endpoint = CString::new(format!("udp://127.0.0.1:{port}")).unwrap();
    // SAFETY: the socket is open, and the text is NUL-terminated.
    assert_eq!(unsafe { zmq_connect(radio.socket, endpoint.as_ptr()) }, 0);

    for body in [&[1; 9000][..], b"small"] {
        dgram.send(format!("127.0.0.1:{port}").as_bytes(), ZMQ_SNDMORE).unwrap();
        dgram.send(body, 0).unwrap();
    }
    let len = peer.recv(&mut bytes).unwrap();
    assert_eq!(&bytes[..len], b"small");
    // With the group and its length, this is one byte too many.
    for body in [&[1; 8190][..], b"small"] {
        radio.send_to(c"AB", body);
    }
    let len = peer.recv(&mut bytes).unwrap();
    assert_eq!(&bytes[..len], b"\x02ABsmall");
}

#[test]
fn udp_dgram_ipv6_is_not_bound() {
    let (dgram, port) = (Socket::new(ZMQ_DGRAM), udp_port());
    dgram.set(ZMQ_IPV6, 1);
    dgram.bind(&format!("udp://*:{port}"));
    let (peer, from) = udp_peer();
    dgram.set(ZMQ_RCVTIMEO, 20);
    let start = Instant::now();
    loop {
        peer.send_to(b"hello", ("127.0.0.1", port)).unwrap();
        let mut address = [0_u8; 40];
        // SAFETY: the socket is open, and the length is that of the buffer.
        let len = unsafe { zmq_recv(dgram.socket, address.as_mut_ptr().cast(), address.len(), 0) };
        if let Ok(len) = usize::try_from(len) {
            // The address is NUL-terminated.
            assert_eq!(&address[..len - 1], format!("127.0.0.1:{from}").as_bytes());
            break;
        }
        assert!(start.elapsed() < PATIENCE, "nothing came");
    }
    assert_eq!(dgram.receive(), b"hello");
}

#[test]
fn dgram_unbound_send_leaves_the_message() {
    let dgram = Socket::new(ZMQ_DGRAM);
    assert_eq!(dgram.send(b"127.0.0.1:5555", ZMQ_SNDMORE), Err(libc::ENOTCONN));
    let mut message = message(b"127.0.0.1:5555");
    // SAFETY: the message is initialised, and stays initialised if it is not sent.
    let sent = unsafe { zmq_msg_send(&raw mut message, dgram.socket, ZMQ_SNDMORE | ZMQ_DONTWAIT) };
    assert_eq!((sent, errno()), (-1, libc::ENOTCONN));
    // SAFETY: the message is initialised.
    assert_eq!(unsafe { zmq_msg_size(&raw const message) }, 14);
    close(message);
}

#[test]
fn dgram_half_message_is_discarded_with_its_port() {
    let (dgram, port) = (Socket::new(ZMQ_DGRAM), udp_port());
    let endpoint = format!("udp://127.0.0.1:{port}");
    dgram.bind(&endpoint);
    dgram.send(b"127.0.0.1:5555", ZMQ_SNDMORE).unwrap();
    let text = CString::new(endpoint).unwrap();
    // SAFETY: the socket is open, and the text is NUL-terminated.
    assert_eq!(unsafe { zmq_unbind(dgram.socket, text.as_ptr()) }, 0);
    let (peer, to) = udp_peer();
    let start = Instant::now();
    // The socket cannot bind to another port until another thread has closed the first one.
    while !dgram.writable() {
        assert!(start.elapsed() < PATIENCE, "the socket stays bound");
        dgram.bind("udp://127.0.0.1:*");
    }
    // A body without an address is refused.
    assert_eq!(dgram.send(b"body", 0), Err(libc::EINVAL));
    dgram.send(format!("127.0.0.1:{to}").as_bytes(), ZMQ_SNDMORE).unwrap();
    dgram.send(b"hello", 0).unwrap();
    let mut bytes = [0; 10];
    let len = peer.recv(&mut bytes).unwrap();
    assert_eq!(&bytes[..len], b"hello");
}

#[test]
fn msg_set_group_twice_replaces_the_first() {
    const LONG: &CStr = c"a group of more than fourteen bytes";
    let mut message = message(b"hello");
    for group in [LONG, c"short", LONG, LONG, c"", c"short"] {
        assert_eq!(set_group(&mut message, group.as_ptr()), 0);
        for _ in 0..2 {
            // SAFETY: the message is initialised.
            let own = unsafe { zmq_msg_group(&raw mut message) };
            // SAFETY: a group is NUL-terminated, and valid until the next one is set.
            assert_eq!(unsafe { CStr::from_ptr(own) }, group);
            // Setting the group to its current value works too.
            assert_eq!(set_group(&mut message, own), 0);
        }
    }
    close(message);
}

#[test]
fn null_group_is_refused() {
    let dish = Socket::new(ZMQ_DISH);
    let mut message = message(b"hello");
    // SAFETY: the socket is open, and libzmq refuses the null pointer.
    assert_eq!((unsafe { zmq_join(dish.socket, ptr::null()) }, errno()), (-1, libc::EINVAL));
    // SAFETY: as above.
    assert_eq!((unsafe { zmq_leave(dish.socket, ptr::null()) }, errno()), (-1, libc::EINVAL));
    assert_eq!((set_group(&mut message, ptr::null()), errno()), (-1, libc::EINVAL));
    close(message);
}

#[test]
fn radio_long_join_ends_its_connection() {
    let radio = Socket::new(ZMQ_RADIO);
    let mut peer = radio.tcp_peer();
    shake_hands(&mut peer, "DISH");
    let join = [&b"\x04JOIN"[..], &[b'x'; 300]].concat();
    peer.write_all(&[&[6][..], &(join.len() as u64).to_be_bytes(), &join].concat()).unwrap();
    // Waits until the connection is closed.
    peer.read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn dish_command_is_no_group() {
    let dish = Socket::new(ZMQ_DISH);
    dish.join(c"A");
    let mut peer = dish.tcp_peer();
    shake_hands(&mut peer, "RADIO");
    peer.write_all(b"\x04\x07\x04PING\0\0\x01\x01A\0\x05hello").unwrap();
    assert_eq!(dish.receive(), b"hello");
}

#[test]
fn dish_group_frame_without_a_name_waits_for_a_full_socket() {
    let dish = Socket::new(ZMQ_DISH);
    dish.set(ZMQ_RCVHWM, 1);
    dish.join(c"");
    let mut peer = dish.tcp_peer();
    shake_hands(&mut peer, "RADIO");
    for body in 0..10 {
        peer.write_all(&[1, 0, 0, 1, body]).unwrap();
    }
    for body in 0..10 {
        assert_eq!(dish.receive(), [body]);
    }
}
