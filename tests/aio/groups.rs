//! RADIO, DISH and DGRAM sockets in tasks.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use zmq::aio::AsyncSocket;
use zmq::{Dgram, Dish, ErrorKind, Message, Radio, Result};

use crate::common::{PATIENCE, context, pair};
use crate::runtimes::{Executor, ok, on_every_runtime, soon, within};
use crate::shared::shared;

on_every_runtime! {
    tasks_send_to_groups_and_receive_from_them;
    a_send_without_a_group_is_refused;
    a_task_exchanges_datagrams;
}

async fn tasks_send_to_groups_and_receive_from_them<E: Executor>() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let (radio, dish) = pair(&context()?, transport, (Radio, Dish))?;
        let (radio, dish) = (shared::<E, _>(radio)?, shared::<E, _>(dish)?);
        dish.get_ref().join("weather")?;
        soon::<E, Result<()>>(async {
            loop {
                radio.send(Message::from("rain").with_group("news")?).await?;
                radio.send_to_group("weather", "sunny").await?;
                // The first ones are lost if the RADIO does not know the group yet.
                if let Some(message) = within::<E, _>(Duration::from_millis(20), dish.recv()).await {
                    let message = message?;
                    assert_eq!((message.group(), message.to_str()?), (Some("weather"), "sunny"));
                    return Ok(());
                }
            }
        })
        .await?;
    }
    Ok(())
}

async fn a_send_without_a_group_is_refused<E: Executor>() -> Result<()> {
    let radio = shared::<E, _>(context()?.socket(Radio)?)?;
    let refused = radio.send("returned").await.unwrap_err();
    assert_eq!((refused.kind(), refused.message), (ErrorKind::InvalidInput, "returned".into()));
    let refused = radio.send_to_group("", "returned").await.unwrap_err();
    assert_eq!((refused.kind(), refused.message), (ErrorKind::InvalidInput, "returned".into()));
    ok(())
}

async fn a_task_exchanges_datagrams<E: Executor>() -> Result<()> {
    let socket = context()?.socket(Dgram)?;
    let endpoint = socket.bind("udp://127.0.0.1:*")?;
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    peer.set_read_timeout(Some(PATIENCE)).unwrap();
    let address: SocketAddr = peer.local_addr().unwrap();
    let mut socket = AsyncSocket::<_, E>::new(socket)?;
    soon::<E, Result<()>>(async {
        let received = loop {
            // The socket may not be bound yet.
            peer.send_to(b"question", endpoint.address()).unwrap();
            if let Some(received) = within::<E, _>(Duration::from_millis(20), socket.recv_datagram()).await {
                break received?;
            }
        };
        assert_eq!((received.address, received.body), (address, Message::from("question")));
        let refused = socket.send_datagram(address, vec![0; 8193]).await.unwrap_err();
        assert_eq!((refused.kind(), refused.message.len()), (ErrorKind::InvalidInput, 8193));
        socket.send_datagram(address, "answer").await?;
        socket.send_multipart((address.to_string(), "frames")).await?;
        Ok(())
    })
    .await?;
    for expected in [b"answer", b"frames"] {
        let mut answer = [0; 6];
        assert_eq!(peer.recv(&mut answer).unwrap(), 6);
        assert_eq!(&answer, expected);
    }
    Ok(())
}
