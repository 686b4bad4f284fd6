//! Tests of both engines: the portable one is for systems without epoll.

use std::io::Write;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::{Engine, Slots, Watched, portable};
use crate::deadline::Deadline;
use crate::error::{Errno, Failure, Result};
use crate::events::Events;
use crate::socket::Socket;
use crate::socket::kinds::{Kind, Open, Receives, Sends};
use crate::{Context, Dealer, Pair, Pull, Push, Rep, Req};

const BOTH: Events = Events::READABLE.union(Events::WRITABLE);

/// The sources, by slot.
#[derive(Default)]
struct BySlot<'a>(Vec<Option<(Watched<'a>, Events)>>);

impl Slots for BySlot<'_> {
    fn watched(&self, slot: usize) -> Option<(Watched<'_>, Events)> {
        *self.0.get(slot)?
    }
}

/// The engines with the same content.
struct Engines<'a> {
    table: BySlot<'a>,
    epoll: Engine,
    portable: portable::Engine,
}

impl<'a> Engines<'a> {
    fn new() -> Result<Self, Failure> {
        Ok(Self { table: BySlot::default(), epoll: Engine::new()?, portable: portable::Engine::new()? })
    }

    fn add(&mut self, watched: Watched<'a>, interest: Events) -> Result<usize, Failure> {
        let slot = self.table.0.len();
        self.epoll.add(slot, &watched, interest)?;
        self.portable.add(slot, &watched, interest)?;
        self.table.0.push(Some((watched, interest)));
        Ok(slot)
    }

    fn modify(&mut self, slot: usize, interest: Events) -> Result<(), Failure> {
        let Some((watched, known)) = &mut self.table.0[slot] else { panic!("it is in the table") };
        self.epoll.modify(slot, watched, interest)?;
        self.portable.modify(slot, watched, interest)?;
        *known = interest;
        Ok(())
    }

    fn remove(&mut self, slot: usize) -> Result<(), Failure> {
        let Some((watched, _)) = self.table.0[slot].take() else { panic!("it is in the table") };
        self.epoll.remove(slot, &watched)?;
        self.portable.remove(slot, &watched)
    }

    /// Returns the ready sources, on which both engines have to agree.
    fn wait(&mut self, timeout: Duration) -> Result<Vec<(usize, Events)>, Failure> {
        let (mut by_epoll, mut by_portable) = (Vec::new(), Vec::new());
        let deadline = Deadline::after(timeout);
        self.epoll.wait(&self.table, deadline, &mut by_epoll)?;
        self.portable.wait(&self.table, deadline, &mut by_portable)?;
        by_epoll.sort_unstable_by_key(|(slot, _)| *slot);
        assert_eq!(by_epoll, by_portable);
        Ok(by_epoll)
    }
}

fn raw<K: Kind>(socket: &Socket<K>) -> Watched<'_> {
    Watched::Socket(socket.raw())
}

fn now(engines: &mut Engines<'_>) -> Vec<(usize, Events)> {
    engines.wait(Duration::ZERO).expect("the context lives")
}

#[test]
fn both_engines_follow_sockets() -> Result<()> {
    let context = Context::new()?;
    let (one, other) = (context.socket(Pair)?, context.socket(Pair)?);
    let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
    other.connect(one.bind("inproc://engines-pair")?)?;
    client.connect(server.bind("inproc://engines-rep")?)?;
    let mut engines = Engines::new().expect("there is room");
    for (watched, interest) in [(raw(&one), BOTH), (raw(&other), Events::READABLE), (raw(&server), BOTH)] {
        engines.add(watched, interest).expect("it is open");
    }
    assert_eq!(now(&mut engines), [(0, Events::WRITABLE)]);
    one.send("hello")?;
    client.send("question")?;
    assert_eq!(now(&mut engines), [(0, Events::WRITABLE), (1, Events::READABLE), (2, Events::READABLE)]);
    server.recv()?;
    other.recv()?;
    assert_eq!(now(&mut engines), [(0, Events::WRITABLE), (2, Events::WRITABLE)]);
    engines.modify(0, Events::READABLE).expect("it exists");
    engines.remove(2).expect("it exists");
    assert_eq!(now(&mut engines), []);
    Ok(())
}

