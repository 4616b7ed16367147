"""Folders and files that other stages may trust: written whole or not at all, checked when read.

An artifact is a folder with a `manifest.json`, written last, that lists every file with its size
and SHA-256, the settings that made it, and the digests of the artifacts it was made from. A folder
without a valid manifest does not exist for any consumer.

- `files`: single files, written atomically; digests.
- `sealed`: JSON with a digest of itself.
- `kept`: answers, vectors and arrays that cost time and that several jobs share.
- `facts`: what a manifest says beyond files, one type for each kind of artifact.
- `manifest`: reads and writes `manifest.json`.
- `opening`: the one door, `open_artifact`.
- `writing`: `new_artifact`.
- `weights`: counts the weights of a model.
- `adopting`: accepts results of earlier versions.
"""

from lingraft.artifacts.facts import (
    AlignmentFacts,
    CorpusFacts,
    DatasetFacts,
    DownloadFacts,
    Facts,
    GeneratorFacts,
    ModelFacts,
    ShardFacts,
    StoredPart,
    TokenizerFacts,
    TokensFacts,
    TrainingSetFacts,
    VectorsFacts,
)
from lingraft.artifacts.files import (
    atomic_path,
    digest_file,
    fingerprint,
    is_disk_full,
    path_inside,
    write_json,
)
from lingraft.artifacts.manifest import MANIFEST, Manifest, read_manifest
from lingraft.artifacts.opening import (
    Artifact,
    is_artifact,
    lost_file,
    open_artifact,
    open_given,
    open_partly,
    opened,
    size_mb,
    verify,
)
from lingraft.artifacts.sealed import read_sealed, write_sealed
from lingraft.artifacts.writing import new_artifact

__all__ = [
    "MANIFEST",
    "AlignmentFacts",
    "Artifact",
    "CorpusFacts",
    "DatasetFacts",
    "DownloadFacts",
    "Facts",
    "GeneratorFacts",
    "Manifest",
    "ModelFacts",
    "ShardFacts",
    "StoredPart",
    "TokenizerFacts",
    "TokensFacts",
    "TrainingSetFacts",
    "VectorsFacts",
    "atomic_path",
    "digest_file",
    "fingerprint",
    "is_artifact",
    "is_disk_full",
    "lost_file",
    "new_artifact",
    "open_artifact",
    "open_given",
    "open_partly",
    "opened",
    "path_inside",
    "read_manifest",
    "read_sealed",
    "size_mb",
    "verify",
    "write_json",
    "write_sealed",
]
