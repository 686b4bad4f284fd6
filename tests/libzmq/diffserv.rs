//! The type of service of packets. Origin: test_diffserv.cpp.

use zmq::{Pair, Result};

use crate::support::*;

#[test]
fn each_end_has_its_own_type_of_service() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Pair)?, context.socket(Pair)?);
    assert_eq!(server.tos()?, 0);
    let endpoint = server.set_tos(0x28)?.bind(free("tcp"))?;
    client.set_tos(0x58)?.connect(endpoint)?;
    assert_eq!((server.tos()?, client.tos()?), (0x28, 0x58));
    bounce(&server, &client);
    Ok(())
}
