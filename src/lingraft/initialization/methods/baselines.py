"""random, mean, full-covariance: no weights at all, every row is left to the fill policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from lingraft.initialization.method import Method, MethodCard

if TYPE_CHECKING:
    from lingraft.initialization.request import Request
    from lingraft.initialization.weights import Weights


def nothing(request: Request) -> Weights:
    """Weights without any entry; `fill` does the rest."""
    from lingraft.initialization.weights import stack

    return stack([], len(request.target), request.columns)


class Random(Method):
    """Every row from N(mean, deviation) of each dimension of the source embeddings."""

    method: Literal["random"] = "random"

    card = MethodCard(
        title="random",
        idea="W is empty; every row but the special tokens is filled.",
        equation="N(mean, deviation) of each dimension of the source",
    )
    may_be_part = False

    def weights(self, request: Request) -> Weights:
        """None: every row is filled."""
        return nothing(request)


class Mean(Method):
    """Every row is the mean of the source embeddings."""

    method: Literal["mean"] = "mean"
    fill: Literal["mean"] = "mean"

    card = MethodCard(
        title="mean",
        idea="W is empty; every row but the special tokens is filled.",
        equation="the mean row",
    )
    may_be_part = False

    def weights(self, request: Request) -> Weights:
        """None: every row is filled."""
        return nothing(request)


class FullCovariance(Method):
    """Every row from N(mean, 1e-9 covariance), as Hugging Face's `resize_token_embeddings`."""

    method: Literal["full-covariance"] = "full-covariance"
    fill: Literal["covariance"] = "covariance"

    card = MethodCard(
        title="full-covariance",
        idea="W is empty; every row but the special tokens is filled.",
        equation=(
            "N(mean, 1e-9 covariance), as Hugging Face's `resize_token_embeddings`; in effect "
            "the mean"
        ),
    )
    may_be_part = False

    def weights(self, request: Request) -> Weights:
        """None: every row is filled."""
        return nothing(request)
