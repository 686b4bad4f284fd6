//! RADIO and DISH: groups of messages, over connections.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use zmq::{
    Context, Dish, ErrorKind, Group, Message, Multipart, Pub, Pull, Push, Radio, Result, Socket, SocketType, Sub,
};

use crate::common::{PATIENCE, context, free, pair, take};
use crate::udp::{AGAIN, resent};

const LONG: &str = if cfg!(zmq_patched) { "a group of more than fourteen bytes" } else { "fourteen bytes" };

/// Opens a RADIO, and a DISH that has joined these groups, connected over `transport`. The RADIO knows the groups.
fn joined(context: &Context, transport: &str, groups: &[&str]) -> Result<(Socket<Radio>, Socket<Dish>)> {
    let (radio, dish) = pair(context, transport, (Radio, Dish))?;
    for group in groups {
        dish.join(group)?;
    }
    dish.join("ready")?;
    await_group(&radio, &dish, "ready")?;
    dish.leave("ready")?;
    Ok((radio, dish))
}

/// Waits until the RADIO knows that the DISH has joined the group. Joins arrive in order.
pub(crate) fn await_group(radio: &Socket<Radio>, dish: &Socket<Dish>, group: &str) -> Result<()> {
    resent(|| radio.send_to_group(group, "ready").unwrap(), || dish.recv_timeout(Duration::from_millis(1)))?;
    // Others may be underway.
    radio.send_to_group(group, "last")?;
    while take(dish)? != "last" {}
    Ok(())
}

#[test]
fn a_dish_receives_the_groups_that_it_joined() -> Result<()> {
    for transport in ["inproc", "tcp", "ipc"] {
        let context = context()?;
        let (radio, dish) = joined(&context, transport, &["weather", LONG])?;
        for (group, body) in [("weath", "no"), ("weather", "sunny"), ("weather.", "no"), (LONG, "long"), ("news", "no")]
        {
            radio.send_to_group(group, body)?;
        }
        let (first, second) = (take(&dish)?, take(&dish)?);
        assert_eq!((first.group(), first.to_str()?), (Some("weather"), "sunny"), "{transport}");
        assert_eq!((second.group(), second.to_str()?), (Some(LONG), "long"), "{transport}");
        assert_eq!(dish.try_recv()?, None, "{transport}");
    }
    Ok(())
}

#[test]
fn a_dish_leaves_a_group_and_its_messages() -> Result<()> {
    let context = context()?;
    let (radio, dish) = joined(&context, "inproc", &["weather", "news"])?;
    radio.send_to_group("weather", "dropped")?;
    dish.leave("weather")?;
    radio.send_to_group("news", "kept")?;
    assert_eq!(take(&dish)?, "kept");
    dish.join("weather")?;
    await_group(&radio, &dish, "weather")
}

#[test]
fn a_guard_leaves_the_group() -> Result<()> {
    let context = context()?;
    let dish = context.socket(Dish)?;
    let guard = dish.joined("weather")?;
    assert_eq!(*guard.group(), "weather");
    assert_eq!(format!("{guard:?}"), "Joined(\"weather\")");
    assert_eq!(dish.joined("weather").unwrap_err().kind(), ErrorKind::InvalidInput);
    drop(guard);
    drop(dish.joined("weather")?);
    Ok(())
}

#[test]
fn joining_twice_and_leaving_twice_are_errors_with_a_reason() -> Result<()> {
    let dish = context()?.socket(Dish)?;
    dish.join("weather")?;
    let error = dish.join("weather").unwrap_err();
    assert_eq!(error.to_string(), "cannot join the group \"weather\": the socket has joined it already");
    dish.leave("weather")?;
    let error = dish.leave("weather").unwrap_err();
    assert_eq!(error.to_string(), "cannot leave the group \"weather\": the socket has not joined it");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    Ok(())
}

