"""The peers and the workloads. Each is one line here, and each workload is a function in the programs."""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


@dataclass(frozen=True)
class Peer:
    """A peer. `name` is its program in `package`, which measures `crate`. `native` peers do not use libzmq."""

    name: str
    title: str
    crate: str = ""
    package: str = ""
    native: bool = False


PEERS = [
    Peer("c", "C"),
    Peer("c-shared", "C, installed library"),
    Peer("zmq", "this crate", "zmq", "zmq"),
    Peer("zmq-async-io", "this crate, async-io", "zmq", "zmq"),
    Peer("rust-zmq", "rust-zmq", "zmq", "rust-zmq"),
    Peer("tmq", "tmq", "tmq", "tmq"),
    Peer("async-zmq", "async_zmq", "async_zmq", "async-zmq"),
    Peer("arzmq", "arzmq", "arzmq", "arzmq"),
    Peer("zeromq", "zeromq (zmq.rs)", "zeromq", "zeromq", native=True),
    Peer("rzmq", "rzmq", "rzmq", "rzmq", native=True),
    Peer("pyzmq", "pyzmq"),
]
TITLES = {peer.name: peer.title for peer in PEERS}


class Unit(Enum):
    """The unit of a table."""

    INSTRUCTIONS = "instructions per message"
    RATE = "messages/s"
    MICROSECONDS = "µs"
    NANOSECONDS = "ns"
    KIB = "KiB"

    @property
    def counted(self) -> bool:
        return self is Unit.INSTRUCTIONS

    def shown(self, cost: float) -> float:
        if self is Unit.RATE:
            return 1 / cost
        return cost * {Unit.MICROSECONDS: 1e6, Unit.NANOSECONDS: 1e9, Unit.KIB: 1 / 1024}.get(self, 1)


@dataclass(frozen=True)
class Workload:
    """A workload. `count` is the number of messages or things in the first run. Timed runs are then adjusted to equal
    durations, unless `fixed` is set. `beside` is the workload of C to compare with, if that is a different one."""

    name: str
    title: str
    sizes: tuple[int, ...] = (8,)
    count: int = 10_000
    fixed: bool = False
    beside: str | None = None
    label: str = "{:,} B"

    def row(self, size: int) -> str:
        return ", ".join(filter(None, [self.title, self.label.format(size)]))


@dataclass(frozen=True)
class Section:
    title: str
    unit: Unit
    text: str
    workloads: tuple[Workload, ...]


SIZES = (8, 64, 1024)
LARGE = (8, 1024, 65536)

SECTIONS = [
    Section("Sent and received", Unit.INSTRUCTIONS, "PAIR to PAIR over inproc on one thread.", (
        Workload("reused", "slice sent, received into a reused message", SIZES),
        Workload("new", "slice sent, new message for each", SIZES),
        Workload("copied", "slice sent, received as a new buffer", SIZES),
        Workload("owned", "`Vec` created and sent", beside="reused"),
        Workload("multipart", "multipart message of one part", SIZES, beside="new"),
    )),
    Section("Two tasks", Unit.INSTRUCTIONS,
            "Over inproc, on a single-threaded runtime. C has no tasks: its thread alternates sends and receives.", (
        Workload("tasks-inproc", "PUSH to PULL"),
        Workload("tasks-inproc-round-trip", "REQ to REP and back", count=2_000),
    )),
    Section("Throughput, blocking", Unit.RATE, "One thread sends, and another receives.", (
        Workload("throughput-inproc", "PUSH to PULL, inproc", LARGE),
        Workload("throughput-tcp", "PUSH to PULL, tcp", LARGE),
        Workload("fan-out-1", "PUB to 1 SUB, tcp"),
        Workload("fan-out-10", "PUB to 10 SUB, one thread each, tcp"),
    )),
    Section("Round trips, blocking", Unit.MICROSECONDS, "One thread sends requests, and another replies.", (
        Workload("latency-inproc", "REQ to REP and back, inproc", count=1_000),
        Workload("latency-tcp", "REQ to REP and back, tcp", count=1_000),
    )),
    Section("Throughput, two tasks", Unit.RATE, "C, for comparison, uses one thread per end.", (
        Workload("tasks-tcp", "PUSH to PULL, tcp, single-threaded runtime", (8, 1024), beside="throughput-tcp"),
        Workload("tasks-tcp-threads", "PUSH to PULL, tcp, multi-threaded runtime", (8, 1024), beside="throughput-tcp"),
    )),
    Section("Round trips, two tasks", Unit.MICROSECONDS, "C, for comparison, uses one thread per end.", (
        Workload("tasks-tcp-round-trip", "REQ to REP and back, tcp", count=1_000, beside="latency-tcp"),
    )),
    Section("Single steps", Unit.NANOSECONDS, "On one thread.", (
        Workload("inproc-copied", "PAIR to PAIR, inproc, copied", (65536,)),
        Workload("inproc-shared", "PAIR to PAIR, inproc, shared", (65536,)),
        Workload("small-send", "a send", count=100_000, fixed=True),
        Workload("small-receive", "a receive", count=100_000, fixed=True),
        Workload("poller", "a wait with one socket ready", (1, 1000), 100, label="of {:,}"),
        Workload("create-socket", "a socket opened", (0,), 500, fixed=True, label=""),
        Workload("create-context", "a context with a socket, created and terminated", (0,), 100, label=""),
    )),
    Section("Memory", Unit.KIB, "Growth of the process.", (
        Workload("memory-context", "the first context, with its threads and a socket", (0,), 1, fixed=True, label=""),
        Workload("memory-socket", "each further socket", (100, 1000), 1, fixed=True, label="of {:,}"),
        Workload("memory-growth", "a million messages after 100,000", count=1_000_000, fixed=True),
    )),
]
WORKLOADS = {workload.name: workload for section in SECTIONS for workload in section.workloads}
UNITS = {workload.name: section.unit for section in SECTIONS for workload in section.workloads}


class Cell(NamedTuple):
    peer: str
    workload: str
    size: int


class Chart(NamedTuple):
    title: str
    workload: str
    size: int = 8


CHARTS = [
    Chart("Instructions per message, 8 B, inproc, one thread", "new"),
    Chart("Instructions per message, 8 B, inproc, two tasks", "tasks-inproc"),
    Chart("Messages per second, 8 B, tcp, two threads", "throughput-tcp"),
    Chart("Messages per second, 8 B, tcp, two tasks, multi-threaded", "tasks-tcp-threads"),
    Chart("Round trip in µs, 8 B, tcp, two threads", "latency-tcp"),
    Chart("Round trip in µs, 8 B, tcp, two tasks on one thread", "tasks-tcp-round-trip"),
]
