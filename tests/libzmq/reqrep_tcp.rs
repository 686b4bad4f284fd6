//! Requests and replies over TCP, from one source address and from several. Origin: test_reqrep_tcp.cpp.

use zmq::{Context, Endpoint, Rep, Req, Result, Socket};

use crate::support::*;

/// Calls `test` with each address of this machine, and `true` if the address is an IPv6 one.
fn with_each_version(test: fn(&str, bool) -> Result<()>) -> Result<()> {
    test(&loopback().to_string(), false)?;
    if has_ipv6() { test("[::1]", true) } else { Ok(()) }
}

fn bound(context: &Context, address: &str, ipv6: bool) -> Result<(Socket<Rep>, Endpoint)> {
    let server = context.socket(Rep)?;
    let endpoint = server.set_ipv6(ipv6)?.bind(format!("tcp://{address}:*"))?;
    Ok((server, endpoint))
}

/// Sends requests until each server was asked, because a client asks several servers in turn.
fn ask_all(servers: &[&Socket<Rep>], client: &Socket<Req>) {
    for _ in 0..2 {
        for server in servers {
            bounce(server, client);
        }
    }
}

#[test]
fn endpoints_are_disconnected_and_unbound() -> Result<()> {
    with_each_version(|address, ipv6| {
        let context = context()?;
        let (server, endpoint) = bound(&context, address, ipv6)?;
        let client = context.socket(Req)?;
        client.set_ipv6(ipv6)?.connect(&endpoint)?;
        bounce(&server, &client);
        client.disconnect(&endpoint)?;
        server.unbind(&endpoint)
    })
}

#[test]
fn a_client_asks_several_servers_in_turn() -> Result<()> {
    with_each_version(|address, ipv6| {
        let context = context()?;
        let servers = [(); 3].map(|()| bound(&context, address, ipv6).unwrap());
        let client = context.socket(Req)?;
        client.set_ipv6(ipv6)?;
        let from = format!("tcp://{address}:0;{}", servers[2].1.address());
        let endpoints = [servers[0].1.as_str(), servers[1].1.as_str(), &from];
        for endpoint in endpoints {
            client.connect(endpoint)?;
        }
        ask_all(&[&servers[0].0, &servers[1].0, &servers[2].0], &client);
        for endpoint in endpoints.iter().rev() {
            client.disconnect(endpoint)?;
        }
        servers.iter().try_for_each(|(server, endpoint)| server.unbind(endpoint))
    })
}

#[test]
fn two_connections_may_share_a_source_port() -> Result<()> {
    let context = context()?;
    let servers = [(); 2].map(|()| bound(&context, &loopback().to_string(), false).unwrap());
    let sources = [fixed("tcp"), fixed("tcp")];
    let clients = [context.socket(Req)?, context.socket(Req)?];
    let mut connections = Vec::new();
    for (number, client) in clients.iter().enumerate() {
        for (server, (_, endpoint)) in servers.iter().enumerate() {
            // Each pair of a source and a server is unique.
            let source = &sources[(number + server) % 2];
            let connection = format!("{source};{}", endpoint.address());
            client.connect(&connection)?;
            connections.push((client, connection));
        }
    }
    for client in &clients {
        ask_all(&[&servers[0].0, &servers[1].0], client);
    }
    connections.iter().try_for_each(|(client, connection)| client.disconnect(connection))?;
    servers.iter().try_for_each(|(server, endpoint)| server.unbind(endpoint))
}
