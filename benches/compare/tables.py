"""What is compared: the peers and the workloads. Each is one line here, and a function in the programs."""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


@dataclass(frozen=True)
class Peer:
    """`name` is its program, of `package`, through which `crate` is measured. `native` peers do without libzmq."""

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
    """What a table shows, and by what the cost of one message or thing is multiplied for it."""

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
    """`count` is how many messages or things the first run has. Runs against the clock are then made as long as each
    other, but where it is `fixed`. `beside` is what C does beside it, where that is another workload."""

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
        Workload("copied", "slice sent, received as a buffer of its own", SIZES),
        Workload("owned", "`Vec` made and sent", beside="reused"),
        Workload("multipart", "multipart message of one part", SIZES, beside="new"),
    )),
    Section("Two tasks", Unit.INSTRUCTIONS,
            "Over inproc, on a runtime of one thread. C has no tasks: its one thread sends and receives in turns.", (
        Workload("tasks-inproc", "PUSH to PULL"),
        Workload("tasks-inproc-round-trip", "REQ to REP and back", count=2_000),
    )),
    Section("Throughput, blocking", Unit.RATE, "A thread sends, another receives.", (
        Workload("throughput-inproc", "PUSH to PULL, inproc", LARGE),
        Workload("throughput-tcp", "PUSH to PULL, tcp", LARGE),
        Workload("fan-out-1", "PUB to 1 SUB, tcp"),
        Workload("fan-out-10", "PUB to 10 SUB, a thread each, tcp"),
    )),
    Section("Round trips, blocking", Unit.MICROSECONDS, "A thread asks, another answers.", (
        Workload("latency-inproc", "REQ to REP and back, inproc", count=1_000),
        Workload("latency-tcp", "REQ to REP and back, tcp", count=1_000),
    )),
    Section("Throughput, two tasks", Unit.RATE, "Beside them, C with a thread for each end.", (
        Workload("tasks-tcp", "PUSH to PULL, tcp, runtime of one thread", (8, 1024), beside="throughput-tcp"),
        Workload("tasks-tcp-threads", "PUSH to PULL, tcp, runtime of threads", (8, 1024), beside="throughput-tcp"),
    )),
    Section("Round trips, two tasks", Unit.MICROSECONDS, "Beside them, C with a thread for each end.", (
        Workload("tasks-tcp-round-trip", "REQ to REP and back, tcp", count=1_000, beside="latency-tcp"),
    )),
    Section("Single steps", Unit.NANOSECONDS, "On one thread.", (
        Workload("inproc-copied", "PAIR to PAIR, inproc, copied", (65536,)),
        Workload("inproc-shared", "PAIR to PAIR, inproc, shared", (65536,)),
        Workload("small-send", "a send", count=100_000, fixed=True),
        Workload("small-receive", "a receive", count=100_000, fixed=True),
        Workload("poller", "a wait where one socket is ready", (1, 1000), 100, label="of {:,}"),
        Workload("create-socket", "a socket opened", (0,), 500, fixed=True, label=""),
        Workload("create-context", "a context with a socket, made and ended", (0,), 100, label=""),
    )),
    Section("Memory", Unit.KIB, "What the process grows by.", (
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
    Chart("Messages a second, 8 B, tcp, two threads", "throughput-tcp"),
    Chart("Messages a second, 8 B, tcp, two tasks on threads", "tasks-tcp-threads"),
    Chart("Round trip in µs, 8 B, tcp, two threads", "latency-tcp"),
    Chart("Round trip in µs, 8 B, tcp, two tasks on one thread", "tasks-tcp-round-trip"),
]