#[test]
fn a_group_has_1_to_255_bytes_without_nul() -> Result<()> {
    let context = context()?;
    let (radio, dish) = (context.socket(Radio)?, context.socket(Dish)?);
    let longest = "x".repeat(Group::MAX_LEN);
    dish.join(&longest)?;
    radio.send_to_group(&longest, "no dish")?;
    for (wrong, reason) in [
        (String::new(), "cannot use the group \"\": it is empty"),
        ("nul\0".to_owned(), "cannot use the group \"nul\\0\": it contains a NUL byte"),
        (
            longest + "x",
            "cannot use the group \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\": it has 256 bytes, at most 255 are possible",
        ),
    ] {
        for error in [dish.join(&wrong).unwrap_err(), dish.leave(&wrong).unwrap_err(), Group::new(&wrong).unwrap_err()]
        {
            assert_eq!((error.to_string().as_str(), error.kind()), (reason, ErrorKind::InvalidInput));
        }
        let refused = radio.send_to_group(&wrong, "returned").unwrap_err();
        assert_eq!((refused.error.to_string().as_str(), &*refused.message), (reason, &b"returned"[..]));
    }
    Ok(())
}

#[test]
fn a_group_converts_from_text_and_bytes() -> Result<()> {
    let group = Group::new("weather")?;
    assert_eq!("weather".parse::<Group>()?, group);
    assert_eq!(group, Group::try_from("weather")?);
    assert_eq!(group, Group::try_from(String::from("weather"))?);
    assert_eq!(group, Group::try_from(&b"weather"[..])?);
    assert_eq!(group, Group::try_from(b"weather".to_vec())?);
    assert!(Group::try_from(vec![b'x'; 256]).is_err());
    assert_eq!((group.to_string(), format!("{group:?}")), ("weather".into(), "\"weather\"".into()));
    assert_eq!(Group::new(b"\xFF")?.as_str(), None);
    Ok(())
}

#[test]
fn a_radio_learns_of_more_groups_than_the_default_high_water_mark() -> Result<()> {
    const GROUPS: usize = 3000;
    let context = context()?;
    for transport in ["inproc", "tcp"] {
        for joins_first in [true, false] {
            let (radio, dish) = (context.socket(Radio)?, context.socket(Dish)?);
            let endpoint = radio.bind(free(transport))?;
            if !joins_first {
                dish.connect(&endpoint)?;
            }
            for group in 0..GROUPS {
                dish.join(group.to_string())?;
            }
            if joins_first {
                dish.connect(&endpoint)?;
            }
            // The joins arrive in order. A connect repeats them in the order of their names.
            dish.join("last")?;
            await_group(&radio, &dish, "last")?;
            for group in (0..GROUPS).step_by(29) {
                radio.send_to_group(group.to_string(), group.to_string())?;
            }
            for group in (0..GROUPS).step_by(29) {
                let message = std::iter::repeat_with(|| take(&dish))
                    .find(|message| message.as_ref().map_or(true, |message| message.group() != Some("last")));
                assert_eq!(message.expect("a message")?.group(), Some(&*group.to_string()), "{transport}");
            }
        }
    }
    Ok(())
}

