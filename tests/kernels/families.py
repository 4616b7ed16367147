"""Families of kernels: what the libraries compute with on older and newer processors.

Each library chooses its kernels by the processor when it is loaded, and each can be told by an
environment variable to take older ones: OpenBLAS (numpy, scipy), MKL and oneDNN and ATen (torch),
and numpy's own loops. So one machine can try what another one would compute, as far as its
processor has the instructions.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__


@dataclass(frozen=True)
class Family:
    """Kernels of one generation of processors."""

    name: str
    instructions: str  # as /proc/cpuinfo names them; none are needed for the oldest
    variables: Mapping[str, str]
    numpy_groups: tuple[str, ...]  # of numpy's dispatch that it may use


FAMILIES = (
    Family(
        "oldest",
        "",
        {
            "OPENBLAS_CORETYPE": "Prescott",
            "ATEN_CPU_CAPABILITY": "default",
            "MKL_CBWR": "COMPATIBLE",
            "ONEDNN_MAX_CPU_ISA": "SSE41",
        },
        (),
    ),
    Family(
        "avx2",
        "avx2",
        {
            "OPENBLAS_CORETYPE": "Haswell",
            "ATEN_CPU_CAPABILITY": "avx2",
            "MKL_CBWR": "AVX2",
            "ONEDNN_MAX_CPU_ISA": "AVX2",
        },
        ("X86_V3",),
    ),
    Family(
        "avx512",
        "avx512bw",
        {
            "OPENBLAS_CORETYPE": "SkylakeX",
            "ATEN_CPU_CAPABILITY": "avx512",
            "MKL_CBWR": "AVX512",
            "ONEDNN_MAX_CPU_ISA": "AVX512_CORE",
        },
        ("X86_V3", "X86_V4", "AVX512_ICL", "AVX512_SPR"),
    ),
)


def available() -> list[Family]:
    """The families whose instructions this processor has, the oldest first."""
    flags = Path("/proc/cpuinfo")
    known = set(flags.read_text().split()) if flags.is_file() else set()
    return [each for each in FAMILIES if not each.instructions or each.instructions in known]


def environment(family: Family, threads: int) -> dict[str, str]:
    """The variables under which a process computes with the kernels of `family`."""
    present = [group for group in __cpu_dispatch__ if __cpu_features__.get(group)]
    unwanted = [group for group in present if group not in family.numpy_groups]
    counts = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    chosen = dict(family.variables) | dict.fromkeys(counts, str(threads))
    return dict(os.environ) | chosen | {"NPY_DISABLE_CPU_FEATURES": " ".join(unwanted)}
