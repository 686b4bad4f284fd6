//! Messages for the subscribers whose topics do not match. Origin: test_pub_invert_matching.cpp.

use zmq::{Pub, Result, Sub};

use crate::support::*;

#[test]
fn inverted_matching_selects_the_subscribers_of_other_prefixes() -> Result<()> {
    let context = context()?;
    let publisher = context.socket(Pub)?;
    let subscribers = connected(&context, Sub, 2, publisher.bind(free("inproc"))?)?;
    let prefixes = ["prefix1", "p2"];
    for (subscriber, prefix) in subscribers.iter().zip(prefixes) {
        subscriber.subscribe(prefix)?;
    }
    // Over inproc the subscriptions have arrived, and reading the events makes the publisher process them.
    publisher.events()?;
    let publish_both = || prefixes.iter().try_for_each(|prefix| publisher.send(*prefix));
    publish_both()?;
    for (subscriber, prefix) in subscribers.iter().zip(prefixes) {
        expect(subscriber, prefix);
        expect_nothing(subscriber);
    }

    publisher.set_invert_matching(true)?;
    for subscriber in &subscribers {
        subscriber.set_invert_matching(true)?;
    }
    publish_both()?;
    for (subscriber, prefix) in subscribers.iter().zip(prefixes.iter().rev()) {
        expect(subscriber, *prefix);
        expect_nothing(subscriber);
    }
    Ok(())
}
