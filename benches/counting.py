"""Builds programs in Rust and C on the same libzmq, and counts their instructions per message.

The count is (I(2N) - I(N)) / N, which excludes the start and the end of the program. It is reproducible to 0.5 %. Needs
valgrind, and a C and a C++ compiler (CC, CXX).
"""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

COUNT = 10_000


class Library(NamedTuple):
    """The flags of a libzmq for the compiler and the linker."""

    including: list[str]
    linking: list[str]


def run(*command: str | Path, **options) -> subprocess.CompletedProcess:
    return subprocess.run(command, check=True, text=True, **options)


def build(directory: Path, *selection: str, **options) -> tuple[dict[str, str], Library]:
    """Builds the Rust programs of a package, and returns them by name, with the libzmq that the package builds."""
    command = ["cargo", "build", "--release", *selection, "--message-format=json-render-diagnostics"]
    messages = run(*command, cwd=directory, stdout=subprocess.PIPE, **options).stdout.splitlines()
    messages = [json.loads(message) for message in messages]
    programs = {m["target"]["name"]: m["executable"] for m in messages if m.get("executable")}
    including, linking = [], []
    for message in messages:
        package = message.get("package_id", "")
        if message["reason"] == "build-script-executed" and re.search(r"zmq-sys|libsodium-sys", package):
            linking += ["-L" + path.split("=", 1)[-1] for path in message["linked_paths"]]
            linking += ["-l" + library.split("=", 1)[-1] for library in message["linked_libs"]]
            including += ["-I" + path for name, path in message["env"] if name == "ZMQ_SYS_INCLUDE" and path]
    # A library must follow the libraries that need it: sodium after zmq, regardless of the order of the builds.
    linking.sort(key=lambda flag: (not flag.startswith("-L"), flag != "-lzmq", flag != "-lsodium"))
    return programs, Library(including, linking)


def build_c(source: Path, program: str | Path, library: Library) -> str:
    """Builds a C program against one libzmq."""
    unit = f"{program}.o"
    run(os.environ.get("CC", "cc"), "-O3", "-c", *library.including, "-o", unit, source)
    run(os.environ.get("CXX", "c++"), "-o", program, unit, *library.linking)
    return str(program)


def installed() -> Library | None:
    """The libzmq that pkg-config finds, which is usually a shared library."""
    def ask(question: str) -> list[str]:
        return run("pkg-config", question, "libzmq", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.split()

    try:
        return Library(ask("--cflags-only-I"), ask("--libs"))
    except (OSError, subprocess.CalledProcessError):
        return None


def callgrind(program: str, way: str, size: int, count: int, out: str = "/dev/null") -> int:
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", program, way, str(size), str(count)]
    said = run(*command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).stderr
    return int(re.search(r"Collected : (\d+)", said).group(1))


def count(program: str, way: str, size: int, messages: int = COUNT) -> float:
    """Returns the instructions per message."""
    once, twice = (callgrind(program, way, size, number) for number in (messages, 2 * messages))
    return (twice - once) / messages
