"""The other side of tests/interop/patterns.rs: `peer.py ROLE bind|connect ENDPOINT SIZE...`.

Prints the endpoint once it is bound or connected, and `ok` when all messages were received and checked.
"""

import sys

import zmq

PATIENCE = 20_000  # milliseconds
ROUTING_ID = bytes([1, 0, 255, 128, 10])


def pattern(seed, size):
    """Returns the content of message number `seed`."""
    block = bytes((seed + i) % 251 for i in range(251))
    return (block * (size // len(block) + 1))[:size]


def expect(received, *wanted):
    if received != list(wanted):
        sizes = [len(frame) for frame in received], [len(frame) for frame in wanted]
        sys.exit(f"peer.py: other frames than expected, of {sizes[0]} bytes instead of {sizes[1]}")


def req(socket, seed, size):
    socket.send(pattern(seed, size))
    expect(socket.recv_multipart(), pattern(seed + 1, size))


def rep(socket, seed, size):
    expect(socket.recv_multipart(), pattern(seed, size))
    socket.send(pattern(seed + 1, size))


def push(socket, seed, size):
    socket.send_multipart([b"head", b"", pattern(seed, size)])


def pull(socket, seed, size):
    expect(socket.recv_multipart(), b"head", b"", pattern(seed, size))


def publish(socket, seed, size):
    if seed == 0:
        expect(socket.recv_multipart(), b"\x01wanted.")
    socket.send_multipart([b"unwanted.", pattern(seed, size)])
    socket.send_multipart([b"wanted.\x00", pattern(seed, size)])


def subscribe(socket, seed, size):
    expect(socket.recv_multipart(), b"wanted.\x00", pattern(seed, size))


def dealer(socket, seed, size):
    socket.send_multipart([b"", bytes([0, seed]), pattern(seed, size)])
    expect(socket.recv_multipart(), b"", pattern(seed + 1, size), bytes([0, seed]))


def router(socket, seed, size):
    expect(socket.recv_multipart(), ROUTING_ID, b"", bytes([0, seed]), pattern(seed, size))
    socket.send_multipart([ROUTING_ID, b"", pattern(seed + 1, size), bytes([0, seed])])


ROLES = {
    "req": (zmq.REQ, req),
    "rep": (zmq.REP, rep),
    "push": (zmq.PUSH, push),
    "pull": (zmq.PULL, pull),
    "publish": (zmq.XPUB, publish),
    "subscribe": (zmq.SUB, subscribe),
    "dealer": (zmq.DEALER, dealer),
    "router": (zmq.ROUTER, router),
}


def main(role, how, endpoint, *sizes):
    kind, talk = ROLES[role]
    with zmq.Context() as context, context.socket(kind) as socket:
        socket.rcvtimeo = socket.sndtimeo = PATIENCE
        socket.linger = 0 if role == "subscribe" else PATIENCE
        if role == "dealer":
            socket.routing_id = ROUTING_ID
        if role == "subscribe":
            socket.subscribe(b"wanted.")
        getattr(socket, how)(endpoint)
        print(socket.last_endpoint.rstrip(b"\0").decode(), flush=True)
        for seed, size in enumerate(map(int, sizes)):
            talk(socket, seed, size)
    print("ok", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
