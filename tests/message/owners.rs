//! Owners of bytes: each is dropped exactly once, regardless of the fate of its message, and may do anything in its
//! `Drop`.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ThreadId};
use std::time::Duration;

use zmq::abilities::Sends;
use zmq::{
    Any, Context, ErrorKind, Message, Pair, Pub, Pull, Push, Req, Result, Router, SendError, Socket, SocketType,
    Stream, XPub,
};

use crate::common::{
    PATIENCE, context, dead_endpoint, eventually, free, in_child, in_time, pair, process_commands, take, this_test,
};

/// Bytes that run a closure when they are dropped.
struct Owner<F: FnMut()> {
    bytes: Vec<u8>,
    dropped: F,
}

impl<F: FnMut()> AsRef<[u8]> for Owner<F> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl<F: FnMut()> Drop for Owner<F> {
    fn drop(&mut self) {
        (self.dropped)();
    }
}

fn owned(dropped: impl FnMut() + Send + 'static) -> Message {
    Message::from_owner(Owner { bytes: vec![b'x'; 1000], dropped })
}

/// A counter of dropped owners.
#[derive(Clone, Default)]
struct Drops(Arc<AtomicUsize>);

impl Drops {
    fn message(&self) -> Message {
        owned(self.count_up())
    }

    /// Returns a closure for an owner's drop that increments the counter.
    fn count_up(&self) -> impl FnMut() + Send + 'static {
        let count = Arc::clone(&self.0);
        move || {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Waits until `count` owners are dropped, because libzmq's threads may drop them.
    fn eventually(&self, count: usize) {
        eventually("the owners are dropped", || self.count() >= count);
        assert_eq!(self.count(), count);
    }
}

#[test]
fn an_owner_is_dropped_with_its_message() {
    let drops = Drops::default();
    let message = drops.message();
    assert_eq!((message.len(), drops.count()), (1000, 0));
    drop(message);
    assert_eq!(drops.count(), 1);
}

#[test]
fn an_owner_of_few_bytes_is_dropped_after_the_copy() {
    for len in [0, 1, Message::COPY_MAX] {
        let drops = Drops::default();
        let message = Message::from_owner(Owner { bytes: vec![b'x'; len], dropped: drops.count_up() });
        assert_eq!(drops.count(), 1);
        assert_eq!(message, vec![b'x'; len]);
        drop(message);
        assert_eq!(drops.count(), 1);
    }
}

#[test]
fn an_owner_is_dropped_with_the_last_message_that_shares_it() {
    let drops = Drops::default();
    let mut first = drops.message();
    let second = first.share();
    let mut third = first.share();
    drop(first);
    drop(second);
    assert_eq!(drops.count(), 0);
    // The message has its own copy now and does not need the owner.
    third.make_mut()[0] = b'y';
    assert_eq!(drops.count(), 1);
    assert_eq!(third[..2], *b"yx");
}

#[test]
fn an_owner_is_dropped_once_after_its_message_was_received() -> Result<()> {
    for transport in ["inproc", "tcp", "ipc"] {
        let (sink, source) = pair(&context()?, transport, (Pull, Push))?;
        let drops = Drops::default();
        for _ in 0..10 {
            source.send(drops.message())?;
        }
        for _ in 0..10 {
            assert_eq!(take(&sink)?, vec![b'x'; 1000], "{transport}");
        }
        drops.eventually(10);
        drop((sink, source));
        assert_eq!(drops.count(), 10);
    }
    Ok(())
}

#[test]
fn a_failed_send_returns_the_owner() -> Result<()> {
    let drops = Drops::default();
    let source = context()?.socket(Push)?;
    type Send = fn(&Socket<Push>, Message) -> std::result::Result<(), SendError<Message>>;
    let sends: [Send; 3] = [
        |source, message| source.try_send(message),
        |source, message| source.send_timeout(message, Duration::from_millis(1)),
        |source, message| source.send_more(message),
    ];
    source.set_send_timeout(Some(Duration::ZERO))?;
    for (index, send) in sends.into_iter().enumerate() {
        let refused = send(&source, drops.message()).unwrap_err();
        assert_eq!((refused.message.len(), drops.count()), (1000, index));
        drop(refused);
        assert_eq!(drops.count(), index + 1);
    }
    let refused = source.try_send_multipart([drops.message(), drops.message()]).unwrap_err();
    assert_eq!((refused.message.len(), drops.count()), (2, 3));
    drop(refused);
    assert_eq!(drops.count(), 5);
    source.context().shutdown();
    assert!(source.send(drops.message()).is_err());
    assert_eq!(drops.count(), 6);
    Ok(())
}

#[test]
fn owners_of_undelivered_messages_are_dropped_with_socket_and_context() -> Result<()> {
    for endpoint in [dead_endpoint()?.to_string(), free("inproc")] {
        let drops = Drops::default();
        let context = context()?;
        let source = context.socket(Push)?;
        source.connect(&endpoint)?;
        for _ in 0..10 {
            source.send(drops.message())?;
        }
        source.send_more(drops.message())?;
        assert_eq!(drops.count(), 0, "{endpoint}");
        drop(source);
        in_time(move || drop(context));
        drops.eventually(11);
    }
    Ok(())
}

#[test]
fn owners_of_unreceived_messages_are_dropped_with_socket_and_context() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let drops = Drops::default();
        let context = context()?;
        let (sink, source) = pair(&context, transport, (Pull, Push))?;
        for _ in 0..10 {
            source.send(drops.message())?;
        }
        drop((sink, source));
        in_time(move || drop(context));
        drops.eventually(10);
    }
    Ok(())
}

