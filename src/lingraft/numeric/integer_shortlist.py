"""The best keys of queries by inner products in int8, which processors multiply fastest.

Vectors are turned, so that no coordinate is much larger than the others, and rounded to small
integers; their products are exact. How far a vector is from its integers is measured, so Cauchy and
Schwarz say how far a score can be from the true one. The best keys by integers are scored in
float32: the true k-th score is not below the least of these. Every key whose integer score allows
it to reach that one is scored in float32 too. A row with too many of them goes to the float
shortlist whole, and after a block that mostly went there all rows do.

Shapes: Q queries, N keys, E dimensions, B rows or keys of a block, F turned coordinates, G = 32
neighboring keys of a group, M groups, H groups that may have a candidate, K neighbors, C
candidates, W new ones, P pairs of a query and a key.
"""

import math
import warnings
from functools import cache

import torch
from torch import Tensor
from torch.nn.functional import pad

from lingraft.numeric.shortlists import BlockMemory, FloatShortlist, merge

_GROUP = 32  # two lines of the cache, and what a maximum over them needs is little
_SCORES = 2**24  # integers of a block of scores: 64 MiB
# Largest integer by which every kernel is exact: without VNNI, sums of two products saturate at
# 2**15, and one side, or the other, is moved by 128 to have no sign. (79 + 128) * 79 * 2 < 2**15.
_SAFE, _WHOLE = 79, 127
_ROUNDED = 512  # keys that are rounded at once: they stay in the cache
_SAMPLE = 2048  # longest keys, whose coordinates say how large those of all can be
_KEYS_PER_NEIGHBOR = 256  # with fewer, most groups have a candidate


def pays(keys: int, k: int) -> bool:
    """Whether this processor has fast products of int8, and a search this large is faster by them.

    It follows from the processor and the sizes alone. AVX2 does them twice as fast as float32, and
    VNNI, which AVX2 comes with, four times.
    """
    return keys >= _KEYS_PER_NEIGHBOR * k and bool(torch.cpu.get_capabilities().get("avx2"))


