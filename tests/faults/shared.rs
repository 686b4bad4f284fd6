//! Sockets that several threads use at the same time.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use zmq::{Client, Message, Result, Server};

use crate::common::{PATIENCE, context, free};

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn shared_attach_a_connect_wakes_a_send_on_another_thread() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let context = context()?;
        let (server, client) = (context.socket(Server)?, context.socket(Client)?);
        let endpoint = server.bind(free(transport))?;
        thread::scope(|scope| {
            let (starting, started) = mpsc::channel();
            let client = &client;
            let sender = scope.spawn(move || {
                starting.send(()).expect("a receiver");
                client.send("waits for a peer")
            });
            started.recv().expect("a sender");
            // By the end of this, the thread waits.
            assert_eq!(server.recv_timeout(Duration::from_millis(50))?, None, "{transport}");
            client.connect(&endpoint)?;
            sender.join().expect("no panic")?;
            assert_eq!(server.recv_timeout(PATIENCE)?, Some(Message::from("waits for a peer")), "{transport}");
            Ok::<_, zmq::Error>(())
        })?;
    }
    Ok(())
}
