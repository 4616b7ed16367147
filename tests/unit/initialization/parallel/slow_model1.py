"""IBM Model 1 under every estimate, with dictionaries and loops, as the formulas have it."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

Pair = tuple[Sequence[int], Sequence[int]]  # the given tokens, and those that they make


def digamma(x: float) -> float:
    """The derivative of log gamma: by recurrence to above 10, and its asymptotic series there."""
    below = 0.0
    while x < 10:
        below += 1 / x
        x += 1
    series = 1 / 12 - (1 / 120 - (1 / 252 - (1 / 240 - 1 / (132 * x**2)) / x**2) / x**2) / x**2
    return math.log(x) - 1 / (2 * x) - series / x**2 - below


def frequencies(sentences: Sequence[Sequence[int]]) -> dict[int, float]:
    """The share of each token of some sentences."""
    counts = Counter(token for sentence in sentences for token in sentence)
    return {token: count / counts.total() for token, count in counts.items()}


@dataclass
class Step:
    """What is expected under the present weights, and how good these are."""

    empty: dict[int, float]
    tables: list[list[list[float]]] = field(default_factory=list)  # pair, made token, given token
    counts: dict[tuple[int, int], float] = field(default_factory=lambda: defaultdict(float))
    totals: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    evidence: float = 0.0  # log-likelihood, or what stands for it in the variational bound
    of_prior: float = 0.0  # what the prior adds to it


def steps(
    pairs: Sequence[Pair], base: dict[int, float], estimate: str, prior: float, p0: float
) -> Iterator[Step]:
    """The expectations at the start and after each iteration, without end."""
    given_tokens = {token for given, _ in pairs for token in given}
    weights = {(m, g): base[m] if p0 else 1.0 for m in base for g in given_tokens}
    empty, of_prior = base, 0.0
    while True:
        step = Step(empty, of_prior=of_prior)
        empty_counts = dict.fromkeys(base, 0.0)
        for given, made in pairs:
            step.tables.append([])
            for m in made:
                parts = [(1 - p0) / len(given) * weights[m, g] for g in given]
                total = sum(parts) + p0 * empty[m]
                step.evidence += math.log(total)
                step.tables[-1].append([part / total for part in parts])
                empty_counts[m] += p0 * empty[m] / total
                for g, part in zip(given, parts, strict=True):
                    step.counts[m, g] += part / total
                    step.totals[g] += part / total
        yield step
        fitted = {g: _fit(step, base, g, estimate, prior) for g in given_tokens}
        weights = {(m, g): fitted[g][0][m] for m, g in weights}
        of_prior = sum(each for _, each in fitted.values())
        if p0:
            everything = sum(empty_counts.values())
            empty = {m: count / everything for m, count in empty_counts.items()}


def _fit(
    step: Step, base: dict[int, float], g: int, estimate: str, prior: float
) -> tuple[dict[int, float], float]:
    """The weights of what one token makes, and what the prior says of them."""
    counts = {m: step.counts[m, g] for m in base}
    if estimate == "likelihood":
        return {m: count / step.totals[g] for m, count in counts.items()}, 0.0
    alphas = {m: count + prior * base[m] for m, count in counts.items()}
    total = step.totals[g] + prior
    if estimate == "posterior":
        weights = {m: alpha / total for m, alpha in alphas.items()}
        return weights, sum(prior * base[m] * math.log(weights[m]) for m in base if prior)
    logs = {m: digamma(alpha) - digamma(total) for m, alpha in alphas.items()}
    # The divergence of Dirichlet(alphas) from Dirichlet(prior * base).
    divergence = math.lgamma(total) - math.lgamma(prior)
    for m, alpha in alphas.items():
        divergence += math.lgamma(prior * base[m]) - math.lgamma(alpha) + counts[m] * logs[m]
    return {m: math.exp(each) for m, each in logs.items()}, -divergence


def held_out_score(
    seen: Sequence[Pair], unseen: Sequence[Pair], step: Step, base: dict[int, float],
    prior: float, p0: float,
) -> float:  # fmt: skip
    """Mean log-likelihood of a made token of unseen pairs, a row having at least 1 observation."""
    strength = max(prior, 1.0)
    logs = []
    for given, made in unseen:
        for m in made:
            rows = [
                (step.counts.get((m, g), 0.0) + strength * base[m])
                / (step.totals.get(g, 0.0) + strength)
                for g in given
            ]
            logs.append(math.log((1 - p0) * sum(rows) / len(rows) + p0 * step.empty[m]))
    return sum(logs) / len(logs)
