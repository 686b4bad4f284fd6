//! A queue device made by hand. Origin: test_reqrep_device.cpp.

use zmq::{Dealer, Rep, Req, Result, Router};

use crate::support::*;

#[test]
fn frames_pass_through_with_their_envelope() -> Result<()> {
    let context = context()?;
    let (front, back) = (context.socket(Router)?, context.socket(Dealer)?);
    let (client, worker) = (context.socket(Req)?, context.socket(Rep)?);
    worker.connect(back.bind(free("tcp"))?)?;
    client.connect(front.bind(free("tcp"))?)?;

    client.send_multipart(["ABC", "DEF"])?;
    // The frames: the ID that the router adds, the client's empty frame, and the two frames of the request.
    for frame in 0..4 {
        let message = take(&front)?;
        let more = message.more();
        assert_eq!(more, frame < 3);
        match more {
            true => back.send_more(message)?,
            false => back.send(message)?,
        }
    }
    expect(&worker, ["ABC", "DEF"]);
    worker.send_multipart(["GHI", "JKL"])?;
    let reply = take_all(&back)?;
    assert_eq!(reply.len(), 4);
    front.send_multipart(reply)?;
    expect(&client, ["GHI", "JKL"]);
    Ok(())
}
