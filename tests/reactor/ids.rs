//! IDs of a reactor's sources: valid and stale lookups.
#![cfg(unix)]

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use zmq::reactor::{End, SocketId, SourceId, Turn};
use zmq::{Dealer, Error, ErrorKind, Events, Pull, Push, Reactor, Rep, Req, Result, Router, Socket};

use crate::common::noting::{Notes, note, noting};
use crate::common::{PATIENCE, context, pair, take};

fn assert_missing(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let text = "cannot find in the reactor: it was removed, or its ID belongs to another reactor (ENOENT)";
    assert_eq!(error.to_string(), text);
}

#[test]
fn an_id_of_one_reactor_finds_nothing_in_another() -> Result<()> {
    let context = context()?;
    let (mut own, _, source) = noting(&context)?;
    let (_foreign, foreign_id, _foreign_source) = noting(&context)?;
    assert_missing(&own.socket(foreign_id).unwrap_err());
    assert_missing(&own.remove(foreign_id).unwrap_err());
    let spare = context.socket(Pull)?;
    assert_missing(&own.add_as(foreign_id, spare, Events::READABLE, note).unwrap_err());
    own.add_once(Duration::ZERO, move |_, turn| {
        assert_missing(&turn.socket(foreign_id).unwrap_err());
        assert_missing(&turn.set_interest(foreign_id, Events::empty()).unwrap_err());
        assert!(!turn.drop_source(foreign_id));
        assert_missing(&turn.remove(foreign_id).unwrap_err());
        Ok(())
    });
    let mut notes = Notes::new();
    assert_eq!(own.run_once(&mut notes, PATIENCE)?, 1);
    source.send("still here")?;
    assert_eq!(own.run_once(&mut notes, PATIENCE)?, 1);
    assert_eq!(notes, ["still here"]);
    Ok(())
}

#[test]
fn a_stale_id_does_not_find_the_next_socket_in_its_slot() -> Result<()> {
    let context = context()?;
    let (mut reactor, first, _source) = noting(&context)?;
    let sink = reactor.remove(first)?;
    let second = reactor.add(sink, Events::READABLE, note)?;
    assert_ne!(first, second);
    assert_missing(&reactor.remove(first).unwrap_err());
    assert_eq!(reactor.socket(second)?.socket_type(), zmq::SocketType::Pull);
    Ok(())
}

#[test]
fn ids_can_be_keys_and_are_unique_in_the_process() -> Result<()> {
    let context = context()?;
    let (mut one, first, _) = noting(&context)?;
    let (_other, second, _) = noting(&context)?;
    let third: SocketId<Pull> = one.reserve();
    let names = HashMap::from([(first, "first"), (second, "second"), (third, "third")]);
    assert_eq!((names.len(), names[&first], names[&second], names[&third]), (3, "first", "second", "third"));
    let erased: HashSet<SourceId> = [first, second, third, first].map(SourceId::from).into();
    assert_eq!(erased.len(), 3);
    assert_eq!(BTreeSet::from([third, first, second, first]).len(), 3);
    Ok(())
}

#[test]
fn a_handler_can_send_a_reply_through_its_own_id() -> Result<()> {
    fn reply(own: &mut SocketId<Rep>, socket: &Socket<Rep>, turn: &mut Turn<'_, SocketId<Rep>>) -> Result<()> {
        let request = socket.recv()?;
        turn.stop();
        Ok(turn.socket(*own)?.send(format!("re: {}", request.to_str()?))?)
    }
    let (server, client) = pair(&context()?, "inproc", (Rep, Req))?;
    let mut reactor = Reactor::new()?;
    let mut id = reactor.add(server, Events::READABLE, reply)?;
    client.send("question")?;
    assert_eq!(reactor.run(&mut id)?, End::Stopped);
    assert_eq!(take(&client)?, "re: question");
    Ok(())
}