#[test]
fn owners_of_messages_dropped_by_a_socket_are_dropped() -> Result<()> {
    let context = context()?;
    let drops = Drops::default();
    let unheard: [Socket<Any>; 3] =
        [context.socket(Pub)?.erase(), context.socket(XPub)?.erase(), context.socket(SocketType::Rep)?];
    for (index, socket) in unheard[..2].iter().enumerate() {
        socket.send(drops.message())?;
        assert_eq!(drops.count(), index + 1);
    }
    // A reply to a disconnected peer.
    let client = context.socket(Req)?;
    client.connect(unheard[2].bind(free("inproc"))?)?;
    client.send("question")?;
    assert_eq!(take(&unheard[2])?, "question");
    drop(client);
    unheard[2].send(drops.message())?;
    eventually("the reply is dropped", || {
        // libzmq notices the disconnect during calls on the socket.
        process_commands(&unheard[2]);
        drops.count() == 3
    });
    // No peer has this ID.
    let router = context.socket(Router)?;
    router.send_multipart(("nobody", drops.message()))?;
    drops.eventually(4);
    let stream = context.socket(Stream)?;
    assert!(stream.send_multipart(("nobody", drops.message())).is_err());
    drops.eventually(5);
    Ok(())
}

#[test]
fn an_owner_is_dropped_when_a_receive_overwrites_its_message() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    let drops = Drops::default();
    let mut message = drops.message();
    source.send("next")?;
    sink.recv_into(&mut message)?;
    assert_eq!((drops.count(), message.to_str()?), (1, "next"));
    Ok(())
}

#[test]
fn an_owner_may_be_dropped_on_another_thread() -> Result<()> {
    let (sink, source) = pair(&context()?, "tcp", (Pull, Push))?;
    let (sender, receiver) = std::sync::mpsc::channel::<ThreadId>();
    source.send(owned(move || {
        let _ = sender.send(thread::current().id());
    }))?;
    assert_eq!(take(&sink)?.len(), 1000);
    // Over TCP, an I/O thread drops the owner.
    assert_ne!(receiver.recv_timeout(PATIENCE).ok(), Some(thread::current().id()));
    Ok(())
}

