"""BENCHMARKS.md: what was measured, on what, and which goals are met."""

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

The same small programs through C, this crate and other bindings, side by side in one run. `benches/compare/run.py`
wrote this file: it builds everything, takes some minutes, and says with `--help` what it needs.

- **Counts** are instructions, which callgrind counts: the difference between 2N and N messages, over N. They repeat to
  0.5 %, whatever else the machine does; `--check` fails where a goal that is a count is missed.
- **Clocks** were read in {rounds}, the peers in turns. A value is the median of its rounds, and a ratio the median of
  the rounds' ratios, which need not be the ratio of the two values. On a shared machine they wander by 20 %, so that
  they are reported and never checked: *met* and *missed* are those of this one run, and a tenth counts as no
  difference.
- **C** runs on the very libzmq that this crate builds, so that it shows what the binding costs; **C, installed
  library** on the one that the system has. Each of the other bindings runs on the libzmq that it brings.

![Instructions, messages a second and round trips of C, this crate and others]({drawing})
"""

NATIVE = """{names} do without libzmq. Where both ends share a runtime, as they do here, their messages do not
pass through a thread of the library on the way to the network, as those of libzmq do: that is most of a round trip, and
no binding of libzmq can leave it out.
"""


@dataclass
class Verdict:
    goal: Goal
    values: list[float | None]

    @property
    def met(self) -> bool | None:
        """`None` where something of it was not measured."""
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
    """A table: a row for each workload and size, a column for each peer that has one of them."""
    names = [workload.name for workload in what.workloads]
    measured = {cell.peer for cell in results.costs if cell.workload in names}
    peers = [peer.name for peer in PEERS if peer.name in measured]
    lines = [["", *(TITLES[peer] for peer in peers)]]
    for workload in what.workloads:
        for size in workload.sizes:
            lines.append([workload.row(size), *(entry(results, what.unit, workload, peer, size) for peer in peers)])
    return f"### {what.title}, in {what.unit.value}\n\n{what.text}\n\n{rows(lines)}\n"


def entry(results: Results, unit: Unit, workload: Workload, peer: str, size: int) -> str:
    """A value, and what multiple of C's it is."""
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
    """Where this crate is not the best binding, by more than what counts as a difference."""
    found = [
        f"- {what.title}: {workload.row(size)}: {', '.join(names)}."
        for what in SECTIONS
        for workload in what.workloads
        for size in workload.sizes
        if (names := better(results, workload.name, size))
    ]
    native = " and ".join(f"`{peer.crate}`" for peer in PEERS if peer.native)
    return "\n".join(found or ["Nowhere in this run."]) + "\n\n" + NATIVE.format(names=native)


def better(results: Results, workload: str, size: int) -> list[str]:
    """The bindings that beat this crate, and by what ratio."""
    ratios = ((peer, results.ratio(Cell("zmq", workload, size), Cell(peer.name, workload, size))) for peer in OTHERS)
    return [f"{peer.title} by {ratio:.2f}" for peer, ratio in ratios if ratio and ratio > 1 / SAME]


def ran_on(built: list[Built], skipped: dict[str, str], results: Results) -> str:
    lines = [["what", "which"], ["processor", f"{processor()}, {os.cpu_count()} cores"], ["system", system()]]
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
        return "not there"
    return subprocess.run([tool, "--version"], capture_output=True, text=True).stdout.splitlines()[0]


def document(
    results: Results, all_goals: list[Verdict], built: list[Built], skipped: dict[str, str], rounds: int, drawing: Path
) -> str:
    missed = sum(verdict.met is False for verdict in all_goals)
    met = sum(verdict.met is True for verdict in all_goals)
    parts = [
        INTRODUCTION.format(rounds="one round" if rounds == 1 else f"{rounds} rounds", drawing=drawing),
        f"## Goals\n\n{met} met, {missed} missed, {len(all_goals) - met - missed} not measured. "
        f"Several numbers in a row are those of several sizes.\n\n{goals(all_goals)}\n",
        f"## What it ran on\n\n{ran_on(built, skipped, results)}\n",
        "## Measurements\n\nIn parentheses: the multiple of C's.\n",
        *(section(results, what) for what in SECTIONS),
        "## Where another binding does better\n\nThan this crate, by more than a tenth; how many times as well.\n",
        others(results),
    ]
    return "\n".join(parts)
