//! The endpoint that a bind returns. Origin: test_last_endpoint.cpp.

use zmq::{Result, Router};

use crate::support::*;

#[test]
fn each_bind_returns_its_own_endpoint() -> Result<()> {
    let router = context()?.socket(Router)?;
    for endpoint in [fixed("tcp"), fixed("tcp"), fixed("inproc"), fixed("ipc")] {
        assert_eq!(router.bind(&endpoint)?, endpoint.as_str());
    }
    Ok(())
}
