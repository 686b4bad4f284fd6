#!/usr/bin/env python3
"""Runs libzmq's own tests against the vendored libzmq, with its patches.

    zmq-sys/tests/upstream.py                 the tests of the stable API
    zmq-sys/tests/upstream.py --draft         also the tests of the draft API, against a build that has it
    zmq-sys/tests/upstream.py --draft-only    only the tests that use the draft API, against that build
    zmq-sys/tests/upstream.py heartbeats hwm  tests whose names contain one of the words

The tests, including those of libzmq's internals, are in the package that contains the source of libzmq. Each test is
a program, and passes if it exits with 0. If the package does not contain the tests, the script says so and succeeds.
Needs a C and a C++ compiler (CC, CXX). Variables such as ZMQ_VENDORED_UNPATCHED affect the build of the library.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).resolve().parent.parent
JOBS = 2
# Each program sets an alarm, usually after a minute.
TIMEOUT = 120
# A program exits with this status if the system lacks a requirement.
LEFT_OUT_STATUS = 77

# The directories of the tests, and of the framework that they use.
TESTS = ["tests", "unittests", "external/unity"]

# Programs that cannot run here, and the reasons. Upstream's build excludes them for the same reasons.
LEFT_OUT = {
    "*_fuzzer": "its inputs are in a separate repository",
    "*_tipc": "needs the kernel's module for TIPC",
    "*_vmci": "needs libvmci, which the vendored build does not use",
    "test_security_gssapi": "needs GSSAPI, which the vendored build does not use",
    "test_wss_transport": "needs GnuTLS, which the vendored build does not use",
}

# Races of the tests themselves: the file, the text to replace, and the replacement.
RACES = [
    # A connection whose handshake is complete before the monitor starts leaves the test waiting for its event forever.
    (
        "tests/testutil_security.cpp",
        """    TEST_ASSERT_SUCCESS_ERRNO (zmq_connect (client, my_endpoint_));

    if (client_mon_) {
        setup_handshake_socket_monitor (client, client_mon_,
                                        "inproc://client-monitor");
    }
""",
        """    if (client_mon_) {
        setup_handshake_socket_monitor (client, client_mon_,
                                        "inproc://client-monitor");
    }

    TEST_ASSERT_SUCCESS_ERRNO (zmq_connect (client, my_endpoint_));
""",
    ),
]

# Programs that call draft functions, or set draft options.
DRAFT = """
    app_meta busy_poll channel client_server dgram disconnect_msg hello_msg hiccup_msg msg_init peer poller
    pubsub_topics_count radio_dish router_notify scatter_gather thread_safe timers xpub_manual_last_value xsub_verbose
    zmq_ppoll_fd zmq_ppoll_signals
