"""Self-learning of VecMap (Artetxe et al., 2018, ACL): a map and a dictionary improve each other.

From a weak dictionary: the orthogonal map of its pairs; from the map: the best translation (CSLS)
of every frequent word in both directions, as the next dictionary. At first a translation is kept
with a small probability only, so that a chance dictionary is left again; the probability doubles
when the objective (the mean of the best cosines) stops rising. At the end both sides are whitened,
rotated, re-weighted and de-whitened once, on the last dictionary (`fitting.fit_vecmap`).

Where each entry of a row is kept with probability p, the best that is kept has a rank in the sorted
row that is geometrically distributed. Drawing this rank is the same draw, without a random number
for each of the 400 million entries. (The authors' code counts a dropped entry as zero, so that it
wins over negative ones; here it never does.) At probability 1 nothing is drawn: once a dictionary
leads to itself, all further iterations are the same, and they are counted without being made.

Legend: P pairs, N source words, M target words, E dimension.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from lingraft.numeric.arrays import Float32, Int64
from lingraft.numeric.rows import unit_rows
from lingraft.vectors.fitting import Problem
from lingraft.vectors.similarities import Similarities

_IMPROVEMENT = 1e-6  # smaller gains of the objective are none


@dataclass(frozen=True)
class Schedule:
    """How long a dictionary is learned, and how boldly."""

    neighbors: int = 10
    probability: float = 0.1  # of keeping an entry, at first
    patience: int = 50  # iterations without improvement before it doubles; at 1, before the end
    seed: int = 0


@dataclass(frozen=True)
class Learned:
    """A dictionary and how it came about."""

    source_P: Int64
    target_P: Int64
    iteration: int = 0  # made so far
    improved: int = 0  # the last one that improved, or that raised the probability
    probability: float = 0.1
    objective: float = -1.0  # of the last map
    best: float = -1.0
    finished: bool = False
    # Mean cosines (N,) and (M,) under the last map, which tell the next one where to look first.
    mean_N: Float32 = field(default_factory=lambda: np.zeros(0, np.float32))
    mean_M: Float32 = field(default_factory=lambda: np.zeros(0, np.float32))


class Learner:
    """Two vocabularies between which a dictionary is learned."""

    def __init__(self, problem: Problem, words: int, schedule: Schedule) -> None:
        """Take the most frequent words.

        Args:
            problem: the vectors.
            words: how many of each side are translated.
            schedule: how to learn.
        """
        self.problem, self.schedule = problem, schedule
        # A GPU, where there is one, multiplies 100 times as fast.
        device = "cuda" if torch.cuda.is_available() else "cpu"
        self.source_NE, self.target_ME = (
            torch.from_numpy(unit_rows(np.asarray(side[:words], np.float32))).to(device)
            for side in (problem.source_NE, problem.target_ME)
        )
        sizes = len(self.source_NE), len(self.target_ME)
        self.scores = Similarities(sizes, self.source_NE.device)

    def learn(self, start: Learned, watch: Callable[[Learned], None] | None = None) -> Learned:
        """Repeat until the objective stops rising.

        Args:
            start: the first dictionary, or where an earlier run was.
            watch: is told of every iteration.
        """
        now = start
        with tqdm(desc="self-learning", initial=now.iteration, disable=None, leave=False) as bar:
            while not now.finished:
                now = self._next(now)
                if watch is not None:
                    watch(now)
                bar.set_postfix(objective=f"{now.objective:.4f}", keep=f"{now.probability:.1f}")
                bar.update()
        return now

    def objective(self, source_P: Int64, target_P: Int64) -> float:
        """Mean of the best cosines, both directions, under the map of these pairs."""
        self.scores.multiply(self._mapped(source_P, target_P), self.target_ME)
        means = [float(self.scores.best(side, 1)[0].mean()) for side in (0, 1)]
        return sum(means) / 2

    def _next(self, now: Learned) -> Learned:
        iteration = now.iteration + 1
        improved, probability = now.improved, now.probability
        if iteration - improved > self.schedule.patience:
            if probability >= 1:
                return replace(now, finished=True)
            probability, improved = min(1.0, 2 * probability), iteration
        scores = self.scores
        last = self._on_device(now.mean_N, now.mean_M) if len(now.mean_N) else None
        scores.multiply(self._mapped(now.source_P, now.target_P), self.target_ME, last)
        neighbors = self.schedule.neighbors
        (top_N, mean_N), (top_M, mean_M) = (scores.best(side, neighbors) for side in (0, 1))
        objective = (float(top_N.mean()) + float(top_M.mean())) / 2
        best = now.best
        if objective - best >= _IMPROVEMENT:
            best, improved = objective, iteration
        forward_N, backward_M = self._draws(iteration, probability, scores.sizes)
        target_N = scores.translations(0, mean_M / 2, forward_N).cpu().numpy()
        source_M = scores.translations(1, mean_N / 2, backward_M).cpu().numpy()
        made = Learned(
            np.concatenate([np.arange(len(target_N)), source_M]),
            np.concatenate([target_N, np.arange(len(source_M))]),
            iteration,
            improved,
            probability,
            objective,
            best,
            mean_N=mean_N.cpu().numpy(),
            mean_M=mean_M.cpu().numpy(),
        )
        return self._to_the_end(made) if _is_fixed(now, made) else made

    def _to_the_end(self, now: Learned) -> Learned:
        """The state before the last iteration, whose map and objective are those of `now`."""
        last = max(now.iteration, now.improved + self.schedule.patience)
        return replace(now, iteration=last)

    def _draws(
        self, iteration: int, probability: float, sizes: tuple[int, int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Ranks (N,) and (M,) of the translations: a function of the seed and the iteration, so
        that a run that goes on draws what it would have drawn."""
        generator = np.random.default_rng([self.schedule.seed, iteration])
        ranks = (
            np.minimum(generator.geometric(probability, sizes[side]), sizes[1 - side])
            for side in (0, 1)
        )
        return self._on_device(*ranks)

    def _on_device(self, source_N: Any, target_M: Any) -> tuple[torch.Tensor, torch.Tensor]:
        device = self.source_NE.device
        return torch.from_numpy(source_N).to(device), torch.from_numpy(target_M).to(device)

    def _mapped(self, source_P: Int64, target_P: Int64) -> torch.Tensor:
        """The source words under the orthogonal map of some pairs."""
        source_PE, target_PE = self._rows(0, source_P), self._rows(1, target_P)
        # In float64, whose decomposition is the same wherever the product was made.
        cross_EE = (source_PE.T @ target_PE).double().cpu().numpy()
        left_EE, _, right_EE = np.linalg.svd(cross_EE)
        map_EE = torch.from_numpy((left_EE @ right_EE).astype(np.float32))
        return self.source_NE @ map_EE.to(self.source_NE.device)

    def _rows(self, side: int, rows_P: Int64) -> torch.Tensor:
        """Vectors of words; those of a first dictionary may be rarer than the translated ones."""
        frequent = (self.source_NE, self.target_ME)[side]
        if rows_P.max(initial=0) < len(frequent):
            return frequent[torch.from_numpy(rows_P).to(frequent.device)]
        vectors: Any = (self.problem.source_NE, self.problem.target_ME)[side]
        found: Float32 = unit_rows(np.asarray(vectors[rows_P], np.float32))
        return torch.from_numpy(found).to(frequent.device)


def _is_fixed(before: Learned, after: Learned) -> bool:
    """Whether a dictionary led to itself, without a draw."""
    return after.probability == 1 and all(
        np.array_equal(getattr(before, name), getattr(after, name))
        for name in ("source_P", "target_P")
    )
