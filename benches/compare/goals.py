"""The goals of this crate, one per line. Each is measured within one run."""

from dataclasses import dataclass

from tables import LARGE, SIZES, TITLES, UNITS, Cell


@dataclass(frozen=True)
class Limit:
    """The maximum cost of `of`, as a multiple of the cost of `to`, or in the unit of the workload."""

    of: Cell
    to: Cell | None
    target: float


@dataclass(frozen=True)
class Goal:
    title: str
    limits: tuple[Limit, ...]
    at_most: bool = True

    @property
    def counted(self) -> bool:
        return UNITS[self.limits[0].of.workload].counted


def instructions(title: str, ours: str, peer: str, theirs: str, targets: dict[int, float]) -> Goal:
    limits = (Limit(Cell("zmq", ours, size), Cell(peer, theirs, size), target) for size, target in targets.items())
    return Goal(f"{title}: instructions against {TITLES[peer]}", tuple(limits))


def speed(title: str, workload: str, peer: str, target: float, sizes: tuple[int, ...] = (8,)) -> Goal:
    """A goal for the speed, as a multiple of a peer's speed."""
    limits = (Limit(Cell(peer, workload, size), Cell("zmq", workload, size), target) for size in sizes)
    return Goal(f"{title}: speed against {TITLES[peer]}", tuple(limits), at_most=False)


def absolute(title: str, workload: str, size: int, target: float, at_most: bool = True) -> Goal:
    return Goal(title, (Limit(Cell("zmq", workload, size), None, target),), at_most)


# The ratio up to which two times count as equal.
SAME = 0.9

GOALS = [
    instructions("slice sent, received into a reused message", "reused", "c", "reused", dict.fromkeys(SIZES, 1.02)),
    instructions("new message for each", "new", "c", "reused", dict.fromkeys(SIZES, 1.07)),
    instructions("received as a `Vec`", "copied", "c", "copied", dict.fromkeys(SIZES, 1.05)),
    instructions("the default build", "reused", "c-shared", "reused", {8: 0.68, 64: 0.73, 1024: 0.80}),
    instructions("`Vec` of 8 B created and sent", "owned", "rust-zmq", "owned", {8: 0.75}),
    instructions("multipart message of one part", "multipart", "rust-zmq", "multipart", dict.fromkeys(SIZES, 0.60)),
    instructions("tasks", "tasks-inproc", "tmq", "tasks-inproc", {8: 0.40}),
    instructions("tasks", "tasks-inproc", "async-zmq", "tasks-inproc", {8: 0.40}),
    instructions("tasks", "tasks-inproc", "arzmq", "tasks-inproc", {8: 0.65}),
    instructions("tasks", "tasks-inproc", "c", "tasks-inproc", {8: 1.45}),
    speed("tasks, tcp", "tasks-tcp", "c", 0.6),
    speed("tasks, tcp, multi-threaded runtime", "tasks-tcp-threads", "tmq", 2),
    speed("tasks, tcp, REQ to REP and back", "tasks-tcp-round-trip", "c", 0.87),
    speed("throughput, inproc", "throughput-inproc", "c", SAME, LARGE),
    speed("throughput, tcp", "throughput-tcp", "c", SAME, LARGE),
    speed("latency, inproc", "latency-inproc", "c", SAME),
    speed("latency, tcp", "latency-tcp", "c", SAME),
    speed("PUB to 1 SUB", "fan-out-1", "c", SAME),
    speed("PUB to 10 SUB", "fan-out-10", "c", SAME),
    Goal("64 KiB of `Bytes` over inproc: speed against a copy", (
        Limit(Cell("zmq", "inproc-copied", 65536), Cell("zmq", "inproc-shared", 65536), 10),), at_most=False),
    Goal("a wait for 1,000 sockets: cost against one socket", (
        Limit(Cell("zmq", "poller", 1000), Cell("zmq", "poller", 1), 2),)),
    absolute("context created and terminated, ns", "create-context", 0, 100_000),
    absolute("socket opened, ns", "create-socket", 0, 100_000),
    absolute("small send, ns", "small-send", 8, 100_000),
    absolute("small receive, ns", "small-receive", 8, 100_000),
    absolute("messages/s over tcp", "throughput-tcp", 8, 100_000, at_most=False),
    absolute("first context, KiB", "memory-context", 0, 1024),
    Goal("1,000 sockets: memory of each, against 100 sockets", (
        Limit(Cell("zmq", "memory-socket", 1000), Cell("zmq", "memory-socket", 100), 1.1),)),
    absolute("growth during a million messages, KiB", "memory-growth", 8, 1024),
]
