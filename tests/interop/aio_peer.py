"""The other side of tests/aio/interop.rs, on asyncio: `aio_peer.py ROLE ENDPOINT COUNT`.

Connects, and prints `ok` when all messages were received and checked.
"""

import asyncio
import sys

import zmq
import zmq.asyncio

PATIENCE = 20  # seconds


def frames(number):
    """Returns message `number`, which has three frames of different lengths."""
    text = str(number).encode()
    return [text, b"", text * (number % 1000)]


def expect(received, number):
    if received != frames(number):
        sys.exit(f"aio_peer.py: another message than number {number}: {received!r:.100}")


async def talk(socket, count):
    """Sends and receives concurrently."""

    async def send():
        for number in range(count):
            await socket.send_multipart(frames(number))

    async def receive():
        for number in range(count):
            expect(await socket.recv_multipart(), number)

    await asyncio.gather(send(), receive())


async def serve(socket, count):
    for number in range(count):
        expect(await socket.recv_multipart(), number)
        await socket.send_multipart(frames(number + 1))


async def ask(socket, count):
    for number in range(count):
        await socket.send_multipart(frames(number))
        expect(await socket.recv_multipart(), number + 1)


ROLES = {"talk": (zmq.DEALER, talk), "serve": (zmq.REP, serve), "ask": (zmq.REQ, ask)}


async def main(role, endpoint, count):
    kind, run = ROLES[role]
    with zmq.asyncio.Context() as context, context.socket(kind) as socket:
        socket.linger = PATIENCE * 1000
        socket.connect(endpoint)
        await asyncio.wait_for(run(socket, int(count)), PATIENCE)
    print("ok", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
