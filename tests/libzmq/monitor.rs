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

#[cfg(feature = "draft")]
mod versioned {
    use zmq::{Pull, Push};

    use super::*;

    over! {
        ipc: the_events_of_a_connection_have_addresses the_queues_of_all_connections_are_measured;
        tcp: the_events_of_a_connection_have_addresses the_queues_of_all_connections_are_measured;
    }

    fn the_events_of_a_connection_have_addresses(transport: &str) -> Result<()> {
        use MonitorEventKind::*;

        let context = context()?;
        let (server, client) = (context.socket(Dealer)?, context.socket(Dealer)?);
        let (server_events, client_events) = (
            server.monitor_with_addresses(MonitorEvents::all())?,
            client.monitor_with_addresses(MonitorEvents::all() - MonitorEvents::CONNECT_DELAYED)?,
        );
        let endpoint = server.bind(free(transport))?;
        client.connect(&endpoint)?;
        bounce(&server, &client);

        let connected = next_event(&client_events)?;
        assert_eq!((connected.kind(), connected.remote_address()), (Connected, Some(endpoint.as_str())));
        let client_address = connected.local_address();
        let succeeded = next_event(&client_events)?;
        assert_eq!((succeeded.kind(), succeeded.remote_address()), (HandshakeSucceeded, Some(endpoint.as_str())));
        assert_eq!(succeeded.local_address(), client_address);

        let listening = next_event(&server_events)?;
        assert_eq!((listening.kind(), listening.local_address()), (Listening, Some(endpoint.as_str())));
        assert_eq!(listening.remote_address(), None);
        for kind in [Accepted, HandshakeSucceeded] {
            let event = next_event(&server_events)?;
            assert_eq!((event.kind(), event.local_address()), (kind, Some(endpoint.as_str())));
            assert_eq!(event.remote_address(), client_address);
        }
        drop(client);
        let disconnected = next_event(&server_events)?;
        assert_eq!((disconnected.kind(), disconnected.local_address()), (Disconnected, Some(endpoint.as_str())));
        assert_eq!(disconnected.remote_address(), client_address);
        Ok(())
    }

    fn the_queues_of_all_connections_are_measured(transport: &str) -> Result<()> {
        const HWM: u32 = 10;

        if !zmq::sys::build::PATCHED {
            return Ok(());
        }
        let context = context()?;
        let source = context.socket(Push)?;
        let events = source.monitor_with_addresses(MonitorEvents::empty())?;
        assert!(!source.request_queue_lengths()?);
        let endpoint = source.set_send_hwm(HWM)?.bind(free(transport))?;
        let sinks = [context.socket(Pull)?, context.socket(Pull)?];
        for sink in &sinks {
            sink.set_recv_hwm(HWM)?.connect(&endpoint)?;
        }
        // The sizes of the system's buffers are unknown, so the messages are large.
        let body = vec![0; 1 << 20];
        let mut lengths = Vec::new();
        eventually("both queues are full", || {
            while source.try_send(&body).is_ok() {}
            lengths.clear();
            let Ok(true) = source.request_queue_lengths() else { return false };
            eventually("the answers arrive", || {
                source.events().unwrap();
                while let Some(event) = events.try_recv().unwrap() {
                    assert_eq!((event.kind(), event.endpoint()), (MonitorEventKind::QueueLengths, endpoint.as_str()));
                    lengths.extend(event.queue_lengths());
                }
                !lengths.is_empty()
            });
            lengths.len() == 2 && lengths.iter().all(|lengths| lengths.outbound == HWM.into())
        });
        assert!(lengths.iter().all(|lengths| lengths.inbound == 0), "{lengths:?}");
        Ok(())
    }
}
