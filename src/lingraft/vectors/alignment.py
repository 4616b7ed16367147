"""An alignment: what brings vectors of two languages into one space.

Legend: N vectors, E dimension of a side, D dimension of the fit (the smaller of both), K dimension
of the common space.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from lingraft.artifacts import AlignmentFacts, open_given
from lingraft.errors import InputError
from lingraft.numeric.arrays import AnyFloats, Float64, Int64
from lingraft.numeric.rows import row_blocks
from lingraft.vectors.aligners.aligner import Aligner
from lingraft.vectors.aligners.procrustes import Procrustes
from lingraft.vectors.correspondences import Correspondences, correspond
from lingraft.vectors.fitting import Problem
from lingraft.vectors.normalization import Steps, mean_before_centering, normalize, steps_of
from lingraft.vectors.transformation import AffineStep
from lingraft.vectors.vectorset import VectorSet
from lingraft.vectors.word_pairs import WordPair

# Vectors of another target language, and which of their rows are pairs with the source's.
Partner = tuple[VectorSet, Correspondences]

# WECHSEL as its library does it: raw vectors, nine casings of a pair, one orthogonal map.
WECHSEL = Procrustes(normalization="wechsel", casing="wechsel")


@dataclass(frozen=True)
class Alignment:
    """A map for each side into the common space, and the normalization that precedes it."""

    source_map_EK: Float64
    target_map_EK: Float64
    source_mean_E: Float64
    target_mean_E: Float64
    steps: Steps = ()
    rank: int = 0
    pairs: int = 0
    # Of the fit; these are not saved with it.
    facts: Mapping[str, Any] = field(default_factory=dict)
    uses_pairs: bool = True
    failure: str = ""
    named_K: Int64 | None = None  # the correspondences that name the dimensions
    # On held-out words, where it was measured: see `load`.
    precision: float | None = None

    def map_source(self, vectors_NE: AnyFloats) -> AnyFloats:
        """Vectors (N, K) of source words in the common space, in the dtype that came in.

        Zero vectors (texts without a vector) stay zero.
        """
        return _apply(vectors_NE, self.steps, self.source_mean_E, self.source_map_EK)

    def map_target(self, vectors_NE: AnyFloats) -> AnyFloats:
        """Vectors (N, K) of target words in the common space, as `map_source`."""
        return _apply(vectors_NE, self.steps, self.target_mean_E, self.target_map_EK)

    def source_steps(self) -> tuple[AffineStep, ...]:
        """What `map_source` does, step by step."""
        return _as_steps(self.steps, self.source_mean_E, self.source_map_EK)

    def target_steps(self) -> tuple[AffineStep, ...]:
        """What `map_target` does, step by step."""
        return _as_steps(self.steps, self.target_mean_E, self.target_map_EK)

    def save(self, folder: Path) -> None:
        """Write `mapping.npz` into an existing folder."""
        np.savez(
            folder / "mapping.npz",
            source_map=self.source_map_EK,
            target_map=self.target_map_EK,
            source_mean=self.source_mean_E,
            target_mean=self.target_mean_E,
            # Without a dtype an empty tuple becomes float64, and object arrays would need pickle.
            # U8 has room for 8 characters a step.
            steps=np.array(self.steps, dtype="U8"),
            solved=np.array([self.rank, self.pairs]),
        )

    @classmethod
    def load(cls, folder: Path) -> "Alignment":
        """Read `mapping.npz` of an alignment artifact, and its precision from `metrics.json`.

        It is the share of held-out words whose nearest target word by CSLS is a translation,
        (r + 1/2) / (n + 1) for r of n words: the mean under Jeffreys' prior, so that few words
        prove neither that a map is useless nor that it is perfect.

        Raises:
            ArtifactError: a file of the artifact is missing or damaged.
            InputError: there is no mapping in the folder, or it cannot be read.
        """
        open_given(folder, AlignmentFacts)
        if not (folder / "mapping.npz").is_file():
            raise InputError(f"{folder} is not an alignment: mapping.npz is missing")
        try:
            found = cls._read(folder / "mapping.npz")
            return replace(found, precision=_held_out_precision(folder / "metrics.json"))
        except (ValueError, KeyError, EOFError, BadZipFile) as error:
            raise InputError(f"alignment {folder} is damaged ({error}); make it again") from None

    @classmethod
    def _read(cls, path: Path) -> "Alignment":
        with np.load(path, allow_pickle=False) as arrays:
            return cls(
                arrays["source_map"],
                arrays["target_map"],
                arrays["source_mean"],
                arrays["target_mean"],
                tuple(str(step) for step in arrays["steps"]),
                rank=int(arrays["solved"][0]),
                pairs=int(arrays["solved"][1]),
            )


def align(
    source: VectorSet,
    target: VectorSet,
    pairs: list[WordPair],
    settings: Aligner | None = None,
    *,
    preset: str | None = None,
) -> Alignment:
    """Fit an alignment on word pairs.

    Args:
        source: vectors of the source language.
        target: vectors of the target language; where dimensions differ, the longer vectors are
            projected on their first principal directions.
        pairs: the dictionary.
        settings: the method and its options; default: Procrustes on vecmap's normalization.
        preset: "wechsel" instead of settings: exactly what WECHSEL's library does.

    Raises:
        InputError: no pair is in both vocabularies, or the method says that it failed.
    """
    if preset is not None:
        if preset != "wechsel" or settings is not None:
            raise ValueError("align takes either settings or the preset 'wechsel'")
        settings = WECHSEL
    settings = settings or Procrustes()
    found = fit(source, target, correspond(pairs, source, target, settings.casing), settings)
    if found.failure:
        raise InputError(found.failure)
    return found


def fit(
    source: VectorSet,
    target: VectorSet,
    matches: Correspondences,
    settings: Aligner,
    *,
    known_pairs: int | None = None,
    state: Path | None = None,
    partners: Sequence[Partner] = (),
) -> Alignment:
    """Fit an alignment on correspondences that were already looked up; see `align`.

    Args:
        source: vectors of the source language.
        target: vectors of the target language.
        matches: rows of both that are pairs.
        settings: the method and its options.
        known_pairs: different correspondences of the whole dictionary, where `matches` are a part.
        state: folder in which a long fit keeps what it has, and from which it goes on.
        partners: other target languages with their correspondences, for a joint fit.

    Raises:
        InputError: there is no correspondence, or there are fewer than the method needs.
    """
    if len(matches) == 0 and settings.needs_pairs:
        raise InputError(
            f"the dictionary shares no word pair with the vectors of "
            f"{source.language or 'the source'} and {target.language or 'the target'}"
        )
    steps = steps_of(settings.normalization, settings.center)
    dimension = min(
        vectors.dimension for vectors in (source, target, *(own for own, _ in partners))
    )
    source_mean_E, source_ND, source_ED = _prepared(source, steps, dimension)
    target_mean_E, target_MD, target_ED = _prepared(target, steps, dimension)
    problem = Problem(
        source_ND,
        target_MD,
        matches.source_P,
        matches.target_P,
        matches.weights_P,
        source.words,
        target.words,
        matches.different if known_pairs is None else known_pairs,
        state,
        [
            Problem(
                source_ND,
                _prepared(own, steps, dimension)[1],
                found.source_P,
                found.target_P,
                found.weights_P,
            )
            for own, found in partners
        ],
    )
    maps = settings.fit(problem)
    return Alignment(
        source_ED @ maps.source_EK,
        target_ED @ maps.target_EK,
        source_mean_E,
        target_mean_E,
        steps,
        maps.rank,
        maps.pairs,
        maps.facts,
        maps.uses_pairs,
        maps.failure,
        named_K=maps.named_K,
    )


def _held_out_precision(metrics: Path) -> float | None:
    if not metrics.is_file():
        return None
    measured = json.loads(metrics.read_text(encoding="utf-8"))
    words = int(measured["source_words"]["covered"])
    if not words:
        return None
    right = float(measured["precision"]["csls"]["p_at_1_covered"]) * words
    return (right + 0.5) / (words + 1)


def _apply(vectors_NE: AnyFloats, steps: Steps, mean_E: Float64, map_EK: Float64) -> AnyFloats:
    if vectors_NE.shape[1] != len(map_EK):
        raise InputError(
            f"vectors of dimension {vectors_NE.shape[1]} do not fit an alignment of "
            f"dimension {len(map_EK)}"
        )
    matrix_EK = map_EK.astype(vectors_NE.dtype)
    mapped_NK = np.empty((len(vectors_NE), matrix_EK.shape[1]), vectors_NE.dtype)
    for block in row_blocks(len(vectors_NE)):
        mapped_NK[block] = normalize(vectors_NE[block], steps, mean_E) @ matrix_EK
    return mapped_NK


def _as_steps(steps: Steps, mean_E: Float64, map_EK: Float64) -> tuple[AffineStep, ...]:
    found: list[AffineStep] = []
    is_unit = False
    for step in steps:
        if step == "center":
            found.append(AffineStep(mean_E, np.eye(len(mean_E)), is_unit))
        is_unit = step == "unit"
    return (*found, AffineStep(np.zeros(len(mean_E)), map_EK, is_unit))


def _prepared(
    vectors: VectorSet, steps: Steps, dimension: int
) -> tuple[Float64, AnyFloats, Float64]:
    """The mean that centering subtracts, the normalized vectors, and how they were reduced."""
    mean_E = mean_before_centering(vectors.vectors_WE, steps)
    normal_NE = normalize(vectors.vectors_WE, steps, mean_E)
    reduction_ED = _reduction(normal_NE, dimension)
    return mean_E, _project(normal_NE, reduction_ED), reduction_ED


def _reduction(vectors_NE: AnyFloats, dimension: int) -> Float64:
    """Orthonormal columns (E, D): the identity, or the first principal directions."""
    if vectors_NE.shape[1] == dimension:
        return np.eye(dimension)
    # np.cov wants variables as rows.
    covariance_EE = np.cov(vectors_NE.T.astype(np.float64))
    _, directions_EE = np.linalg.eigh(covariance_EE)
    # eigh orders directions by rising variance: reversed, the first are the principal ones.
    return np.asarray(directions_EE[:, ::-1][:, :dimension])


def _project(vectors_NE: AnyFloats, reduction_ED: Float64) -> AnyFloats:
    if reduction_ED.shape[0] == reduction_ED.shape[1]:
        return vectors_NE
    return vectors_NE @ reduction_ED.astype(vectors_NE.dtype)
