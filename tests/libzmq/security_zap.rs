//! Authenticators that refuse, fail, or break the protocol. Origin: test_security_zap.cpp.

use zmq::monitor::ProtocolError;
use zmq::{Dealer, Monitor, MonitorEventKind, MonitorEvents, Multipart, Result, Socket};

use crate::support::*;
use crate::zap::{Request, Zap};

/// The mechanism of both ends of a connection.
#[derive(Clone, Copy)]
enum Security {
    Null,
    Plain,
}

impl Security {
    const ALL: [Self; 2] = [Self::Null, Self::Plain];

    fn configure(self, server: &Socket<Dealer>, client: &Socket<Dealer>) -> Result<()> {
        server.set_zap_domain("ZAPTEST")?;
        if let Self::Plain = self {
            server.set_plain_server(true)?;
            client.set_plain_username(Some("testuser"))?.set_plain_password(Some("testpass"))?;
        }
        Ok(())
    }
}

const HANDSHAKES: MonitorEvents = MonitorEvents::HANDSHAKE_SUCCEEDED
    .union(MonitorEvents::HANDSHAKE_FAILED_NO_DETAIL)
    .union(MonitorEvents::HANDSHAKE_FAILED_PROTOCOL)
    .union(MonitorEvents::HANDSHAKE_FAILED_AUTH);

/// Connects to a server with this authenticator, and passes the monitors of the server and the client to `check`.
fn refused_by(answer: fn(&Request) -> Multipart, check: impl Fn(&Monitor, &Monitor)) -> Result<()> {
    for security in Security::ALL {
        let context = context()?;
        let _zap = Zap::spawn(&context, answer)?;
        let (server, client) = (context.socket(Dealer)?, context.socket(Dealer)?);
        security.configure(&server, &client)?;
        let monitors = (server.monitor(HANDSHAKES)?, client.monitor(HANDSHAKES)?);
        client.set_reconnect_interval(None)?.connect(server.bind(free("tcp"))?)?;
        knock(&client);
        check(&monitors.0, &monitors.1);
        assert!(!server.events()?.is_writable(), "the server accepted a peer");
        expect_nothing(&server);
    }
    Ok(())
}

fn expect_protocol_error(answer: fn(&Request) -> Multipart, error: ProtocolError) -> Result<()> {
    refused_by(answer, |server, _| {
        let event = next_event(server).unwrap();
        assert_eq!((event.kind(), event.protocol_error()), (MonitorEventKind::HandshakeFailedProtocol, Some(error)));
    })
}

#[test]
fn a_reply_of_another_version_is_an_error() -> Result<()> {
    let answer = |request: &Request| ("invalid_version", request.id(), "200", "OK", "anonymous", "").into();
    expect_protocol_error(answer, ProtocolError::ZAP_BAD_VERSION)
}

#[test]
fn a_reply_to_another_request_is_an_error() -> Result<()> {
    let answer = |request: &Request| (request.version(), "invalid_request_id", "200", "OK", "anonymous", "").into();
    expect_protocol_error(answer, ProtocolError::ZAP_BAD_REQUEST_ID)
}

#[test]
fn a_reply_with_an_unknown_status_is_an_error() -> Result<()> {
    expect_protocol_error(
        |request| request.reply("invalid_status", "anonymous"),
        ProtocolError::ZAP_INVALID_STATUS_CODE,
    )
}

#[test]
fn a_reply_of_too_many_frames_is_an_error() -> Result<()> {
    let answer = |request: &Request| {
        let mut reply = request.reply("200", "anonymous");
        reply.push_back("");
        reply
    };
    expect_protocol_error(answer, ProtocolError::ZAP_MALFORMED_REPLY)
}

fn expect_status(server: &Monitor, status: u32) {
    let event = next_event(server).unwrap();
    assert_eq!((event.kind(), event.zap_status()), (MonitorEventKind::HandshakeFailedAuth, Some(status)));
}

#[test]
fn a_temporary_failure_is_not_reported_to_the_client() -> Result<()> {
    refused_by(
        |request| request.reply("300", "anonymous"),
        |server, client| {
            expect_status(server, 300);
            // The client may notice the end of the connection, but receives no status.
            while let Some(event) = client.try_recv().unwrap() {
                assert_eq!(event.kind(), MonitorEventKind::HandshakeFailedNoDetail);
            }
        },
    )
}

#[test]
fn a_refusal_and_an_internal_error_are_reported_to_the_client() -> Result<()> {
    let told = |status: u32| {
        move |server: &Monitor, client: &Monitor| {
            expect_status(server, status);
            expect_status(client, status);
        }
    };
    refused_by(|request| request.reply("400", "anonymous"), told(400))?;
    refused_by(|request| request.reply("500", "anonymous"), told(500))
}
