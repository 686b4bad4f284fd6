//! Waiting for many sockets at once.
#![cfg(unix)]

use std::time::Duration;

use zmq::{Any, Context, Dealer, Events, PollItem, Poller, Pub, Result, Router, Socket, SocketType, poll};

use crate::common::{PATIENCE, context, eventually, free, in_child, take, take_all, this_test};

const READABLE: Events = Events::READABLE;
const BOTH: Events = READABLE.union(Events::WRITABLE);

/// Returns the ready tokens of a poller with their events, sorted.
fn ready<T: Clone + Ord>(poller: &mut Poller<'_, T>, timeout: Duration) -> Result<Vec<(T, Events)>> {
    let mut found: Vec<_> = poller.wait(timeout)?.map(|ready| (ready.token.clone(), ready.events)).collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(found)
}

/// Returns the current readiness of one socket for the events of `interest`.
fn asked(socket: &Socket<Any>, interest: Events) -> Result<Events> {
    let mut items = [PollItem::new(socket, interest)];
    let count = poll(&mut items, Duration::ZERO)?;
    assert_eq!(count, usize::from(!items[0].ready().is_empty()));
    Ok(items[0].ready())
}

#[test]
fn every_kind_of_socket_can_be_waited_for() -> Result<()> {
    let context = context()?;
    let sockets: Vec<_> = SocketType::ALL
        .iter()
        .filter(|socket_type| !socket_type.is_draft())
        .map(|socket_type| context.socket(*socket_type))
        .collect::<Result<_>>()?;
    let mut poller = Poller::new()?;
    for socket in &sockets {
        poller.add(socket, BOTH, socket.socket_type().as_str())?;
    }
    let found = ready(&mut poller, Duration::ZERO)?;
    for socket in &sockets {
        let expected = asked(socket, BOTH)?;
        let by_poller = found.iter().find(|(name, _)| *name == socket.socket_type().as_str());
        assert_eq!(by_poller.map_or(Events::empty(), |(_, events)| *events), expected, "{socket:?}");
    }
    Ok(())
}

#[test]
fn thousands_of_sockets_are_ready_in_one_wait() {
    in_child(this_test!(), || {
        const SOCKETS: usize = 2000;
        let context = Context::builder().max_sockets(SOCKETS + 1).build().unwrap();
        let publisher = context.socket(Pub).unwrap();
        let endpoint = publisher.bind(free("inproc")).unwrap();
        let subscribers: Vec<_> = (0..SOCKETS)
            .map(|_| {
                let subscriber = context.socket(zmq::Sub)?;
                subscriber.subscribe("")?.connect(&endpoint)?;
                Ok(subscriber)
            })
            .collect::<Result<_>>()
            .expect("the limit of file descriptors is above 2100");
        let mut poller = Poller::new().unwrap();
        for (number, subscriber) in subscribers.iter().enumerate() {
            poller.add(subscriber, READABLE, number).unwrap();
        }
        publisher.send("to all").unwrap();
        // The first wait finds the sockets by their signals, the second one because they were ready before.
        for _ in 0..2 {
            let numbers: Vec<_> = ready(&mut poller, PATIENCE).unwrap().into_iter().map(|(number, _)| number).collect();
            assert!(numbers.into_iter().eq(0..SOCKETS));
        }
        for subscriber in &subscribers {
            take(subscriber).unwrap();
        }
        assert!(poller.wait(Duration::ZERO).unwrap().is_empty());
    });
}

#[test]
fn a_router_serves_many_dealers() -> Result<()> {
    let context = context()?;
    let router = context.socket(Router)?;
    let endpoint = router.bind(free("tcp"))?;
    let dealers: Vec<_> = (0..20)
        .map(|_| {
            let dealer = context.socket(Dealer)?;
            dealer.connect(&endpoint)?;
            Ok(dealer)
        })
        .collect::<Result<_>>()?;
    let mut poller = Poller::new()?;
    poller.add(&router, READABLE, usize::MAX)?;
    for (number, dealer) in dealers.iter().enumerate() {
        poller.add(dealer, READABLE, number)?;
        dealer.send(format!("{number}"))?;
    }
    let mut answered = vec![0; dealers.len()];
    eventually("every dealer has its answer", || {
        let found = ready(&mut poller, PATIENCE).unwrap();
        for (number, _) in found {
            if number == usize::MAX {
                let request = take_all(&router).unwrap();
                router.send_multipart(request).unwrap();
            } else {
                assert_eq!(take(&dealers[number]).unwrap(), format!("{number}"));
                answered[number] += 1;
            }
        }
        answered.iter().sum::<usize>() == dealers.len()
    });
    assert!(answered.iter().all(|count| *count == 1));
    Ok(())
}