""".split()

# In the source of a program that runs more tests if libzmq has the draft API.
DRAFT_SOURCE = re.compile("ZMQ_BUILD_DRAFT_API|ZMQ_EVENT_PIPES_STATS")

# Programs that bind the same port, so that only one of them can run at a time.
SAME_PORT = {"test_reconnect_options", "test_req_relaxed"}
PORT_IN_USE = threading.Lock()


class Library(NamedTuple):
    """The libzmq that cargo built, and the flags to compile and link against it."""

    tree: Path
    including: list[str]
    linking: list[str]


class Result(NamedTuple):
    status: int | None
    seconds: float
    said: str


def run(*command: str | Path, **options) -> subprocess.CompletedProcess:
    return subprocess.run(command, text=True, stdin=subprocess.DEVNULL, **options)


def cargo(*arguments: str) -> str:
    return run("cargo", *arguments, cwd=PACKAGE, check=True, stdout=subprocess.PIPE).stdout


def find_tree(features: list[str]) -> Path | None:
    """The source tree of the build, or `None` if it has no tests."""
    packages = json.loads(cargo("metadata", "--format-version=1", *features))["packages"]
    manifest = next(package["manifest_path"] for package in packages if package["name"] == "zeromq-src")
    tree = Path(os.environ.get("ZMQ_SOURCE_DIR") or Path(manifest).parent / "vendor")
    return tree if all((tree / directory).is_dir() for directory in TESTS) else None


def build_library(tree: Path, directory: Path, features: list[str]) -> Library:
    """Builds libzmq, and copies the tests to a directory whose `../src` has the headers of that build."""
    messages = cargo("build", "-p", "zmq-sys", "--message-format=json-render-diagnostics", *features).splitlines()
    including, linking = [], []
    for message in map(json.loads, messages):
        if message["reason"] != "build-script-executed":
            continue
        if re.search(r"zmq-sys|libsodium-sys", message["package_id"]):
            linking += ["-L" + path.split("=", 1)[-1] for path in message["linked_paths"]]
            linking += ["-l" + library.split("=", 1)[-1] for library in message["linked_libs"]]
        if re.search(r"libsodium-sys", message["package_id"]):
            including += [f"-I{message['out_dir']}/installed/include"]
        if re.search(r"zmq-sys", message["package_id"]):
            including += [f"-I{message['out_dir']}/libzmq/platform", "-DZMQ_CUSTOM_PLATFORM_HPP"]
            curve = ["-DZMQ_HAVE_CURVE", "-DZMQ_USE_LIBSODIUM"]
            including += curve if "zmq_vendored_curve" in message["cfgs"] else []
            source = Path(message["out_dir"]) / "libzmq/source"
    # A library must follow the libraries that need it: sodium after zmq, regardless of the order of the builds.
    linking.sort(key=lambda flag: (not flag.startswith("-L"), flag != "-lzmq", flag != "-lsodium"))
    for name in TESTS:
        shutil.copytree(tree / name, directory / name)
    for name, racy, repaired in RACES:
        text = (directory / name).read_text()
        assert text.count(racy) == 1, f"{name} does not contain the race"
        (directory / name).write_text(text.replace(racy, repaired))
    for name in ("src", "include"):
        (directory / name).symlink_to(source / name)
    including += [f"-I{directory / name}" for name in ("src", "include", "external/unity")]
    including += ["-DUNITY_USE_COMMAND_LINE_ARGS", "-DUNITY_EXCLUDE_FLOAT"]
    including += ["-DZMQ_BUILD_DRAFT_API"] if "draft" in features else []
    return Library(directory, including, linking)


def compile_file(file: Path, library: Library) -> Path:
    if file.suffix == ".c":
        compiler = [os.environ.get("CC", "cc")]
    else:
        compiler = [os.environ.get("CXX", "c++"), "-std=c++11"]
    unit = file.with_suffix(".o")
    run(*compiler, "-O0", "-w", *library.including, "-c", file, "-o", unit, check=True)
    return unit


def build_program(file: Path, shared: list[Path], library: Library) -> Path:
    unit, program = compile_file(file, library), file.with_suffix("")
    run(os.environ.get("CXX", "c++"), unit, *shared, *library.linking, "-o", program, check=True)
    unit.unlink()
    return program


def attempt(program: Path) -> Result:
    """Runs a program in its own directory, for the files and the sockets that it creates."""
    with PORT_IN_USE if program.name in SAME_PORT else nullcontext(), tempfile.TemporaryDirectory() as directory:
        start = time.monotonic()
        options = {"cwd": directory, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "errors": "replace"}
        try:
            ended = run(program, timeout=TIMEOUT, **options)
            status, said = ended.returncode, ended.stdout
        except subprocess.TimeoutExpired as expired:
            status, said = None, (expired.stdout or b"").decode(errors="replace")
    return Result(status, time.monotonic() - start, said)


def select(library: Library, arguments: argparse.Namespace) -> tuple[list[Path], dict[str, str]]:
    """The programs to run, and the reasons for excluding others."""
    programs, skipped = [], {}
    for file in sorted([*library.tree.glob("tests/test_*.cpp"), *library.tree.glob("unittests/unittest_*.cpp")]):
        reason = next((why for pattern, why in LEFT_OUT.items() if fnmatch(file.stem, pattern)), None)
        needs_draft = file.stem.removeprefix("test_") in DRAFT
        if not reason and needs_draft and not arguments.draft:
            reason = "needs the draft API: --draft"
        if arguments.words and not any(word in file.stem for word in arguments.words):
            continue
        if arguments.draft_only and not needs_draft and not DRAFT_SOURCE.search(file.read_text()):
            continue
        if reason:
            skipped[file.stem] = reason
        else:
            programs.append(file)
    return programs, skipped


def report(file: Path, result: Result, skipped: dict[str, str], failed: list[str]) -> None:
    """Prints the result of one program, and its output if it failed."""
    if result.status == LEFT_OUT_STATUS:
        skipped[file.stem] = "the system lacks a requirement"
        return
    verdict, note = "passed", ""
    if result.status is None:
        verdict = f"FAILED: still running after {TIMEOUT} s"
    elif result.status != 0:
        ended = f"ended with {result.status}" if result.status > 0 else f"ended by signal {-result.status}"
        verdict = f"FAILED: {ended}"
    else:
        ignored = re.findall(r":IGNORE(?:: (.*))?$", result.said, re.MULTILINE)
        reasons = ", ".join(sorted(set(ignored)))
        note = f", without {len(ignored)} of its tests: {reasons}" if ignored else ""
    print(f"{file.stem:34} {result.seconds:5.1f} s  {verdict}{note}", flush=True)
    if verdict != "passed":
        failed.append(file.stem)
        print("".join(f"    {line}\n" for line in result.said.splitlines()[-40:]), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draft", action="store_true", help="build with the draft API, and run its tests too")
    parser.add_argument("--draft-only", action="store_true", help="as --draft, without tests of the stable API")
    parser.add_argument("words", nargs="*", help="run only tests whose names contain one of these")
    arguments = parser.parse_args()
    arguments.draft |= arguments.draft_only
    features = ["--features", "draft"] if arguments.draft else []
    tree = find_tree(features)
    if not tree:
        print("libzmq's own tests: skipped, because this package zeromq-src does not contain them")
        return 0

    start = time.monotonic()
    with tempfile.TemporaryDirectory() as directory, ThreadPoolExecutor(JOBS) as pool:
        directory = Path(directory)
        library = build_library(tree, directory, features)
        programs, skipped = select(library, arguments)
        failed = []
        helpers = [*directory.glob("tests/testutil*.cpp"), directory / "external/unity/unity.c"]
        shared = list(pool.map(lambda file: compile_file(file, library), helpers))
        built = list(pool.map(lambda file: build_program(file, shared, library), programs))
        print(f"built {len(built)} programs in {time.monotonic() - start:.0f} s", flush=True)
        for file, result in zip(programs, pool.map(attempt, built)):
            report(file, result, skipped, failed)
    for name, reason in skipped.items():
        print(f"{name:34}     -    skipped: {reason}")
    passed = len(programs) - len(failed) - sum(file.stem in skipped for file in programs)
    print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped, in {time.monotonic() - start:.0f} s")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"failed: {shlex.join(map(str, error.cmd))}")