#[test]
fn an_owner_that_panics_in_as_ref_is_dropped() {
    struct Refuses(Drops);
    impl AsRef<[u8]> for Refuses {
        fn as_ref(&self) -> &[u8] {
            panic!("no bytes here")
        }
    }
    impl Drop for Refuses {
        fn drop(&mut self) {
            self.0.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let drops = Drops::default();
    let owner = Refuses(drops.clone());
    assert!(panic::catch_unwind(AssertUnwindSafe(|| Message::from_owner(owner))).is_err());
    assert_eq!(drops.count(), 1);
}

#[test]
fn hazard_msg_ffn_a_panic_in_the_drop_of_an_owner_is_caught() -> Result<()> {
    let panics = || owned(|| panic!("on purpose"));
    drop(panics());
    for transport in ["inproc", "tcp"] {
        let (sink, source) = pair(&context()?, transport, (Pull, Push))?;
        for _ in 0..3 {
            source.send(panics())?;
            source.send("and on")?;
        }
        for _ in 0..3 {
            assert_eq!(take(&sink)?, vec![b'x'; 1000]);
            assert_eq!(take(&sink)?, "and on", "{transport}");
        }
    }
    Ok(())
}

#[test]
fn a_panic_in_the_drop_of_an_owner_is_caught_during_another_unwind() {
    in_child(this_test!(), || {
        let unwound = panic::catch_unwind(|| {
            let _message = owned(|| panic!("the inner one"));
            panic!("the outer one");
        });
        let panic = unwound.unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"the outer one"));
    });
}

#[test]
fn the_value_of_a_panic_in_the_drop_of_an_owner_is_dropped_once() {
    let drops = Drops::default();
    let value = drops.clone();
    drop(owned(move || panic::panic_any(Owner { bytes: Vec::new(), dropped: value.count_up() })));
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_panic_in_the_drop_of_the_value_of_a_panic_is_caught() {
    drop(owned(|| panic::panic_any(Owner { bytes: Vec::new(), dropped: || panic!("on purpose") })));
}

thread_local! {
    static SOCKET: RefCell<Option<Rc<Socket<Pair>>>> = const { RefCell::new(None) };
    static SEEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Creates a message whose owner uses this thread's socket in its drop, and records the error.
fn reentering() -> Message {
    owned(|| {
        let Some(socket) = SOCKET.with_borrow(Clone::clone) else { return };
        let errors = [
            socket.recv().map(drop).unwrap_err(),
            socket.try_recv().map(drop).unwrap_err(),
            socket.recv_timeout(PATIENCE).map(drop).unwrap_err(),
            socket.send("x").unwrap_err().error,
            socket.try_send(vec![0; 500]).unwrap_err().error,
            socket.send_timeout("x", PATIENCE).unwrap_err().error,
            socket.send_more("x").unwrap_err().error,
            socket.send_multipart(["x", "y"]).unwrap_err().error,
            socket.set_linger(None).map(drop).unwrap_err(),
            socket.linger().map(drop).unwrap_err(),
            socket.bind("inproc://reentered").map(drop).unwrap_err(),
            socket.connect("inproc://reentered").map(drop).unwrap_err(),
        ];
        assert!(errors.iter().all(|error| error.kind() == ErrorKind::Reentered), "{errors:?}");
        SEEN.with_borrow_mut(|seen| seen.push(errors[0].to_string()));
    })
}

#[test]
fn an_owner_that_uses_the_calling_socket_in_its_drop_is_refused() -> Result<()> {
    let (socket, other) = pair(&context()?, "inproc", (Pair, Pair))?;
    let socket = Rc::new(socket);
    SOCKET.set(Some(Rc::clone(&socket)));
    other.send("one")?;
    // A receive drops the previous content of the message.
    let mut message = reentering();
    socket.recv_into(&mut message)?;
    assert_eq!(message, "one");
    let expected =
        "cannot receive on a PAIR socket: the socket is already in use further up this thread's call stack (EFSM)";
    assert_eq!(SEEN.take(), [expected]);
    // The socket still works, and an unfinished multipart message can be continued.
    socket.send_more("begun")?;
    other.send("two")?;
    message = reentering();
    socket.recv_into(&mut message)?;
    socket.send("ended")?;
    assert_eq!((message, SEEN.take().len()), (Message::from("two"), 1));
    assert_eq!(crate::common::take_all(&other)?, zmq::Multipart::from(["begun", "ended"]));
    SOCKET.set(None);
    Ok(())
}

#[test]
fn an_owner_may_use_the_socket_in_its_drop_while_no_call_runs_on_it() -> Result<()> {
    let (socket, other) = pair(&context()?, "inproc", (Pair, Pair))?;
    let other = Arc::new(std::sync::Mutex::new(other));
    let sender = Arc::clone(&other);
    drop(owned(move || {
        let sent = sender.lock().map(|socket| socket.try_send("last words").is_ok());
        assert_eq!(sent.ok(), Some(true));
    }));
    assert_eq!(take(&socket)?, "last words");
    Ok(())
}

/// Sends a message over TCP whose owner keeps `kept` until libzmq's I/O thread drops it, and drops the sockets and
/// contexts.
fn kept_by_a_message<T: Send + 'static>(make: impl FnOnce(&Context) -> Result<T>) -> Result<Drops> {
    let theirs = context()?;
    let sink = theirs.socket(Pull)?;
    let ours = Context::new()?;
    let source = ours.socket(Push)?;
    source.connect(sink.bind("tcp://127.0.0.1:*")?)?;
    let drops = Drops::default();
    let count = drops.clone();
    let mut kept = Some(make(&ours)?);
    source.send(owned(move || {
        drop(kept.take());
        count.0.fetch_add(1, Ordering::Relaxed);
    }))?;
    drop(source);
    drop(ours);
    assert_eq!(take(&sink)?.len(), 1000);
    Ok(drops)
}

#[cfg(target_os = "linux")]
fn threads_of_libzmq() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let names = tasks.flat_map(|task| std::fs::read_to_string(task.path().join("comm")));
    names.filter(|name| name.contains("ZMQbg")).count()
}

