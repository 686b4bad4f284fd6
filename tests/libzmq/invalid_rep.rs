//! Replies without an envelope. Origin: test_invalid_rep.cpp.

use zmq::{Req, Result, Router};

use crate::support::*;

#[test]
fn a_reply_without_the_empty_frame_is_dropped() -> Result<()> {
    let (router, client) = pair(&context()?, "inproc", (Router, Req))?;
    client.send("r")?;
    let [id, empty, body] = take_all(&router)?.into_array().unwrap();
    assert!(empty.is_empty());
    assert_eq!(body, "r");

    // Nothing follows the ID, so the client receives a message without frames.
    router.send(&id)?;
    router.send_multipart((&id, "no empty frame", "a"))?;
    router.send_multipart((&id, "", "b"))?;
    expect(&client, "b");
    Ok(())
}
