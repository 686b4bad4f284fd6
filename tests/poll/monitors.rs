//! Waiting for monitors together with sockets: in `poll`, in a poller and in a reactor.
#![cfg(unix)]

use std::time::Duration;

use zmq::reactor::{End, MonitorId, SocketId, Turn};
use zmq::{
    Context, ErrorKind, Events, Monitor, MonitorEvent, MonitorEventKind, MonitorEvents, PollItem, Poller, Pull, Push,
    Reactor, Result, Socket, poll,
};

use crate::common::{PATIENCE, context, free, in_time};

/// Opens a socket with a monitor of these events.
fn monitored(context: &Context, events: MonitorEvents) -> Result<(Socket<Pull>, Monitor)> {
    let socket = context.socket(Pull)?;
    let monitor = socket.monitor(events)?;
    Ok((socket, monitor))
}

/// Waits for a poller, and returns the ready tokens.
fn found(poller: &mut Poller<'_, &'static str>) -> Result<Vec<&'static str>> {
    Ok(poller.wait(PATIENCE)?.map(|ready| *ready.token).collect())
}

#[test]
fn a_poller_waits_for_events_and_messages_together() -> Result<()> {
    let context = context()?;
    let (sink, monitor) = monitored(&context, MonitorEvents::ACCEPTED)?;
    let endpoint = sink.bind(free("tcp"))?;
    let mut poller = Poller::new()?;
    poller.add(&sink, Events::READABLE, "message")?;
    poller.add_monitor(&monitor, "event")?;
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    let source = context.socket(Push)?;
    source.connect(&endpoint)?;
    assert_eq!(found(&mut poller)?, ["event"]);
    let event = monitor.try_recv()?.expect("the monitor has an event");
    assert_eq!((event.kind(), event.endpoint()), (MonitorEventKind::Accepted, endpoint.as_str()));
    source.send("hello")?;
    assert_eq!(found(&mut poller)?, ["message"]);
    assert_eq!(sink.try_recv()?, Some("hello".into()));
    assert_eq!(poller.remove_monitor(&monitor)?, "event");
    assert_eq!(poller.remove_monitor(&monitor).unwrap_err().kind(), ErrorKind::NotFound);
    Ok(())
}

#[test]
fn an_unreceived_event_stays_ready() -> Result<()> {
    let (socket, monitor) = monitored(&context()?, MonitorEvents::LISTENING)?;
    let mut poller = Poller::new()?;
    poller.add_monitor(&monitor, "event")?;
    let endpoints = [socket.bind(free("tcp"))?, socket.bind(free("tcp"))?];
    for endpoint in endpoints {
        for _ in 0..2 {
            assert_eq!(found(&mut poller)?, ["event"]);
            assert_eq!(poll(&mut [PollItem::monitor(&monitor)], PATIENCE)?, 1);
        }
        assert_eq!(monitor.try_recv()?.map(|event| event.endpoint().to_owned()), Some(endpoint.to_string()));
    }
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    assert_eq!(poll(&mut [PollItem::monitor(&monitor)], Duration::ZERO)?, 0);
    Ok(())
}

#[test]
fn the_end_of_the_events_ends_a_wait() -> Result<()> {
    let (socket, monitor) = monitored(&context()?, MonitorEvents::ACCEPTED)?;
    let mut poller = Poller::new()?;
    poller.add_monitor(&monitor, "event")?;
    drop(socket);
    assert_eq!(found(&mut poller)?, ["event"]);
    assert_eq!(monitor.try_recv().unwrap_err().kind(), ErrorKind::Ended);
    assert_eq!(found(&mut poller)?, ["event"]);
    assert_eq!(poller.remove_monitor(&monitor)?, "event");
    Ok(())
}