#[cfg(target_os = "linux")]
#[test]
fn an_owner_that_keeps_the_last_handle_of_its_context_terminates_it() {
    in_child(this_test!(), || {
        kept_by_a_message(|context| Ok(context.clone())).unwrap_or_default().eventually(1);
        // The context is terminated on a separate thread, because an I/O thread cannot wait for itself.
        eventually("libzmq's threads end", || threads_of_libzmq() == 0);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn an_owner_that_keeps_the_last_socket_of_its_context_closes_both() {
    in_child(this_test!(), || {
        kept_by_a_message(|context| context.socket(Pair)).unwrap_or_default().eventually(1);
        eventually("libzmq's threads end", || threads_of_libzmq() == 0);
    });
}

#[test]
fn an_owner_may_use_its_context_on_a_thread_of_libzmq() -> Result<()> {
    let theirs = context()?;
    let sink = theirs.socket(Pull)?;
    let ours = context()?;
    let source = ours.socket(Push)?;
    source.connect(sink.bind("tcp://127.0.0.1:*")?)?;
    let (sender, receiver) = std::sync::mpsc::channel();
    let used = ours.clone();
    source.send(owned(move || {
        let (one, other) = pair(&used, "inproc", (Pair, Pair)).unwrap_or_else(|error| panic!("{error}"));
        let sent = send_and_take(&other, &one);
        used.shutdown();
        let _ = sender.send((sent.ok(), used.open_sockets().len(), used.terminate(Duration::ZERO).is_err()));
    }))?;
    assert_eq!(take(&sink)?.len(), 1000);
    let (sent, open, refused) = receiver.recv_timeout(PATIENCE).unwrap_or_default();
    assert_eq!((sent, open, refused), (Some(Message::from("from there")), 3, true));
    Ok(())
}

fn send_and_take<K: Sends>(from: &Socket<K>, to: &Socket<Pair>) -> Result<Message> {
    from.send("from there")?;
    take(to)
}
