//! Requests and replies matched by number. Origin: test_req_correlate.cpp.

use zmq::{Multipart, Req, Result, Router};

use crate::support::*;

#[test]
fn a_reply_with_another_number_is_dropped() -> Result<()> {
    let context = context()?;
    let (router, client) = (context.socket(Router)?, context.socket(Req)?);
    client.set_correlate(true)?.connect(router.bind(free("tcp"))?)?;
    client.send_multipart(["ABC", "DEF"])?;

    let mut request = take_all(&router)?;
    let envelope = request.split_envelope().unwrap();
    assert_eq!(request, ["ABC", "DEF"]);
    let [peer, number, empty] = &envelope[..] else { panic!("{envelope:?}") };
    assert_eq!((number.len(), empty.len()), (4, 0));

    let mut wrong = number.clone();
    wrong.make_mut()[0] ^= 1;
    router.send_multipart((peer, wrong, "", "DATA"))?;
    router.send_multipart((peer, "", "DATA"))?;
    router.send_multipart(Multipart::from("GHI").wrap(envelope.clone()))?;
    expect(&client, "GHI");
    Ok(())
}