#[test]
fn an_ended_monitor_is_ready_in_every_wait_and_is_removed_from_its_reactor() -> Result<()> {
    type Kinds = Vec<MonitorEventKind>;
    fn note(kinds: &mut Kinds, event: MonitorEvent, _: &mut Turn<'_, Kinds>) -> Result<()> {
        kinds.push(event.kind());
        Ok(())
    }
    let run = |monitor: Monitor| {
        in_time(move || {
            let (mut reactor, mut kinds) = (Reactor::new()?, Vec::new());
            let id = reactor.add_monitor(monitor, note)?;
            assert_eq!(reactor.run(&mut kinds)?, End::Idle);
            assert_eq!(reactor.remove_monitor(id).unwrap_err().kind(), ErrorKind::NotFound);
            Result::Ok(kinds)
        })
    };
    let context = context()?;
    let (socket, monitor) = monitored(&context, MonitorEvents::all())?;
    drop(socket);
    assert_eq!(run(monitor)?.last(), Some(&MonitorEventKind::MonitorStopped));

    let (socket, monitor) = monitored(&context, MonitorEvents::ACCEPTED)?;
    drop(socket);
    assert_eq!(monitor.recv().unwrap_err().kind(), ErrorKind::Ended);
    let mut poller = Poller::new()?;
    poller.add_monitor(&monitor, "end")?;
    for _ in 0..2 {
        assert_eq!(found(&mut poller)?, ["end"]);
        assert_eq!(poll(&mut [PollItem::monitor(&monitor)], PATIENCE)?, 1);
    }
    drop(poller);
    assert_eq!(run(monitor)?, []);
    Ok(())
}

#[test]
fn a_reactor_passes_each_event_to_the_handler_and_removes_an_ended_monitor() -> Result<()> {
    struct Connections {
        sink: SocketId<Pull>,
        kinds: Vec<MonitorEventKind>,
    }
    fn note(state: &mut Connections, event: MonitorEvent, turn: &mut Turn<'_, Connections>) -> Result<()> {
        assert_eq!(turn.events(), Events::READABLE);
        state.kinds.push(event.kind());
        if event.kind() == MonitorEventKind::HandshakeSucceeded {
            // The drop of the socket ends its monitor, after which the reactor has nothing to wait for.
            assert!(turn.drop_source(state.sink));
        }
        Ok(())
    }
    let context = context()?;
    let (sink, monitor) =
        monitored(&context, MonitorEvents::LISTENING | MonitorEvents::ACCEPTED | MonitorEvents::HANDSHAKE_SUCCEEDED)?;
    let source = context.socket(Push)?;
    source.connect(sink.bind(free("tcp"))?)?;
    let mut reactor = Reactor::new()?;
    let sink = reactor.add(sink, Events::READABLE, |_, _, _| Ok(()))?;
    let id = reactor.add_monitor(monitor, note)?;
    let mut state = Connections { sink, kinds: Vec::new() };
    assert_eq!(reactor.run(&mut state)?, End::Idle);
    use MonitorEventKind::{Accepted, HandshakeSucceeded, Listening};
    assert_eq!(state.kinds, [Listening, Accepted, HandshakeSucceeded]);
    assert_eq!(reactor.remove_monitor(id).unwrap_err().kind(), ErrorKind::NotFound);
    Ok(())
}

#[test]
fn a_monitor_can_be_removed_only_from_its_own_reactor() -> Result<()> {
    fn stay(_: &mut (), _: MonitorEvent, turn: &mut Turn<'_, ()>) -> Result<()> {
        assert!(turn.source_id().is_some());
        turn.stop();
        Ok(())
    }
    let context = context()?;
    let (one_socket, one) = monitored(&context, MonitorEvents::LISTENING)?;
    let (_other_socket, other) = monitored(&context, MonitorEvents::LISTENING)?;
    let (mut first, mut second) = (Reactor::<()>::new()?, Reactor::<()>::new()?);
    let id: MonitorId = first.add_monitor(one, stay)?;
    let foreign = second.add_monitor(other, stay)?;
    assert_ne!(id, foreign);
    assert_eq!(first.remove_monitor(foreign).unwrap_err().kind(), ErrorKind::NotFound);
    one_socket.bind(free("tcp"))?;
    assert_eq!(first.run(&mut ())?, End::Stopped);
    let one = first.remove_monitor(id)?;
    let endpoint = one_socket.bind(free("tcp"))?;
    assert_eq!(one.recv_timeout(PATIENCE)?.map(|event| event.endpoint().to_owned()), Some(endpoint.to_string()));
    Ok(())
}
