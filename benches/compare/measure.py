"""Runs the workloads, and stores the results."""

import os
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

import counting
from build import Built
from goals import Limit
from tables import UNITS, WORKLOADS, Cell, Unit, Workload

# The duration of a timed run, and the timeout of any run, in seconds.
DURATION = 0.2
TIMEOUT = 60


@dataclass
class Results:
    """The cost of one message or thing in each round: instructions, seconds or bytes."""

    costs: dict[Cell, list[float]] = field(default_factory=dict)
    failures: dict[Cell, str] = field(default_factory=dict)

    def cost(self, cell: Cell) -> float | None:
        return median(self.costs[cell]) if self.costs.get(cell) else None

    def ratio(self, of: Cell, to: Cell) -> float | None:
        """The median of the rounds' ratios, because a temporary slowdown affects both."""
        pairs = zip(self.costs.get(of, []), self.costs.get(to, []))
        ratios = [one / other for one, other in pairs if other]
        return median(ratios) if ratios else None

    def value(self, limit: Limit) -> float | None:
        if limit.to:
            return self.ratio(limit.of, limit.to)
        cost = self.cost(limit.of)
        return None if cost is None else UNITS[limit.of.workload].shown(cost)


@dataclass
class Measurement:
    built: list[Built]
    rounds: int
    messages: int
    results: Results = field(default_factory=Results)

    def cells(self, workload: Workload) -> list[tuple[Cell, list[str]]]:
        """The cells to run, with their commands. The workload in C can be a different one."""
        cells = []
        for size in workload.sizes:
            for built in self.built:
                name = workload.beside if workload.beside and built.peer.name == "c" else workload.name
                if name in built.commands:
                    cells.append((Cell(built.peer.name, workload.name, size), [*built.commands[name], name]))
        return cells

    def all(self) -> Results:
        begin = time.monotonic()
        for number, workload in enumerate(WORKLOADS.values(), start=1):
            print(f"{time.monotonic() - begin:5.0f} s  {number}/{len(WORKLOADS)}  {workload.name}", flush=True)
            if UNITS[workload.name].counted:
                self.count(workload)
            else:
                self.time(workload)
        return self.results

    def count(self, workload: Workload) -> None:
        """Counts on all cores, because instruction counts do not depend on other processes."""
        def one(work: tuple[Cell, list[str]]) -> None:
            cell, command = work
            with self.noting(cell):
                messages = min(self.messages, workload.count)
                self.results.costs[cell] = [counting.count(*command, cell.size, messages)]

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(one, self.cells(workload)))

    def time(self, workload: Workload) -> None:
        """Runs the peers in turn, so that a temporary slowdown affects all of them."""
        for size in workload.sizes:
            cells = [work for work in self.cells(workload) if work[0].size == size]
            counts = {}
            for cell, command in cells:
                with self.noting(cell):
                    counts[cell] = self.calibrated(workload, cell, command)
            for _ in range(self.rounds):
                for cell, command in cells:
                    if cell not in self.results.failures:
                        with self.noting(cell):
                            self.results.costs.setdefault(cell, []).append(once(command, cell, counts[cell]))

    def calibrated(self, workload: Workload, cell: Cell, command: list[str]) -> int:
        """The number of messages in a round."""
        if workload.fixed:
            return workload.count
        tenth = max(workload.count // 10, 10)
        cost = once(command, cell, tenth)
        # The first messages are slower than later ones, so a second run gives a better estimate.
        cost = once(command, cell, max(tenth, min(workload.count, int(DURATION / cost))))
        return max(tenth, int(DURATION / cost))

    @contextmanager
    def noting(self, cell: Cell) -> Iterator[None]:
        """Records the failure of a run, so that the others can continue."""
        try:
            yield
        except subprocess.TimeoutExpired:
            self.results.failures[cell] = f"timed out after {TIMEOUT} s"
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            self.results.failures[cell] = "exited with an error"
            print(f"         {cell.peer}, {cell.size}: {getattr(error, 'stderr', None) or error}", flush=True)


def once(command: list[str], cell: Cell, count: int) -> float:
    """The cost of one message or thing."""
    said = counting.run(*command, str(cell.size), str(count), capture_output=True, timeout=TIMEOUT)
    measured = float(said.stdout)
    return measured if UNITS[cell.workload] is Unit.KIB else measured / count