#[test]
fn a_handler_cannot_remove_the_socket_that_it_borrows() -> Result<()> {
    fn remove(own: &mut SocketId<Pull>, socket: &Socket<Pull>, turn: &mut Turn<'_, SocketId<Pull>>) -> Result<()> {
        assert_eq!(socket.recv()?, "remove");
        let error = turn.remove(*own).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongState);
        let text = "cannot find in the reactor: its own handler is running and borrows it; to close it when the \
                    handler returns, call remove_self (EFSM)";
        assert_eq!(error.to_string(), text);
        Ok(())
    }
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    let mut reactor = Reactor::new()?;
    let mut id = reactor.add(sink, Events::READABLE, remove)?;
    source.send("remove")?;
    assert_eq!(reactor.run_once(&mut id, PATIENCE)?, 1);
    // The failed removal changes nothing. Between turns, the socket can be removed.
    source.send("left")?;
    assert_eq!(take(&reactor.remove(id)?)?, "left");
    Ok(())
}

#[test]
fn handlers_can_capture_the_reserved_ids_of_each_other() -> Result<()> {
    let context = context()?;
    let (front, client) = pair(&context, "inproc", (Router, Req))?;
    let (back, worker) = pair(&context, "inproc", (Dealer, Rep))?;
    let mut reactor = Reactor::<()>::new()?;
    let (front_id, back_id) = (reactor.reserve(), reactor.reserve());
    reactor.add_as(back_id, back, Events::READABLE, move |(), back, turn| {
        turn.stop();
        Ok(turn.socket(front_id)?.send_multipart(back.recv_multipart()?)?)
    })?;
    reactor.add_as(front_id, front, Events::READABLE, move |(), front, turn| {
        turn.stop();
        Ok(turn.socket(back_id)?.send_multipart(front.recv_multipart()?)?)
    })?;
    client.send("question")?;
    assert_eq!(reactor.run(&mut ())?, End::Stopped);
    assert_eq!(take(&worker)?, "question");
    worker.send("answer")?;
    assert_eq!(reactor.run(&mut ())?, End::Stopped);
    assert_eq!(take(&client)?, "answer");
    Ok(())
}

#[test]
fn a_reserved_id_finds_nothing_before_its_only_socket_is_added() -> Result<()> {
    let context = context()?;
    let (sink, source) = pair(&context, "inproc", (Pull, Push))?;
    let mut reactor = Reactor::<Notes>::new()?;
    let id = reactor.reserve::<Pull>();
    let text = "cannot find in the reactor: its ID is reserved, but no socket was added yet (ENOENT)";
    for error in [reactor.socket(id).map(drop).unwrap_err(), reactor.remove(id).map(drop).unwrap_err()] {
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::NotFound, text.to_owned()));
    }
    // A reserved ID is not a source, so the run has nothing to wait for.
    assert_eq!(reactor.run(&mut Notes::new())?, End::Idle);
    reactor.add_as(id, sink, Events::READABLE, note)?;
    let error = reactor.add_as(id, context.socket(Pull)?, Events::READABLE, note).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongState);
    source.send("to the first")?;
    let mut notes = Notes::new();
    assert_eq!(reactor.run_once(&mut notes, PATIENCE)?, 1);
    assert_eq!(notes, ["to the first"]);
    // After the removal of its socket, the ID is invalid.
    drop(reactor.remove(id)?);
    assert_missing(&reactor.add_as(id, context.socket(Pull)?, Events::READABLE, note).unwrap_err());
    Ok(())
}

#[test]
fn a_handler_can_remove_itself_by_its_own_id() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    let mut reactor = Reactor::<Vec<SourceId>>::new()?;
    let id = reactor.add(sink, Events::READABLE, |ids: &mut Vec<_>, _, turn| {
        assert_eq!(turn.timer_id(), None);
        ids.extend(turn.source_id());
        turn.remove_self();
        Ok(())
    })?;
    let mut ids = Vec::new();
    source.send("waits")?;
    assert_eq!(reactor.run(&mut ids)?, End::Idle);
    assert_eq!(ids, [SourceId::from(id)]);
    reactor.add_timer(Duration::from_millis(1), |_, turn| {
        assert_eq!(turn.source_id(), None);
        assert!(turn.timer_id().is_some());
        turn.remove_self();
        Ok(())
    })?;
    assert_eq!(reactor.run(&mut ids)?, End::Idle);
    Ok(())
}
