"""BENCHMARKS.md: the measurements, the machine and the goals."""

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from build import Built
from goals import GOALS, SAME, Goal
from measure import Results
from tables import PEERS, SECTIONS, TITLES, UNITS, Cell, Section, Unit, Workload

OTHERS = [peer for peer in PEERS if peer.name not in ("c", "c-shared", "zmq", "zmq-async-io")]

INTRODUCTION = """# Benchmarks

The same small programs in C, with this crate and with other bindings, side by side in one run. This file is generated:
`benches/compare/run.py` builds all programs, measures them in some minutes, and writes the file. For its requirements,
see `--help`.

- **Counts** are instructions, counted by callgrind: the difference between 2N and N messages, divided by N. They are
  reproducible to 0.5 %, regardless of the load of the machine. `--check` fails if a goal for a count is missed.
- **Clocks** were read in {rounds}, in which the peers take turns. A value is the median over the rounds. A ratio is the
  median of the rounds' ratios, so it can differ from the ratio of the two values. On a shared machine, clocks vary by
  20 %. They are reported but never checked: *met* and *missed* apply to this run only, and differences of up to a tenth
  are ignored.
- **C** uses the same libzmq as this crate, which shows the cost of the binding. **C, installed library** uses the
  libzmq of the system. Each of the other bindings uses the libzmq that it builds or links by default.

![Instructions, throughput and latency of C, this crate and other bindings]({drawing})
"""

NATIVE = """{names} do not use libzmq. When both ends share a runtime, as they do here, their messages reach the network
without passing through a thread of the library. In libzmq, that thread takes up most of a round trip, and no binding of
libzmq can avoid it.
"""


@dataclass
class Verdict:
    goal: Goal
    values: list[float | None]

    @property
    def met(self) -> bool | None:
        """`None` if a value is missing."""
        if None in self.values:
            return None
        pairs = zip(self.values, (limit.target for limit in self.goal.limits))
        return all(value <= target if self.goal.at_most else value >= target for value, target in pairs)

    @property
    def word(self) -> str:
        return {None: "not measured", True: "met", False: "**missed**"}[self.met]

    def columns(self) -> list[str]:
        targets = dict.fromkeys(number(limit.target) for limit in self.goal.limits)
        measured = " / ".join("-" if value is None else number(value) for value in self.values)
        kind = "count" if self.goal.counted else "clock" if self.unit is not Unit.KIB else "memory"
        target = ("≤ " if self.goal.at_most else "≥ ") + " / ".join(targets)
        return [self.goal.title, target, measured, kind, self.word]

    @property
    def unit(self) -> Unit:
        return UNITS[self.goal.limits[0].of.workload]


def verdicts(results: Results) -> list[Verdict]:
    return [Verdict(goal, [results.value(limit) for limit in goal.limits]) for goal in GOALS]


def number(value: float) -> str:
    if value >= 1e6:
        return f"{value / 1e6:.2f} M"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def rows(lines: list[list[str]]) -> str:
    head, *body = lines
    rule = ["---"] + ["---:" for _ in head[1:]]
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, rule, *body])


def goals(all_of_them: list[Verdict]) -> str:
    lines = [verdict.columns() for verdict in all_of_them]
    return rows([["goal", "target", "measured", "by", ""], *lines])


def section(results: Results, what: Section) -> str:
    """A table with a row for each workload and size, and a column for each peer that has one of them."""
    names = [workload.name for workload in what.workloads]
    measured = {cell.peer for cell in results.costs if cell.workload in names}
    peers = [peer.name for peer in PEERS if peer.name in measured]
    lines = [["", *(TITLES[peer] for peer in peers)]]
    for workload in what.workloads:
        for size in workload.sizes:
            lines.append([workload.row(size), *(entry(results, what.unit, workload, peer, size) for peer in peers)])
    return f"### {what.title}, in {what.unit.value}\n\n{what.text}\n\n{rows(lines)}\n"


def entry(results: Results, unit: Unit, workload: Workload, peer: str, size: int) -> str:
    """A value, and its ratio to C's value."""
    of_c, cell = Cell("c", workload.name, size), Cell(peer, workload.name, size)
    if cell in results.failures:
        return "failed"
    cost = results.cost(cell)
    if cost is None:
        return ""
    shown = number(unit.shown(cost))
    ratio = results.ratio(of_c, cell) if unit is Unit.RATE else results.ratio(cell, of_c)
    if cell == of_c or ratio is None:
        return shown
    return f"{shown} ({ratio:.2f})" if ratio >= 0.05 else f"{shown} ({ratio:.1g})"


def others(results: Results) -> str:
    """The cases in which another binding is better by a measurable difference."""
    found = [
        f"- {what.title}: {workload.row(size)}: {', '.join(names)}."
        for what in SECTIONS
        for workload in what.workloads
        for size in workload.sizes
        if (names := better(results, workload.name, size))
    ]
    native = " and ".join(f"`{peer.crate}`" for peer in PEERS if peer.native)
    return "\n".join(found or ["None in this run."]) + "\n\n" + NATIVE.format(names=native)


def better(results: Results, workload: str, size: int) -> list[str]:
    """The bindings that are better than this crate, with the ratios."""
    ratios = ((peer, results.ratio(Cell("zmq", workload, size), Cell(peer.name, workload, size))) for peer in OTHERS)
    return [f"{peer.title} by {ratio:.2f}" for peer, ratio in ratios if ratio and ratio > 1 / SAME]


def ran_on(built: list[Built], skipped: dict[str, str], results: Results) -> str:
    lines = [["component", "version"], ["processor", f"{processor()}, {os.cpu_count()} cores"], ["system", system()]]
    for tool in (os.environ.get("CC", "cc"), "rustc", "valgrind"):
        lines.append([tool, version(tool)])
    lines += [[f"{one.peer.title}", one.versions] for one in built]
    lines += [[TITLES[name], f"left out: {why}"] for name, why in skipped.items()]
    for cell, why in results.failures.items():
        lines.append([TITLES[cell.peer], f"`{cell.workload}` with {cell.size:,} failed: {why}"])
    return rows(lines).replace("---:", "---")


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def system() -> str:
    name = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    return f"{name}, {platform.machine()}, kernel {platform.release()}"


def version(tool: str) -> str:
    if not shutil.which(tool):
        return "not found"
    return subprocess.run([tool, "--version"], capture_output=True, text=True).stdout.splitlines()[0]


def document(
    results: Results, all_goals: list[Verdict], built: list[Built], skipped: dict[str, str], rounds: int, drawing: Path
) -> str:
    missed = sum(verdict.met is False for verdict in all_goals)
    met = sum(verdict.met is True for verdict in all_goals)
    parts = [
        INTRODUCTION.format(rounds="one round" if rounds == 1 else f"{rounds} rounds", drawing=drawing),
        f"## Goals\n\n{met} met, {missed} missed, {len(all_goals) - met - missed} not measured. "
        f"Multiple numbers in a row are for multiple message sizes.\n\n{goals(all_goals)}\n",
        f"## Environment\n\n{ran_on(built, skipped, results)}\n",
        "## Measurements\n\nNumbers in parentheses are ratios to C.\n",
        *(section(results, what) for what in SECTIONS),
        "## Where another binding is better\n\n"
        "These bindings are better than this crate by more than a tenth, by the given factor.\n",
        others(results),
    ]
    return "\n".join(parts)
