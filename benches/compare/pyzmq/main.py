"""The workloads with pyzmq, blocking and with asyncio: `main.py WORKLOAD SIZE COUNT` prints the result of one.

Without arguments, it prints the version of libzmq and the names of the workloads.
"""

import asyncio
import sys
import threading
import time

import zmq
import zmq.asyncio

TCP = "tcp://127.0.0.1:*"
INPROC = "inproc://compare"


def connected(context, endpoint, to, origin):
    """Binds the first socket, and connects the second."""
    to, origin = context.socket(to), context.socket(origin)
    to.bind(endpoint)
    origin.connect(to.LAST_ENDPOINT)
    return to, origin


def timed(count, work):
    """Measures all messages but the first, which waits for the connection."""
    work()
    start = time.perf_counter()
    for _ in range(count):
        work()
    return time.perf_counter() - start


def beside(count, work):
    """Does the work on another thread, with one more round than is measured."""
    def all_of_it():
        for _ in range(count + 1):
            work()

    thread = threading.Thread(target=all_of_it, daemon=True)
    thread.start()
    return thread


def push_pull(endpoint, size, count):
    with zmq.Context() as context:
        sink, source = connected(context, endpoint, zmq.PULL, zmq.PUSH)
        content = bytes(size)
        sending = beside(count, lambda: source.send(content))
        seconds = timed(count, sink.recv)
        sending.join()
        context.destroy()
        return seconds


def request_reply(endpoint, size, count):
    with zmq.Context() as context:
        server, client = connected(context, endpoint, zmq.REP, zmq.REQ)
        content = bytes(size)

        def ask():
            client.send(content)
            client.recv()

        answering = beside(count, lambda: server.send(server.recv()))
        seconds = timed(count, ask)
        answering.join()
        context.destroy()
        return seconds


async def timed_task(count, work):
    await work()
    start = time.perf_counter()
    for _ in range(count):
        await work()
    return time.perf_counter() - start


async def push_pull_tasks(endpoint, size, count):
    context = zmq.asyncio.Context()
    sink, source = connected(context, endpoint, zmq.PULL, zmq.PUSH)
    content = bytes(size)

    async def send():
        for _ in range(count + 1):
            await source.send(content)

    seconds, _ = await asyncio.gather(timed_task(count, sink.recv), send())
    context.destroy()
    return seconds


async def request_reply_tasks(endpoint, size, count):
    context = zmq.asyncio.Context()
    server, client = connected(context, endpoint, zmq.REP, zmq.REQ)
    content = bytes(size)

    async def ask():
        await client.send(content)
        await client.recv()

    async def answer():
        for _ in range(count + 1):
            await server.send(await server.recv())

    seconds, _ = await asyncio.gather(timed_task(count, ask), answer())
    context.destroy()
    return seconds


WORKLOADS = {
    "throughput-inproc": lambda size, count: push_pull(INPROC, size, count),
    "throughput-tcp": lambda size, count: push_pull(TCP, size, count),
    "latency-inproc": lambda size, count: request_reply(INPROC, size, count),
    "latency-tcp": lambda size, count: request_reply(TCP, size, count),
    "tasks-tcp": lambda size, count: asyncio.run(push_pull_tasks(TCP, size, count)),
    "tasks-tcp-round-trip": lambda size, count: asyncio.run(request_reply_tasks(TCP, size, count)),
}


def main():
    if len(sys.argv) != 4:
        print(f"libzmq {zmq.zmq_version()}", *WORKLOADS, sep="\n")
        return
    name, size, count = sys.argv[1:]
    print(f"{WORKLOADS[name](int(size), int(count)):.9f}")


if __name__ == "__main__":
    main()
