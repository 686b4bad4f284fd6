#!/usr/bin/env python3
"""Counts the instructions per message of C and of this crate, on the same libzmq.

    benches/instructions/run.py                        the table
    benches/instructions/run.py --check                the table; fails if a goal is missed
    benches/instructions/run.py --annotate reused 8    the most expensive functions of a way and size, in C and Rust

Messages go from PAIR to PAIR, or from PUSH to PULL, over inproc on one thread. The count is (I(2N) - I(N)) / N, which
excludes the start and the end of the program. It is reproducible to 0.5 %. Needs valgrind, and a C and a C++ compiler
(CC, CXX). If pkg-config finds a libzmq, C with that libzmq is measured too.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
sys.dont_write_bytecode = True

from counting import COUNT, build, build_c, callgrind, count, installed, run  # noqa: E402

SIZES = [8, 64, 1024]

# The title, the way in this crate, the way in C to compare with, and the maximum ratio, for all sizes or each.
ROWS = [
    ("slice sent, received into a reused message", "reused", "reused", 1.02),
    ("the same, with timeouts set", "reused-timeout", "reused", None),
    ("slice sent, new message for each", "new", "reused", 1.07),
    ("slice sent, new message for each", "new", "new", None),
    ("try_send, try_recv", "new-try", "new", None),
    ("slice sent, received as a Vec", "copied", "copied", 1.05),
    ("constant bytes sent", "constant", "constant", None),
    ("Vec created and sent", "owned", "reused", [1.40, 1.30, 1.16]),
    ("slice sent, recv_multipart", "multipart", "new", [1.50, 1.42, 1.30]),
    # Larger messages cost more than in C, whose single thread has only one of them in memory at a time.
    ("PUSH to PULL, two tasks of tokio", "async", "reused", [1.45, 1.68, 1.60]),
]
SHARED_ROW = ("slice sent, received into a reused message", "reused", "reused", [0.68, 0.73, 0.80])


def annotate(program, way, size, directory):
    """Prints the most expensive functions, with their own instructions per message."""
    out = f"{directory}/callgrind.out"
    totals = []
    for number in (COUNT, 2 * COUNT):
        callgrind(program, way, size, number, out)
        text = run("callgrind_annotate", "--threshold=100", out, stdout=subprocess.PIPE).stdout
        total = {}
        for line in text.splitlines():
            found = re.match(r"\s*([\d,]+) \([^)]*\)\s+(?:\S*:)?(.*?)(?: \[.*\])?$", line)
            if found and found.group(2) != "PROGRAM TOTALS":
                total[found.group(2)] = total.get(found.group(2), 0) + int(found.group(1).replace(",", ""))
        totals.append(total)
    once, twice = totals
    costs = {name: (twice[name] - once.get(name, 0)) / COUNT for name in twice}
    for name, cost in sorted(costs.items(), key=lambda item: -item[1]):
        if cost >= 1:
            print(f"{cost:8.0f}  {name}")
    print(f"{sum(costs.values()):8.0f}  in all")


def table(rust, c, shared):
    """Prints the table, and returns the number of missed goals."""
    print("Instructions per message, over inproc on one thread: C, this crate, their ratio\n")
    print(f"{'':44}{'compared with':>16}" + "".join(f"{f'{size} B':>23}" for size in SIZES) + "    goal")
    rows = [(*row, c, "C") for row in ROWS] + [(*SHARED_ROW, shared, "C, shared")] * (shared is not None)
    counted = cache(count)
    missed = 0
    for text, way, c_way, goals, program, name in rows:
        cells, verdict = "", ""
        goals = goals if isinstance(goals, list) else [goals] * len(SIZES)
        for size, goal in zip(SIZES, goals):
            theirs, ours = counted(program, c_way, size), counted(rust, way, size)
            cells += f"{theirs:9.0f}{ours:7.0f}{ours / theirs:7.3f}"
            if goal and ours / theirs > goal:
                missed, verdict = missed + 1, "  missed"
        shown = "/".join(f"{goal:.2f}" for goal in dict.fromkeys(goals) if goal)
        print(f"{text:44}{f'{name}, {c_way}':>16}{cells}    {shown}{verdict}", flush=True)
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fail if a goal is missed")
    parser.add_argument("--annotate", nargs=2, metavar=("WAY", "SIZE"), help="show the most expensive functions")
    arguments = parser.parse_args()
    programs, library = build(HERE, "--bench", "instructions", "--features", "tokio")
    rust = programs["instructions"]
    with tempfile.TemporaryDirectory() as directory:
        c = build_c(HERE / "pair.c", f"{directory}/pair", library)
        if arguments.annotate:
            way, size = arguments.annotate
            c_way = next((c_way for _, known, c_way, _ in ROWS if known == way), way)
            for title, program, its_way in (("C", c, c_way), ("Rust", rust, way)):
                print(f"{title}, {its_way}, {size} B")
                annotate(program, its_way, size, directory)
            return 0
        found = installed()
        shared = build_c(HERE / "pair.c", f"{directory}/shared", found) if found else None
        missed = table(rust, c, shared)
        return 1 if arguments.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
