//! The events of an ordinary connection. Origin: test_monitor.cpp.

use zmq::{Dealer, Monitor, MonitorEvent, MonitorEventKind, MonitorEvents, Result};

use crate::support::*;

over! {
    ipc: the_events_of_a_connection_arrive_in_order;
    tcp: the_events_of_a_connection_arrive_in_order;
}

/// Receives all events until the monitor ends.
fn rest(monitor: Monitor) -> Result<Vec<MonitorEvent>> {
    monitor.collect()
}

fn the_events_of_a_connection_arrive_in_order(transport: &str) -> Result<()> {
    use MonitorEventKind::*;

    let context = context()?;
    let (server, client) = (context.socket(Dealer)?, context.socket(Dealer)?);
    let (server_events, client_events) = (server.monitor(MonitorEvents::all())?, client.monitor(MonitorEvents::all())?);
    let endpoint = server.bind(free(transport))?;
    client.connect(&endpoint)?;
    bounce(&server, &client);
    for kind in [Listening, Accepted, HandshakeSucceeded] {
        let event = next_event(&server_events)?;
        assert_eq!((event.kind(), event.endpoint()), (kind, endpoint.as_str()));
    }
    // Whether the connecting socket reports a delay first is up to the system.
    let mut event = next_event(&client_events)?;
    if event.kind() == ConnectDelayed {
        event = next_event(&client_events)?;
    }
    assert_eq!((event.kind(), event.endpoint()), (Connected, endpoint.as_str()));
    assert_eq!(next_event(&client_events)?.kind(), HandshakeSucceeded);

    drop(client);
    let rest_of_client = rest(client_events)?;
    assert_eq!(rest_of_client.last().map(MonitorEvent::kind), Some(MonitorStopped));
    assert_eq!(next_event(&server_events)?.kind(), Disconnected);
    drop(server);
    let rest_of_server: Vec<_> = rest(server_events)?.iter().map(MonitorEvent::kind).collect();
    assert_eq!(rest_of_server, [Closed, MonitorStopped]);
    Ok(())
}

#[test]
fn ipv6_endpoints_are_reported_unchanged() -> Result<()> {
    if !has_ipv6() {
        return Ok(());
    }
    let context = context()?;
    let (server, client) = (context.socket(Dealer)?, context.socket(Dealer)?);
    let events = server.monitor(MonitorEvents::all())?;
    let endpoint = server.set_ipv6(true)?.bind("tcp://[::1]:*")?;
    client.set_ipv6(true)?.connect(&endpoint)?;
    bounce(&server, &client);
    for _ in 0..3 {
        assert_eq!(next_event(&events)?.endpoint(), endpoint.as_str());
    }
    Ok(())
}
