"""Builds the programs of all peers, and asks each what it can do."""

import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import counting
from tables import PEERS, Peer

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).absolute() / "compare"
PAIR_IN_C = HERE.parent / "instructions/pair.c"
WAYS_IN_C = ["reused", "new", "copied"]
WAYS = [*WAYS_IN_C, "owned", "multipart"]


@dataclass
class Built:
    """A peer: the command that does each of its workloads, and what it is."""

    peer: Peer
    commands: dict[str, list[str]] = field(default_factory=dict)
    versions: str = ""

    def add(self, *command: str) -> None:
        """Adds the workloads that a program says it has."""
        said = counting.run(*command, stdout=subprocess.PIPE, timeout=60).stdout.split("\n")
        libzmq, names = said[0], filter(None, said[1:])
        self.versions = ", ".join(filter(None, [self.versions, libzmq]))
        self.commands |= {name: list(command) for name in names}

    def add_pair(self, program: str, ways: list[str]) -> None:
        self.commands |= {way: [program] for way in ways}


def build_all(names: set[str]) -> tuple[list[Built], dict[str, str]]:
    """Returns what could be built, and of the rest why not."""
    builder, built, skipped = Builder(), [], {}
    for peer in (peer for peer in PEERS if peer.name in names):
        print(f"building {peer.name}", flush=True)
        try:
            built.append(builder.build(peer))
        except (OSError, LookupError, subprocess.SubprocessError) as error:
            skipped[peer.name] = reason(error)
            print(f"  left out: {skipped[peer.name]}", flush=True)
    return built, skipped


def reason(error: Exception) -> str:
    said = getattr(error, "stderr", None) or ""
    lines = [line.strip() for line in said.splitlines() if line.startswith("error") or "fatal" in line.lower()]
    return lines[0] if lines else str(error).splitlines()[0]


class Builder:
    def __init__(self) -> None:
        TARGET.mkdir(parents=True, exist_ok=True)
        self.environment = os.environ | {"CARGO_TARGET_DIR": str(TARGET)}
        self.libraries: dict[str, counting.Library] = {}

    def build(self, peer: Peer) -> Built:
        if peer.name == "c":
            return self.c(peer, self.vendored())
        if peer.name == "c-shared":
            library = counting.installed()
            if library is None:
                raise LookupError("pkg-config knows no libzmq")
            return self.c(peer, library)
        if peer.name == "pyzmq":
            return self.python(peer)
        return self.rust(peer)

    def c(self, peer: Peer, library: counting.Library) -> Built:
        built = Built(peer)
        built.add(counting.build_c(HERE / "c/compare.c", TARGET / peer.name, with_threads(library)))
        built.add_pair(counting.build_c(PAIR_IN_C, TARGET / f"{peer.name}-pair", library), WAYS_IN_C)
        return built

    def vendored(self) -> counting.Library:
        """The libzmq that this crate builds."""
        if "zmq" not in self.libraries:
            self.rust_programs("zmq")
        return self.libraries["zmq"]

    def rust_programs(self, name: str) -> dict[str, str]:
        programs, self.libraries[name] = counting.build(HERE / name, env=self.environment)
        return programs

    def rust(self, peer: Peer) -> Built:
        programs = self.rust_programs(peer.name)
        built = Built(peer, versions=f"{peer.crate} {locked(HERE / peer.name, peer.crate)}")
        built.add(programs[peer.name])
        if "pair" in programs:
            built.add_pair(programs["pair"], WAYS)
        return built

    def python(self, peer: Peer) -> Built:
        python = TARGET / "python/bin/python"
        if subprocess.run([python, "-c", "import zmq"], capture_output=True).returncode if python.exists() else True:
            counting.run(sys.executable, "-m", "venv", "--clear", TARGET / "python", capture_output=True)
            counting.run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "pyzmq",
                         capture_output=True)
        asked = "import sys, zmq; print('pyzmq', zmq.__version__ + ', Python', sys.version.split()[0])"
        said = counting.run(python, "-c", asked, stdout=subprocess.PIPE).stdout.strip()
        built = Built(peer, versions=said)
        built.add(str(python), str(HERE / "pyzmq/main.py"))
        return built


def with_threads(library: counting.Library) -> counting.Library:
    return library._replace(linking=[*library.linking, "-pthread"])


def locked(directory: Path, crate: str) -> str:
    """The version of a crate that a package was built with."""
    packages = tomllib.loads((directory / "Cargo.lock").read_text())["package"]
    return next(package["version"] for package in packages if package["name"] == crate)