#[test]
fn both_engines_follow_descriptors() {
    let (reader, mut writer) = UnixStream::pair().expect("there is room");
    let file = std::fs::File::open("/dev/null").expect("it exists");
    let mut engines = Engines::new().expect("there is room");
    engines.add(Watched::Fd(reader.as_fd()), Events::READABLE).expect("it is open");
    engines.add(Watched::Fd(file.as_fd()), Events::READABLE).expect("it is open");
    assert_eq!(now(&mut engines), [(1, Events::READABLE)]);
    writer.write_all(b"x").expect("there is room");
    assert_eq!(now(&mut engines), [(0, Events::READABLE), (1, Events::READABLE)]);
    engines.modify(0, Events::empty()).expect("it exists");
    engines.modify(1, Events::WRITABLE).expect("it exists");
    assert_eq!(now(&mut engines), [(1, Events::WRITABLE)]);
    drop(writer);
    assert_eq!(now(&mut engines), [(0, Events::ERROR), (1, Events::WRITABLE)]);
    engines.remove(1).expect("it exists");
    engines.remove(0).expect("it exists");
    assert_eq!(now(&mut engines), []);
}

#[test]
fn both_engines_wait_for_what_another_thread_sends() -> Result<()> {
    waits_for_what_another_thread_sends(Pull, Push)
}

#[cfg(feature = "draft")]
#[test]
fn both_engines_wait_for_shared_sockets() -> Result<()> {
    waits_for_what_another_thread_sends(crate::Gather, crate::Scatter)
}

fn waits_for_what_another_thread_sends<A: Open, B: Open>(sink: A, source: B) -> Result<()>
where
    A::Kind: Receives,
    B::Kind: Sends,
{
    let context = Context::new()?;
    let (sink, source) = (context.socket(sink)?, context.socket(source)?);
    source.connect(sink.bind("tcp://127.0.0.1:*")?)?;
    let mut engines = Engines::new().expect("there is room");
    engines.add(raw(&sink), Events::READABLE).expect("it is open");
    let (go, told) = mpsc::channel();
    let sender = thread::spawn(move || told.into_iter().try_for_each(|()| source.send("hello")));
    for _ in 0..20 {
        go.send(()).expect("the thread waits for it");
        let found = engines.wait(Duration::from_secs(10)).expect("the context lives");
        assert_eq!(found, [(0, Events::READABLE)]);
        sink.recv()?;
    }
    drop(go);
    sender.join().expect("it does not panic")?;
    Ok(())
}

#[test]
fn both_engines_end_with_the_context() -> Result<()> {
    ends_with_the_context(Dealer)
}

#[cfg(feature = "draft")]
#[test]
fn both_engines_end_with_the_context_of_a_shared_socket() -> Result<()> {
    ends_with_the_context(crate::Client)
}

fn ends_with_the_context(kind: impl Open) -> Result<()> {
    let context = Context::new()?;
    let dealer = context.socket(kind)?;
    let mut engines = Engines::new().expect("there is room");
    engines.add(raw(&dealer), BOTH).expect("it is open");
    context.shutdown();
    let mut ready = Vec::new();
    assert_eq!(engines.epoll.wait(&engines.table, Deadline::NEVER, &mut ready), Err(Failure::Errno(Errno::ETERM)));
    assert_eq!(engines.portable.wait(&engines.table, Deadline::NEVER, &mut ready), Err(Failure::Errno(Errno::ETERM)));
    assert_eq!(engines.add(raw(&dealer), BOTH), Err(Failure::Errno(Errno::ETERM)));
    engines.epoll.forget(dealer.raw());
    engines.portable.forget(dealer.raw());
    Ok(())
}

/// A descriptor in a slot of any number.
struct Alone<'a> {
    slot: usize,
    fd: BorrowedFd<'a>,
}

impl Slots for Alone<'_> {
    fn watched(&self, slot: usize) -> Option<(Watched<'_>, Events)> {
        (slot == self.slot).then_some((Watched::Fd(self.fd), Events::READABLE))
    }
}

#[test]
fn both_engines_follow_a_descriptor_in_the_last_of_all_slots() -> Result<(), Failure> {
    let (reader, mut writer) = UnixStream::pair().expect("there is room");
    let (mut epoll, mut portable) = (Engine::new()?, portable::Engine::new()?);
    let alone = Alone { slot: usize::MAX, fd: reader.as_fd() };
    epoll.add(alone.slot, &Watched::Fd(alone.fd), Events::READABLE)?;
    portable.add(alone.slot, &Watched::Fd(alone.fd), Events::READABLE)?;
    writer.write_all(b"x").expect("there is room");
    let mut ready = Vec::new();
    epoll.wait(&alone, Deadline::NEVER, &mut ready)?;
    assert_eq!(ready, [(usize::MAX, Events::READABLE)]);
    portable.wait(&alone, Deadline::NEVER, &mut ready)?;
    assert_eq!(ready, [(usize::MAX, Events::READABLE)]);
    Ok(())
}
