"""The other side of tests/interop/auth.rs, which sends its orders line by line.

An order consists of words, separated by tabs. Each answer is one line.
"""

import pathlib
import sys

import zmq
import zmq.auth
from zmq.auth.thread import ThreadAuthenticator
from zmq.utils.monitor import recv_monitor_message

PATIENCE = 20_000  # milliseconds
OUTCOMES = {
    zmq.EVENT_HANDSHAKE_SUCCEEDED: "in",
    zmq.EVENT_HANDSHAKE_FAILED_AUTH: "auth",
    zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL: "broken",
    zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL: "broken",
}


def secure(socket, mechanism, *words):
    if mechanism == "plain":
        socket.plain_username, socket.plain_password = (word.encode() for word in words)
    elif mechanism == "curve":
        own, server = words
        socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(own)
        socket.curve_serverkey, _ = zmq.auth.load_certificate(server)


def client(context, endpoint, *security):
    """Connects, and returns the outcome of the handshake. Sends a message after a success."""
    with context.socket(zmq.PUSH) as socket:
        socket.linger = PATIENCE
        socket.sndtimeo = PATIENCE
        secure(socket, *security)
        monitor = socket.get_monitor_socket(sum(OUTCOMES))
        monitor.rcvtimeo = PATIENCE
        socket.connect(endpoint)
        event = recv_monitor_message(monitor)
        outcome = OUTCOMES[event["event"]]
        if outcome == "in":
            socket.send(b"hello")
        if outcome == "auth":
            outcome += f" {event['value']}"
        # The message is sent in the background.
        socket.disable_monitor()
        return outcome


class Servers:
    """A PLAIN and a CURVE server with pyzmq's own authenticator."""

    def __init__(self, plain, curve, certificates, own):
        # A new context, because libzmq frees the authenticator's name only some time after a close.
        context = self.context = zmq.Context()
        self.authenticator = ThreadAuthenticator(context)
        self.authenticator.start()
        self.authenticator.configure_plain(domain="*", passwords={"admin": "secret"})
        self.authenticator.configure_curve(domain="*", location=certificates)
        self.sockets = {"plain": context.socket(zmq.PULL), "curve": context.socket(zmq.PULL)}
        self.sockets["plain"].plain_server = True
        secret = self.sockets["curve"]
        secret.curve_publickey, secret.curve_secretkey = zmq.auth.load_certificate(own)
        secret.curve_server = True
        for socket, endpoint in zip(self.sockets.values(), (plain, curve)):
            socket.rcvtimeo = PATIENCE
            socket.bind(endpoint)

    def endpoints(self):
        return "\t".join(socket.last_endpoint.rstrip(b"\0").decode() for socket in self.sockets.values())

    def receive(self, which):
        frame = self.sockets[which].recv(copy=False)
        return f"{frame.bytes.decode()}\t{frame.get('User-Id')}"

    def close(self):
        self.authenticator.stop()
        self.context.destroy(0)


def main():
    context = zmq.Context()
    servers = None
    for line in sys.stdin:
        what, *words = line.rstrip("\n").split("\t")
        if what == "client":
            answer = client(context, *words)
        elif what == "servers":
            if servers:
                servers.close()
            servers = Servers(*words)
            answer = servers.endpoints()
        elif what == "receive":
            answer = servers.receive(*words)
        elif what == "create":
            public, secret = zmq.auth.create_certificates(*words, metadata={"name": "Pythia", "note": 'a "word"'})
            pathlib.Path(secret).chmod(0o600)
            answer = f"{public}\t{secret}"
        elif what == "load":
            public, secret = zmq.auth.load_certificate(*words)
            answer = f"{public.decode()}\t{secret.decode() if secret else ''}"
        else:
            sys.exit(f"auth_peer.py: {what}?")
        print(answer, flush=True)
    if servers:
        servers.close()
    context.destroy(0)


if __name__ == "__main__":
    main()
