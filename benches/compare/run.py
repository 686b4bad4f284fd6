#!/usr/bin/env python3
"""Compares C, this crate and other bindings, with the same workloads.

    benches/compare/run.py                    runs all peers; writes BENCHMARKS.md and benches/compare/compare.svg
    benches/compare/run.py --check            fails if a goal for a count is missed
    benches/compare/run.py --quick            one short round, to check that everything runs
    benches/compare/run.py --only c,zmq,tmq   some peers

A full run takes some minutes, and needs an otherwise idle machine. Requirements: Linux, cargo, a C and a C++ compiler
(CC, CXX) and valgrind. C on the installed libzmq needs pkg-config and libzmq's development package, arzmq needs
libclang, and pyzmq needs Python's venv. The report names the peers that could not be built. With --quick or --only, the
report goes to target/compare.
"""

import argparse
import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.dont_write_bytecode = True

import draw  # noqa: E402
import report  # noqa: E402
from build import HERE, ROOT, TARGET, build_all  # noqa: E402
from measure import Measurement  # noqa: E402
from tables import PEERS  # noqa: E402


def main() -> int:
    names = [peer.name for peer in PEERS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fail if a goal for a count is missed")
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--only", metavar="NAME,...", type=lambda text: text.split(","), default=names,
                        help=f"some of {', '.join(names)}")
    arguments = parser.parse_args()
    if unknown := set(arguments.only) - set(names):
        parser.error(f"no such peer: {', '.join(sorted(unknown))}")

    # The workload with 1,000 sockets needs more descriptors than many systems allow by default.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    built, skipped = build_all(set(arguments.only))
    rounds, messages = (1, 1_000) if arguments.quick else (7, 10_000)
    results = Measurement(built, rounds, messages).all()

    whole = not arguments.quick and arguments.only == names
    verdicts = report.verdicts(results)
    text, drawing = (ROOT / "BENCHMARKS.md", HERE / "compare.svg") if whole else (
        TARGET / "BENCHMARKS.md", TARGET / "compare.svg")
    drawing.write_text(draw.charts(results))
    text.write_text(report.document(results, verdicts, built, skipped, rounds, drawing.relative_to(text.parent)))
    print("\n" + report.goals(verdicts))
    print(f"\nwritten: {text}, {drawing}")
    missed = [verdict for verdict in verdicts if verdict.goal.counted and verdict.met is False]
    return 1 if arguments.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
