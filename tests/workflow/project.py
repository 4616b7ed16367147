"""The real Snakefile, driven as a user drives it, in a copy of the repository."""

import ctypes
import fcntl
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tests.workflow import prepared

ROOT = Path(__file__).parents[2]
COPIED = ["Snakefile", "workflow", "scripts", "config", "profiles", "envs"]
TINY = Path("config/tiny.yaml")
TIMED = {"metrics.jsonl", "provenance.json"}


@dataclass(frozen=True)
class Project:
    """A copy of the workflow that a test may change and run."""

    folder: Path

    def snakemake(
        self, *arguments: str, config: Path = TINY, offline: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run Snakemake to its end and return what it said; output goes to one stream."""
        program = str(Path(sys.executable).with_name("snakemake"))
        return subprocess.run(
            [program, *_options(config), *arguments],
            preexec_fn=leave_network if offline else None,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def dry_run(self, *arguments: str, config: Path = TINY) -> prepared.Ended:
        """What Snakemake says that a run would do now."""
        return prepared.snakemake(self.folder, *_options(config), "--dry-run", *arguments)

    def planned(self, *arguments: str, config: Path = TINY) -> dict[str, int]:
        """How many jobs of each rule a run would do now."""
        done = self.dry_run(*arguments, config=config)
        assert done.returncode == 0, done.stdout
        rows = re.findall(r"^(\w+) +(\d+)$", done.stdout, flags=re.MULTILINE)
        return {rule: int(count) for rule, count in rows if rule not in ("total", "all", "default")}

    def script(self, name: str, *arguments: str) -> prepared.Ended:
        """What a program of scripts/ that only reads or writes a file says."""
        return prepared.script(self.folder, f"scripts/{name}.py", *arguments)

    def change(self, **sections: Mapping[str, Any]) -> None:
        """Change the configuration: dotted keys of a section to values."""
        path = self.folder / TINY
        content = yaml.safe_load(path.read_text("utf-8"))
        for section, values in sections.items():
            for dotted, value in values.items():
                *parents, last = dotted.split(".")
                block = content[section]
                for parent in parents:
                    block = block[parent]
                block[last] = value
        path.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")

    def digests(self) -> dict[str, str]:
        """Digest of every file of every artifact, but of those that say how long it took."""
        from lingraft.artifacts import read_manifest

        results = self.folder / "results" / "tiny"
        return {
            str((path.parent / name).relative_to(results)): entry["sha256"]
            for path in sorted(results.rglob("manifest.json"))
            for name, entry in read_manifest(path.parent).files.items()
            if Path(name).name not in TIMED
        }


def _options(config: Path) -> list[str]:
    return ["--configfile", str(config), "--cores", "2"]


def copy_repository(folder: Path) -> Project:
    for name in COPIED:
        origin = ROOT / name
        if origin.is_dir():
            shutil.copytree(origin, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy2(origin, folder / name)
    for name in ("tiny", "tiny-model", "scaled"):
        shutil.copytree(ROOT / "tests" / "data" / name, folder / "tests" / "data" / name)
    return Project(folder)


def copy_of(project: Project, folder: Path) -> Project:
    """A copy of a project with everything it has made."""
    shutil.copytree(project.folder, folder, symlinks=True)
    return Project(folder)


def leave_network() -> None:
    """In a child process: enter an empty network, of which only the machine itself is a part."""
    clone_new_net, get_flags, set_flags, up = 0x40000000, 0x8913, 0x8914, 1
    if ctypes.CDLL(None).unshare(clone_new_net):
        os._exit(99)
    with socket.socket() as control:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(control, get_flags, request))[1]
        fcntl.ioctl(control, set_flags, struct.pack("16sh14x", b"lo", flags | up))


def can_leave_network() -> bool:
    """Whether this machine allows that (Linux, and root or unprivileged namespaces)."""
    if sys.platform != "linux":
        return False
    return subprocess.run([sys.executable, "-c", ""], preexec_fn=leave_network).returncode == 0
