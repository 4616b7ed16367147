"""Where something was measured: commit, processor, versions, and what else the machine does."""

import importlib.metadata
import os
import platform
import re
import subprocess
import textwrap
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ARITHMETIC = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16")  # flags of processors
PACKAGES = (
    "torch", "transformers", "tokenizers", "gigatoken", "datasets", "sentence-transformers",
    "faiss-cpu", "wechsel", "deepfocus", "deepspeed", "numpy", "scipy", "snakemake", "mteb",
)  # fmt: skip


def version(package: str) -> str:
    """The version of a distribution that is installed here."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def commit_of(checkout: Path) -> str:
    """The commit, with a mark where files have changed since."""
    command = ["git", "-C", str(checkout), "describe", "--always", "--dirty", "--abbrev=8"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip() or "no commit"


def processor() -> str:
    """The processor, how many cores of it, and the arithmetic that it has."""
    path = Path("/proc/cpuinfo")
    said = path.read_text("utf-8") if path.exists() else ""

    def field(name: str) -> str:
        found = re.search(rf"^{name}\s*:\s*(.+)$", said, re.MULTILINE)
        return found[1] if found else "unknown"

    flags = [flag for flag in ARITHMETIC if re.search(rf"\b{flag}\b", said)]
    return (
        f"{field('model name')} (family {field('cpu family')}, model {field('model')}; "
        f"{' '.join(flags) or 'none of ' + ' '.join(ARITHMETIC)}), {_cores()} cores"
    )


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Machine:
    """What a reader of a figure must know."""

    started: str
    commit: str
    processor: str
    python: str
    versions: dict[str, str]

    @classmethod
    def now(cls) -> "Machine":
        """This machine, now."""
        return cls(
            time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), commit_of(ROOT), processor(),
            platform.python_version(), {name: version(name) for name in PACKAGES},
        )  # fmt: skip

    def record(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def lines(
        self, preset: str, threads: Iterable[int], loads: Iterable[tuple[str, float]]
    ) -> list[str]:
        """What stands above a table, in lines that an editor shows whole.

        Args:
            preset: the sizes that were measured.
            threads: of the comparisons.
            loads: each comparison, and the load average of the minute before it.
        """
        is_clean = not self.commit.endswith("-dirty")
        tree = "the tree is clean" if is_clean else "**files have changed since**"
        versions = ", ".join(f"{name} {found}" for name, found in self.versions.items())
        several = " and ".join(str(count) for count in sorted(threads))
        paragraphs = [
            f"`python benchmarks --preset {preset}`, begun {self.started}, commit {self.commit} "
            f"({tree}), on {self.processor}; threads: {several or 'none'} (each row says). Python "
            f"{self.python}, {versions}. Ratios are theirs / ours.",
            "Load averages at the start of each comparison: "
            + ", ".join(f"{name} {load:.1f}" for name, load in loads)
            + ".",
        ]
        wrapped = [
            textwrap.wrap(text, 120, break_long_words=False, break_on_hyphens=False)
            for text in paragraphs
        ]
        return [*wrapped[0], "", *wrapped[1]]
