"""Builds the programs of all peers, and asks each for its workloads."""

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
    """A peer that was built: its versions, and the command for each of its workloads."""

    peer: Peer
    commands: dict[str, list[str]] = field(default_factory=dict)
    versions: str = ""

    def add(self, *command: str) -> None:
        """Adds the workloads that a program reports."""
        said = counting.run(*command, stdout=subprocess.PIPE, timeout=60).stdout.split("\n")
        libzmq, names = said[0], filter(None, said[1:])
        self.versions = ", ".join(filter(None, [self.versions, libzmq]))
        self.commands |= {name: list(command) for name in names}

    def add_pair(self, program: str, ways: list[str]) -> None:
        self.commands |= {way: [program] for way in ways}


def build_all(names: set[str]) -> tuple[list[Built], dict[str, str]]:
    """Returns the peers that could be built, and the reasons why the others could not."""
    builder, built, skipped = Builder(), [], {}
    for peer in (peer for peer in PEERS if peer.name in names):
        print(f"building {peer.name}", flush=True)
        try:
            built.append(builder.build(peer))
        except LookupError as error:
            skipped[peer.name] = str(error)
        except (OSError, subprocess.SubprocessError) as error:
            skipped[peer.name] = "it could not be built here"
            print(getattr(error, "stderr", None) or error, flush=True)
    return built, skipped


class Builder:
    def __init__(self) -> None:
        TARGET.mkdir(parents=True, exist_ok=True)
        self.packages: dict[str, tuple[dict[str, str], counting.Library]] = {}

    def build(self, peer: Peer) -> Built:
        if peer.package:
            return self.rust(peer)
        return {"c": self.c, "c-shared": self.c_shared, "pyzmq": self.python}[peer.name](Built(peer))

    def package(self, name: str) -> tuple[dict[str, str], counting.Library]:
        """The programs of a package, and the libzmq that they link."""
        if name not in self.packages:
            environment = os.environ | {"CARGO_TARGET_DIR": str(TARGET)}
            self.packages[name] = counting.build(HERE / name, env=environment)
        return self.packages[name]

    def rust(self, peer: Peer) -> Built:
        programs, _ = self.package(peer.package)
        built = Built(peer, versions=f"{peer.crate} {locked(HERE / peer.package, peer.crate)}")
        built.add(programs[peer.name])
        if peer.name == "zmq":
            built.add_pair(programs["pair"], WAYS)
        return built

    def c(self, built: Built) -> Built:
        _, library = self.package("zmq")
        return self.c_with(library, built)

    def c_shared(self, built: Built) -> Built:
        library = counting.installed()
        if library is None:
            raise LookupError("pkg-config finds no libzmq")
        return self.c_with(library, built)

    def c_with(self, library: counting.Library, built: Built) -> Built:
        name = built.peer.name
        library = library._replace(linking=[*library.linking, "-pthread"])
        built.add(counting.build_c(HERE / "c/compare.c", TARGET / name, library))
        built.add_pair(counting.build_c(PAIR_IN_C, TARGET / f"{name}-pair", library), WAYS_IN_C)
        return built

    def python(self, built: Built) -> Built:
        python = TARGET / "python/bin/python"
        if not python.exists() or subprocess.run([python, "-c", "import zmq"], capture_output=True).returncode:
            counting.run(sys.executable, "-m", "venv", "--clear", TARGET / "python")
            counting.run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "pyzmq")
        asked = "import platform, zmq; print('pyzmq', zmq.__version__ + ', Python', platform.python_version())"
        built.versions = counting.run(python, "-c", asked, stdout=subprocess.PIPE).stdout.strip()
        built.add(str(python), str(HERE / "pyzmq/main.py"))
        return built


def locked(directory: Path, crate: str) -> str:
    """The version of a crate that a package was built with."""
    packages = tomllib.loads((directory / "Cargo.lock").read_text())["package"]
    return next(package["version"] for package in packages if package["name"] == crate)
