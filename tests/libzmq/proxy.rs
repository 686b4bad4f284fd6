//! Clients, a proxy, and workers. Origin: test_proxy.cpp.

use std::thread;

use zmq::{Context, Dealer, Result, Router};

use crate::support::*;

const CLIENTS: u8 = 3;
const WORKERS: u8 = 5;
const REQUESTS: u8 = 100;

/// Sends numbered requests without waiting for replies, then receives the 0 to 4 replies of each request.
fn be_client(context: &Context, endpoint: &str, client: u8) -> Result<()> {
    let socket = context.socket(Dealer)?;
    socket.set_routing_id(format!("client-{client}"))?.connect(endpoint)?;
    for request in 0..REQUESTS {
        socket.send([client, request])?;
    }
    let mut replies: Vec<Vec<u8>> = Vec::new();
    let mut expected: Vec<Vec<u8>> = Vec::new();
    for request in 0..REQUESTS {
        for reply in 0..request % 5 {
            expected.push(vec![client, request, reply]);
            replies.push(take(&socket)?.into_vec());
        }
    }
    replies.sort();
    assert_eq!(replies, expected);
    expect_nothing(&socket);
    Ok(())
}

/// Answers requests until the context ends.
fn be_worker(context: &Context, endpoint: &str) -> Result<()> {
    let socket = context.socket(Dealer)?;
    socket.connect(endpoint)?;
    loop {
        let [client, request] = socket.recv_multipart()?.into_array().unwrap();
        for reply in 0..request[1] % 5 {
            socket.send_multipart((&client, [&request[..], &[reply]].concat()))?;
        }
    }
}

#[test]
fn every_reply_finds_its_client_until_the_context_ends() -> Result<()> {
    let context = &context()?;
    let (front, back) = (context.socket(Router)?, context.socket(Dealer)?);
    let front_endpoint = front.bind(free("tcp"))?;
    let back_endpoint = back.bind(free("inproc"))?;
    let (front_endpoint, back_endpoint) = (front_endpoint.as_str(), back_endpoint.as_str());
    thread::scope(|threads| {
        let workers = (0..WORKERS).map(|_| threads.spawn(|| be_worker(context, back_endpoint)));
        let workers: Vec<_> = workers.collect();
        let proxy = threads.spawn(move || zmq::proxy(&front, &back));
        let clients = (0..CLIENTS).map(|client| threads.spawn(move || be_client(context, front_endpoint, client)));
        let clients: Vec<_> = clients.collect();
        let served: Vec<_> = clients.into_iter().map(|client| client.join()).collect();
        // The proxy and the workers must end even if a client failed.
        context.shutdown();
        for client in served {
            client.unwrap().unwrap();
        }
        proxy.join().unwrap().unwrap();
        for worker in workers {
            assert!(worker.join().unwrap().unwrap_err().is_terminated());
        }
    });
    Ok(())
}