class IntegerShortlist:
    """The keys as small integers, beside the keys of the float shortlist."""

    def __init__(self, exact: FloatShortlist, norms_N: Tensor, k: int, key_block: int) -> None:
        """Turn the keys and round them.

        Args:
            exact: has the keys in float32, and searches the rows with too many candidates.
            norms_N: how long the keys are.
            k: neighbors that are wanted.
            key_block: a fourth of the keys that are multiplied at once.
        """
        self.exact, self.keys_NE, self.k = exact, exact.keys_NE, k
        self.candidates = exact.candidates
        keys = -(-len(self.keys_NE) // _GROUP) * _GROUP
        self.key_block = min(-(-4 * key_block // _GROUP) * _GROUP, keys)
        self.most = max(8 * k, keys // 64)  # more cost as much as a float product
        self.rounding = _Rounding(self.keys_NE.shape[1])
        self.norm = exact.bound.key_norm
        longest = norms_N.topk(min(_SAMPLE, len(norms_N)), sorted=False).indices
        # A little is for coordinates of the others; what is larger still, counts as lost.
        size = 1.05 * self.rounding.turned(self.keys_NE[longest]).abs().amax()
        self.step = float(self.rounding.step(size))
        # Rows of zeros make the last group whole.
        self.whole_NF = torch.zeros((keys, self.rounding.turn_EF.shape[1]), dtype=torch.int8)
        lost_N = torch.zeros(len(self.keys_NE))
        for start in range(0, len(self.keys_NE), _ROUNDED):
            turned_BF = self.rounding.turned(self.keys_NE[start : start + _ROUNDED])
            whole_BF, lost_B = self.rounding.of(turned_BF, self.step)
            self.whole_NF[start : start + len(whole_BF)] = whole_BF
            # Tensors that stay, made in between, would keep the memory of blocks from being reused.
            lost_N[start : start + len(whole_BF)] = lost_B
        self.rest = float(lost_N.max()) + self.rounding.error * self.norm
        self.memory = BlockMemory(torch.int32)
        self.fails = False

    def best(self, queries_QE: Tensor, norms_Q: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """As `Shortlist` says."""
        if self.fails:
            return self.exact.best(queries_QE, norms_Q)
        bound_Q = self.exact.bound.of(torch.float32, norms_Q)
        rows = max(16, _SCORES // self.key_block)
        blocks = zip(
            *(torch.split(each, rows) for each in (queries_QE, norms_Q, bound_Q)), strict=True
        )
        parts = [self._block(*block) for block in blocks]
        scores_QC = torch.cat([found.scores_QC for found in parts])
        indices_QC = torch.cat([found.indices_QC for found in parts])
        failed = torch.cat([found.failed_Q for found in parts]).nonzero().ravel()
        if len(failed):
            found = self.exact.best(queries_QE[failed], norms_Q[failed])
            scores_QC[failed], indices_QC[failed] = found[0], found[1]
        self.fails = 2 * len(failed) > len(queries_QE)
        return scores_QC, indices_QC, bound_Q

    def _block(self, queries_QE: Tensor, norms_Q: Tensor, bound_Q: Tensor) -> "_Found":
        float_QE = queries_QE.float()
        turned_QF = self.rounding.turned(float_QE)
        steps_Q = self.rounding.step(turned_QF.abs().amax(1))
        whole_QF, rest_Q = self.rounding.of(turned_QF, steps_Q[:, None])
        # q k - q' k' = q (k - k') + (q - q') k', where q' and k' are the rounded ones.
        rest_Q = rest_Q.double() + self.rounding.error * norms_Q
        error_Q = norms_Q * self.rest + rest_Q * (self.norm + self.rest)
        found = _Found(len(queries_QE), self.candidates)
        lowest_Q = torch.full_like(norms_Q, -torch.inf)  # not above the true k-th score
        for start in range(0, len(self.keys_NE), self.key_block):
            scores_QMG = self._product(whole_QF, start)
            maxima_QM = scores_QMG.amax(2)
            if start == 0 and maxima_QM.shape[1] >= self.k:
                rows_P, keys_P = _seeds(scores_QMG, maxima_QM, self.k)
                seeds_QK = self._float_scores(float_QE, rows_P, keys_P).view(-1, self.k)
                # One bound for the float scores, and one for what rounding makes equal.
                lowest_Q = seeds_QK.amin(1).double() - 2 * bound_Q
            least_Q = ((lowest_Q - error_Q) / (steps_Q.double() * self.step)).floor()
            least_Q = least_Q.clamp(-(2**31) + 1, 2**31 - 1).int()
            rows_P, keys_P, too_many_Q = _reaching(scores_QMG, maxima_QM, least_Q, self.most)
            keys_P += start
            found.add(rows_P, keys_P, self._float_scores(float_QE, rows_P, keys_P))
            found.failed_Q |= too_many_Q
            lowest_Q = torch.maximum(lowest_Q, found.scores_QC[:, self.k - 1] - 2 * bound_Q)
        return found

    def _product(self, whole_QF: Tensor, start: int) -> Tensor:
        """Scores of a block in groups (Q, M, 32)."""
        keys_BF = self.whole_NF[start : start + self.key_block]
        scores_QB = self.memory.of_shape(len(whole_QF), len(keys_BF))
        torch._int_mm(whole_QF, keys_BF.T, out=scores_QB)
        scores_QB[:, len(self.keys_NE) - start :] = torch.iinfo(torch.int32).min
        return scores_QB.view(len(whole_QF), -1, _GROUP)

    def _float_scores(self, queries_QE: Tensor, rows_P: Tensor, keys_P: Tensor) -> Tensor:
        """Scores of pairs in float32; the pairs are sorted by their row."""
        counts_Q = torch.bincount(rows_P, minlength=len(queries_QE))
        with warnings.catch_warnings():  # torch calls its sparse matrices a beta
            warnings.simplefilter("ignore")
            pairs_QN = torch.sparse_csr_tensor(
                pad(counts_Q.cumsum(0), (1, 0)),
                keys_P,
                torch.zeros(len(keys_P)),
                (len(queries_QE), len(self.keys_NE)),
                check_invariants=False,
            )
        scored_QN = torch.sparse.sampled_addmm(pairs_QN, queries_QE, self.keys_NE.T, beta=0.0)
        scores_P: Tensor = scored_QN.values()
        return scores_P


class _Rounding:
    """Vectors to small integers, after a rotation that evens out the sizes of coordinates."""

    def __init__(self, dimension: int) -> None:
        self.dimension = max(1, dimension)
        self.largest = _WHOLE if _is_exact_to(_WHOLE) else _SAFE
        places_E = torch.arange(dimension, dtype=torch.float64)
        # The cosine transform is a rotation; signs by a fixed seed keep it from gathering a vector
        # of even numbers, which is smooth, in one coordinate.
        turn_EE = torch.cos(math.pi / self.dimension * (places_E[:, None] + 0.5) * places_E)
        turn_EE *= math.sqrt(2 / self.dimension)
        turn_EE[:, :1] /= math.sqrt(2)
        signs_E = (
            torch.randint(2, (dimension, 1), generator=torch.Generator().manual_seed(0)) * 2 - 1
        )
        exact_EE = (signs_E * turn_EE).float().double()
        # Kernels take coordinates by four and more, and for a single one torch's are wrong.
        self.turn_EF = pad(exact_EE.float(), (0, -dimension % 16))
        # How far a turned vector may be from its place, for a vector of length 1: the float32
        # matrix is nearly a rotation, and a product is rounded (Higham, 2002, section 3.1).
        off = torch.linalg.matrix_norm(exact_EE.T @ exact_EE - torch.eye(dimension).double())
        self.error = float(off) + (dimension + 8) * 2.0**-24 * float(exact_EE.norm())

    def turned(self, rows_BE: Tensor) -> Tensor:
        """The rotated rows (B, F)."""
        return rows_BE @ self.turn_EF

    def step(self, sizes: Tensor) -> Tensor:
        """What an integer is worth where coordinates are so large at most."""
        return torch.where(sizes > 0, sizes / self.largest, 1.0)

    def of(self, turned_BF: Tensor, step: Tensor | float) -> tuple[Tensor, Tensor]:
        """The rows as integers, and how long what is lost of each is (B,), but for `error`."""
        whole_BF = (turned_BF / step).round_().clamp_(-self.largest, self.largest)
        lost_B = torch.linalg.vector_norm(turned_BF - whole_BF * step, dim=1)
        # The norm is rounded too.
        return whole_BF.to(torch.int8), lost_B * (1 + (self.dimension + 8) * 2.0**-24)


class _Found:
    """The best candidates of each row so far, by float scores."""

    def __init__(self, rows: int, candidates: int) -> None:
        self.scores_QC = torch.full((rows, candidates), -torch.inf, dtype=torch.float64)
        self.indices_QC = torch.zeros((rows, candidates), dtype=torch.long)
        self.failed_Q = torch.zeros(rows, dtype=torch.bool)

    def add(self, rows_P: Tensor, keys_P: Tensor, scores_P: Tensor) -> None:
        """Take in scored pairs, which are sorted by their row."""
        counts_Q = torch.bincount(rows_P, minlength=len(self.scores_QC))
        places_P = torch.arange(len(rows_P)) - (counts_Q.cumsum(0) - counts_Q)[rows_P]
        new_QW = self.scores_QC.new_full((len(counts_Q), int(counts_Q.max())), -torch.inf)
        keys_QW = self.indices_QC.new_zeros(new_QW.shape)
        new_QW[rows_P, places_P] = scores_P.double()
        keys_QW[rows_P, places_P] = keys_P
        best, candidates = (self.scores_QC, self.indices_QC), self.scores_QC.shape[1]
        self.scores_QC, self.indices_QC = merge(best, (new_QW, keys_QW), candidates)


def _seeds(scores_QMG: Tensor, maxima_QM: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Pairs of each row with the best keys of the k groups with the largest maxima."""
    groups_QK = maxima_QM.topk(k, dim=1, sorted=False).indices
    members_QKG = scores_QMG.gather(1, groups_QK[:, :, None].expand(-1, -1, _GROUP))
    keys_QK = groups_QK * _GROUP + members_QKG.argmax(2)
    return torch.arange(len(keys_QK)).repeat_interleave(k), keys_QK.ravel()


def _reaching(
    scores_QMG: Tensor, maxima_QM: Tensor, least_Q: Tensor, most: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Pairs (P,) of rows and keys whose scores are not below `least_Q`; rows with too many (Q,).

    A row with more than `most` has no pairs.
    """
    groups = maxima_QM.shape[1]
    reached_H = (maxima_QM >= least_Q[:, None]).ravel().nonzero().ravel()
    rows_H = reached_H // groups
    too_many_Q = torch.bincount(rows_H, minlength=len(least_Q)) > most
    reached_H = _without(reached_H, rows_H, too_many_Q)
    rows_H = _without(rows_H, rows_H, too_many_Q)
    members_HG = scores_QMG.view(-1, _GROUP).index_select(0, reached_H)
    places = (members_HG >= least_Q[rows_H, None]).ravel().nonzero().ravel()
    rows_P = rows_H[places // _GROUP]
    keys_P = reached_H[places // _GROUP] % groups * _GROUP + places % _GROUP
    too_many_Q |= torch.bincount(rows_P, minlength=len(least_Q)) > most
    return _without(rows_P, rows_P, too_many_Q), _without(keys_P, rows_P, too_many_Q), too_many_Q


def _without(values_P: Tensor, rows_P: Tensor, left_out_Q: Tensor) -> Tensor:
    return values_P[~left_out_Q[rows_P]] if bool(left_out_Q.any()) else values_P


@cache
def _is_exact_to(largest: int) -> bool:
    """Whether products of numbers up to `largest` do not saturate in the kernels used here.

    A variable of the environment can forbid the library the newer ones of a processor.
    """
    signs_BF = torch.tensor([[1], [-1]], dtype=torch.int8).repeat(64, 320)
    rows_BF = signs_BF * largest
    exact_BB = (rows_BF.double() @ rows_BF.double().T).int()
    few, all_ = rows_BF[:2].contiguous(), rows_BF
    return torch.equal(torch._int_mm(all_, all_.T), exact_BB) and torch.equal(
        torch._int_mm(few, all_.T), exact_BB[:2]
    )