#[test]
fn msg_group_truncate_a_long_group_is_refused() {
    let mut message = Message::from("sunny");
    let longest = if cfg!(zmq_patched) { Group::MAX_LEN } else { 14 };
    let error = message.set_group("x".repeat(longest + 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains(&format!("at most {longest} are possible")), "{error}");
    assert_eq!(message.group_bytes(), None);
    assert!(message.set_group("x".repeat(longest)).is_ok());
    assert_eq!(message, "sunny");
}

#[test]
fn group_shared_two_dishes_and_two_subscribers_get_the_group() -> Result<()> {
    let context = context()?;
    let (radio, publisher) = (context.socket(Radio)?, context.socket(Pub)?);
    let (radiated, published) = (radio.bind(free("inproc"))?, publisher.bind(free("inproc"))?);
    let dishes = [context.socket(Dish)?, context.socket(Dish)?];
    let subscribers = [context.socket(Sub)?, context.socket(Sub)?];
    for (dish, subscriber) in dishes.iter().zip(&subscribers) {
        dish.join(LONG)?.connect(&radiated)?;
        subscriber.subscribe("")?.connect(&published)?;
    }
    radio.events()?;
    publisher.events()?;
    for len in [0, 20, 100, 5000] {
        radio.send_to_group(LONG, vec![b'x'; len])?;
        publisher.send(Message::from(vec![b'x'; len]).with_group(LONG)?)?;
        for (dish, subscriber) in dishes.iter().zip(&subscribers) {
            for message in [take(dish)?, take(subscriber)?] {
                assert_eq!((message.group(), message.len()), (Some(LONG), len));
            }
        }
    }
    Ok(())
}

#[test]
fn msg_set_group_twice_the_last_group_counts() -> Result<()> {
    let other_long = if cfg!(zmq_patched) { "another group of more than fourteen bytes" } else { "another" };
    for len in [0, 33, 100, 5000] {
        let mut message = Message::from(vec![b'x'; len]);
        for group in ["short", LONG, other_long, LONG, "short", "other"] {
            message.set_group(group)?;
            assert_eq!((message.group(), message.len()), (Some(group), len));
        }
        assert_eq!(message, vec![b'x'; len]);
    }
    Ok(())
}

#[test]
fn shares_and_clones_keep_the_group() -> Result<()> {
    for group in ["short", LONG] {
        for len in [5, 100, 5000] {
            let mut message = Message::from(vec![7; len]).with_group(group)?;
            let (mut share, clone) = (message.share(), message.clone());
            message.set_group(&LONG[1..])?;
            assert_eq!((share.group(), clone.group()), (Some(group), Some(group)));
            share.make_mut().fill(1);
            assert_eq!((share.group(), &*share), (Some(group), &vec![1; len][..]));
            assert_eq!((message.len(), clone), (len, vec![7; len].into()));
        }
    }
    Ok(())
}

#[test]
fn debug_shows_the_group() -> Result<()> {
    assert_eq!(
        format!("{:?}", Message::from("sunny").with_group("wä")?),
        "Message(5 bytes, \"sunny\", group \"w\\xc3\\xa4\")"
    );
    assert_eq!(format!("{:?}", Message::from("sunny")), "Message(5 bytes, \"sunny\")");
    Ok(())
}

#[test]
fn a_message_keeps_its_group_through_other_sockets() -> Result<()> {
    let context = context()?;
    let (radio, dish) = joined(&context, "inproc", &[LONG])?;
    let (sink, source) = pair(&context, "inproc", (Pull, Push))?;
    source.send(Message::from("forwarded").with_group(LONG)?)?;
    radio.send(take(&sink)?)?;
    let message = take(&dish)?;
    assert_eq!((message.group(), message.to_str()?), (Some(LONG), "forwarded"));
    Ok(())
}

#[test]
fn a_send_without_a_group_is_refused() -> Result<()> {
    let context = context()?;
    let radio = context.socket(Radio)?;
    let any = context.socket(SocketType::Radio)?;
    let reason = "cannot send on a RADIO socket: the message has no group; call send_to_group, or Message::with_group";
    let refused = [
        radio.send("text").unwrap_err(),
        radio.try_send(vec![7; 1000]).unwrap_err(),
        radio.send_timeout(Message::from("text"), Duration::ZERO).unwrap_err(),
        any.send("text").unwrap_err(),
    ];
    for refused in refused {
        assert_eq!((refused.error.to_string().as_str(), refused.kind()), (reason, ErrorKind::InvalidInput));
        assert!(!refused.message.is_empty());
    }
    let refused = any.send_multipart(["text"]).unwrap_err();
    assert_eq!((refused.error.to_string().as_str(), refused.message), (reason, Multipart::from(["text"])));
    any.send(Message::from("text").with_group("weather")?).map_err(Into::into)
}

#[test]
fn untyped_sockets_of_other_types_have_no_groups() -> Result<()> {
    let context = context()?;
    let (radio, dish) = (context.socket(SocketType::Radio)?, context.socket(SocketType::Dish)?);
    dish.join("weather")?;
    radio.send_to_group("weather", "sunny")?;
    let push = context.socket(SocketType::Push)?;
    let error = push.join("weather").unwrap_err();
    assert_eq!(error.to_string(), "cannot join the group \"weather\": only DISH sockets have groups (ENOTSUP)");
    let refused = push.send_to_group("weather", "sunny").unwrap_err();
    assert_eq!(refused.error.to_string(), "cannot send on a PUSH socket: only RADIO sockets send to groups (ENOTSUP)");
    assert_eq!(dish.send("dishes only receive").unwrap_err().kind(), ErrorKind::NotSupported);
    assert_eq!(radio.recv().unwrap_err().kind(), ErrorKind::NotSupported);
    Ok(())
}

#[test]
fn a_radio_drops_at_the_limit_unless_no_drop_is_set() -> Result<()> {
    for no_drop in [false, true] {
        let context = context()?;
        let (radio, dish) = (context.socket(Radio)?, context.socket(Dish)?);
        radio.set_send_hwm(1)?.set_no_drop(no_drop)?;
        dish.set_recv_hwm(1)?.join("A")?;
        dish.connect(radio.bind(free("inproc"))?)?;
        resent(|| drop(radio.try_send_to_group("A", "ready")), || dish.recv_timeout(Duration::from_millis(1)))?;
        while dish.recv_timeout(AGAIN)?.is_some() {}
        let refused = (0..100).find_map(|number: u8| radio.try_send_to_group("A", [number]).err());
        assert_eq!(refused.is_some_and(|refused| refused.is_would_block()), no_drop);
        let timed = radio.send_to_group_timeout("A", "late", Duration::from_millis(1));
        assert_eq!(timed.is_err_and(|refused| refused.is_timed_out()), no_drop);
        assert_eq!(take(&dish)?, [0]);
    }
    Ok(())
}

#[test]
fn threads_share_a_dish_and_a_radio() -> Result<()> {
    const COUNT: u32 = 500;
    let context = context()?;
    let (radio, dish) = (context.socket(Radio)?, context.socket(Dish)?);
    radio.set_send_hwm(0)?;
    dish.set_recv_hwm(0)?.join("A")?.join("B")?;
    dish.connect(radio.bind(free("inproc"))?)?;
    await_group(&radio, &dish, "B")?;
    let start = Barrier::new(6);
    let (radio, dish, start) = (&radio, &dish, &start);
    let mut all = thread::scope(|threads| {
        for group in ["A", "B"] {
            threads.spawn(move || {
                start.wait();
                (0..COUNT).for_each(|number| radio.send_to_group(group, number.to_be_bytes()).unwrap());
            });
        }
        // Groups come and go in the meantime.
        for group in ["C", LONG] {
            threads.spawn(move || {
                start.wait();
                (0..COUNT).for_each(|_| drop(dish.joined(group).unwrap()));
            });
        }
        let receivers = [(), ()].map(|()| {
            threads.spawn(move || {
                start.wait();
                let take = || take(dish).unwrap();
                (0..COUNT)
                    .map(|_| take())
                    .map(|message| (message.group().map(str::to_owned), message.into_vec()))
                    .collect::<Vec<_>>()
            })
        });
        receivers.into_iter().flat_map(|receiver| receiver.join().unwrap()).collect::<Vec<_>>()
    });
    all.sort();
    let group = |group: &str| {
        let group = Some(group.to_owned());
        (0..COUNT).map(move |number| (group.clone(), number.to_be_bytes().to_vec())).collect::<Vec<_>>()
    };
    assert_eq!(all, [group("A"), group("B")].concat());
    Ok(())
}

#[test]
fn a_blocked_receive_takes_a_group_that_another_thread_joins() -> Result<()> {
    let context = context()?;
    let (radio, dish) = pair(&context, "inproc", (Radio, Dish))?;
    thread::scope(|threads| {
        let receiver = threads.spawn(|| dish.recv_timeout(PATIENCE));
        dish.join("A")?;
        while !receiver.is_finished() {
            radio.send_to_group("A", "hello")?;
            thread::yield_now();
        }
        assert_eq!(receiver.join().unwrap()?, Some("hello".into()));
        Ok(())
    })
}
