//! Peers without a handshake. Origin: test_stream_timeout.cpp.

use std::time::Duration;

use zmq::{Dealer, MonitorEventKind, MonitorEvents, Result, Socket, Stream};

use crate::support::*;

/// Limits the time that the dealer waits for a handshake.
const BRIEFLY: Duration = Duration::from_millis(100);

fn impatient(dealer: &Socket<Dealer>) -> Result<()> {
    assert_eq!(dealer.handshake_interval()?, Some(Duration::from_secs(30)), "the default");
    dealer.set_handshake_interval(BRIEFLY)?;
    assert_eq!(dealer.handshake_interval()?, Some(BRIEFLY));
    Ok(())
}

#[test]
fn a_silent_client_is_disconnected() -> Result<()> {
    let context = context()?;
    let (dealer, silent) = (context.socket(Dealer)?, context.socket(Stream)?);
    impatient(&dealer)?;
    let monitor = dealer.monitor(MonitorEvents::CONNECTED | MonitorEvents::ACCEPTED | MonitorEvents::DISCONNECTED)?;
    silent.connect(dealer.bind(free("tcp"))?)?;
    expect_events(&monitor, [MonitorEventKind::Accepted, MonitorEventKind::Disconnected]);
    Ok(())
}

#[test]
fn a_silent_server_is_disconnected() -> Result<()> {
    let context = context()?;
    let (dealer, silent) = (context.socket(Dealer)?, context.socket(Stream)?);
    impatient(&dealer)?;
    let monitor = dealer.monitor(MonitorEvents::CONNECTED | MonitorEvents::ACCEPTED | MonitorEvents::DISCONNECTED)?;
    dealer.connect(silent.bind(free("tcp"))?)?;
    expect_events(&monitor, [MonitorEventKind::Connected, MonitorEventKind::Disconnected]);
    Ok(())
}
