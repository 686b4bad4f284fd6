"""BENCHMARKS.md: what was measured, on what, and which goals are met."""

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from build import Built
from goals import GOALS, Goal
from measure import Results
from tables import PEERS, SECTIONS, TITLES, UNITS, Cell, Section, Unit, Workload

INTRODUCTION = """# Benchmarks

`benches/compare/run.py` wrote this file: the same small programs through C, this crate and other bindings, side by side in
one run. It builds everything, takes some minutes, and says with `--help` what it needs.

**Instructions** are counted by callgrind, as the difference between N and 2N messages over N: they repeat to 0.5 % on any
machine that is as busy as it likes, and `--check` holds the goals that are made of them. **Time** was taken in {rounds} with
the peers in turns, each run about as long as the others; what stands here is the median, and ratios are the medians of the
rounds' ratios. On a shared machine they wander by 20 %, so that nothing is refused because of them: *met* and *missed* are
those of this one run, and less than a tenth counts as no difference.

"C" is C over the very libzmq that this crate builds, so that it shows what the binding costs; "C, installed library" is the
one that the system has. Each of the other bindings runs over the libzmq that it brings.

![Bars for C, this crate and others]({drawing})
"""

NATIVE = """{names} do without libzmq. Where both ends share a runtime, as here, no message passes through a thread of its own
on its way to the network, which libzmq's do: round trips are shorter for it, whatever a binding of libzmq does.
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
        kind = "count" if self.goal.counted else "clock" if self.unit is not Unit.BYTES else "memory"
        return [self.goal.title, ("≤ " if self.goal.at_most else "≥ ") + " / ".join(targets), measured, kind, self.word]

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
    peers = [peer.name for peer in PEERS
             if any(cell.peer == peer.name and cell.workload in [w.name for w in what.workloads] for cell in results.costs)]
    if what.workloads[0].beside and "c" not in peers:
        peers.insert(0, "c")
    lines = [["", *(TITLES[peer] for peer in peers)]]
    for workload in what.workloads:
        for size in workload.sizes:
            title = workload.title + (f", {size:,} {workload.of}" if workload.of else "")
            lines.append([title, *(entry(results, what.unit, workload, peer, size) for peer in peers)])
    return f"### {what.title}\n\n{what.text} In {what.unit.value}.\n\n{rows(lines)}\n"


def entry(results: Results, unit: Unit, workload: Workload, peer: str, size: int) -> str:
    """A value, and what multiple of C's it is."""
    of_c = Cell("c", workload.beside or workload.name, size)
    cell = of_c if peer == "c" else Cell(peer, workload.name, size)
    if cell in results.failures:
        return "failed"
    cost = results.cost(cell)
    if cost is None:
        return ""
    shown = number(unit.shown(cost))
    ratio = None if cell == of_c else results.ratio(of_c, cell) if unit is Unit.RATE else results.ratio(cell, of_c)
    return shown if ratio is None else f"{shown} ({ratio:.2f})"


def others(results: Results) -> str:
    """Where this crate is not the fastest binding, by more than what counts as a difference."""
    found = []
    for what in SECTIONS:
        for workload in what.workloads:
            for size in workload.sizes:
                ours = Cell("zmq", workload.name, size)
                ratios = {peer.title: results.ratio(ours, Cell(peer.name, workload.name, size)) for peer in PEERS[4:]}
                faster = [f"{title} by {ratio:.2f}" for title, ratio in ratios.items() if ratio and ratio > 1.1]
                if faster:
                    title = f"{what.title}: {workload.title}"
                    found.append(f"- {title}{f', {size:,} {workload.of}' if workload.of else ''}: {', '.join(faster)}.")
    native = " and ".join(f"`{peer.crate}`" for peer in PEERS if peer.native)
    return "\n".join(found or ["Nowhere in this run."]) + "\n\n" + NATIVE.format(names=native)


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
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def system() -> str:
    return f"{platform.freedesktop_os_release().get('PRETTY_NAME', 'Linux')}, {platform.machine()}, kernel {platform.release()}"


def version(tool: str) -> str:
    if not shutil.which(tool):
        return "not there"
    return subprocess.run([tool, "--version"], capture_output=True, text=True).stdout.splitlines()[0]


def document(results: Results, all_goals: list[Verdict], built: list[Built], skipped: dict[str, str], rounds: int,
             drawing: Path) -> str:
    missed = sum(verdict.met is False for verdict in all_goals)
    met = sum(verdict.met is True for verdict in all_goals)
    parts = [
        INTRODUCTION.format(rounds="one round" if rounds == 1 else f"{rounds} rounds", drawing=drawing),
        f"## Goals\n\n{met} met, {missed} missed, {len(all_goals) - met - missed} not measured. Several numbers are those "
        f"of several sizes.\n\n{goals(all_goals)}\n",
        f"## What it ran on\n\n{ran_on(built, skipped, results)}\n",
        "## Measurements\n\nIn parentheses: the multiple of C's.\n",
        *(section(results, what) for what in SECTIONS),
        f"## Where another binding is faster\n\nThan this crate, by more than a tenth.\n\n{others(results)}",
    ]
    return "\n".join(parts)
