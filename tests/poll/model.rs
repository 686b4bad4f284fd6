//! Compares a poller with `poll`, which checks every socket, over random histories.
#![cfg(unix)]

use std::time::Duration;

use zmq::{Any, Context, Events, PollItem, Poller, Result, Socket, SocketType, poll};

use crate::common::{context, free};

const INTERESTS: [Events; 4] =
    [Events::empty(), Events::READABLE, Events::WRITABLE, Events::READABLE.union(Events::WRITABLE)];

/// A generator of pseudo-random numbers that yields the same sequence in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        // The xorshift generator of Marsaglia.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

/// Opens pairs of sockets with low high-water marks, so that they are often full or empty. A router has no limit,
/// because a check of its readiness fetches a message and thereby makes room.
fn sockets(context: &Context) -> Result<Vec<Socket<Any>>> {
    use SocketType::{Dealer, Pair, Pull, Push, Rep, Req, Router, XPub, XSub};
    let mut sockets = Vec::new();
    #[cfg(feature = "draft")]
    let drafts = {
        use SocketType::{Channel, Client, Gather, Scatter, Server};
        [(Gather, Scatter), (Channel, Channel), (Server, Client)]
    };
    #[cfg(not(feature = "draft"))]
    let drafts = [];
    let stable = [(Pair, Pair), (Pull, Push), (Dealer, Dealer), (Router, Dealer), (Rep, Req), (XPub, XSub)];
    for (bound, connected) in stable.into_iter().chain(drafts) {
        let room = if bound == Router { [0, 0] } else { [2, 1] };
        let (bound, connected) = (context.socket(bound)?, context.socket(connected)?);
        for socket in [&bound, &connected] {
            socket
                .set_send_hwm(room[0])?
                .set_recv_hwm(room[1])?
                .set_send_timeout(Some(Duration::ZERO))?
                .set_recv_timeout(Some(Duration::ZERO))?;
        }
        connected.connect(bound.bind(free("inproc"))?)?;
        sockets.extend([bound, connected]);
    }
    Ok(sockets)
}

/// Performs an operation on a socket. An operation that is not possible now has no effect.
fn act(socket: &Socket<Any>, what: usize) {
    match what {
        0 | 1 => drop(socket.try_send("\u{1}topic")),
        2 => drop(socket.try_send_multipart(["\u{1}topic", "more"])),
        3 | 4 => drop(socket.try_recv()),
        5 => drop(socket.try_recv_multipart()),
        6 => _ = socket.events(),
        7 => drop(socket.raw_option(zmq::sys::ZMQ_EVENTS, 4)),
        8 => _ = poll(&mut [PollItem::new(socket, Events::READABLE)], Duration::ZERO),
        // A router sends the message back to its dealer. The other sockets send it to no peer.
        _ => {
            if let Ok(Some(message)) = socket.try_recv_multipart() {
                drop(socket.try_send_multipart(message));
            }
        }
    }
}

/// Asserts that a poller and `poll` find the same readiness. `interests` are the interests in the poller.
fn compare(poller: &mut Poller<'_, usize>, sockets: &[Socket<Any>], interests: &[Option<Events>]) -> Result<()> {
    let mut by_poller = vec![Events::empty(); sockets.len()];
    for ready in poller.wait(Duration::ZERO)? {
        assert!(by_poller[*ready.token].is_empty(), "socket {} is found twice", ready.token);
        by_poller[*ready.token] = ready.events;
    }
    let asked = sockets.iter().zip(interests);
    let mut items: Vec<_> =
        asked.map(|(socket, interest)| PollItem::new(socket, interest.unwrap_or_default())).collect();
    poll(&mut items, Duration::ZERO)?;
    let by_poll: Vec<_> = items.iter().map(PollItem::ready).collect();
    assert_eq!(by_poller, by_poll);
    Ok(())
}

fn history(seed: u64) -> Result<()> {
    let mut numbers = Numbers(seed);
    let context = context()?;
    let sockets = sockets(&context)?;
    let mut pollers = [Poller::new()?, Poller::new()?];
    let mut interests = [vec![None; sockets.len()], vec![None; sockets.len()]];
    for _ in 0..400 {
        let (chosen, which) = (numbers.below(sockets.len()), numbers.below(2));
        let socket = &sockets[chosen];
        let (poller, interest) = (&mut pollers[which], &mut interests[which][chosen]);
        match numbers.below(10) {
            0 => {
                let wanted = INTERESTS[numbers.below(INTERESTS.len())];
                match interest {
                    None => poller.add(socket, wanted, chosen)?,
                    Some(_) => poller.modify(socket, wanted)?,
                }
                *interest = Some(wanted);
            }
            1 if interest.take().is_some() => assert_eq!(poller.remove(socket)?, chosen),
            // A comparison checks every socket, and the poller rechecks all of them afterwards. Compare only now and
            // then.
            2 => compare(&mut pollers[which], &sockets, &interests[which])?,
            3 => _ = poller.wait(Duration::ZERO)?,
            _ => act(socket, numbers.below(10)),
        }
    }
    for (poller, interests) in pollers.iter_mut().zip(&interests) {
        compare(poller, &sockets, interests)?;
    }
    Ok(())
}

#[test]
fn a_poller_and_poll_agree_after_any_history() {
    for seed in 1..=60 {
        history(seed).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
}
