"""random, mean, full-covariance: no weights at all, every row is left to the fill policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from lingraft.initialization.method import Method, MethodCard

if TYPE_CHECKING:
    from lingraft.initialization.request import Request
    from lingraft.initialization.weights import Weights


_IDEA = "W is empty; every row but the special tokens is filled."


class Filled(Method):
    """A method that gives no row by itself: its policy `fill` makes them all."""

    may_be_part = False

    def weights(self, request: Request) -> Weights:
        """Weights without any entry; `fill` does the rest."""
        from lingraft.initialization.weights import stack

        return stack([], len(request.target), request.columns)


class Random(Filled):
    """Every row from N(mean, deviation) of each dimension of the source embeddings."""

    method: Literal["random"] = "random"

    card = MethodCard(
        title="random",
        idea=_IDEA,
        equation="N(mean, deviation) of each dimension of the source",
    )


class Mean(Filled):
    """Every row is the mean of the source embeddings."""

    method: Literal["mean"] = "mean"
    fill: Literal["mean"] = "mean"

    card = MethodCard(
        title="mean",
        idea=_IDEA,
        equation="the mean row",
    )


class FullCovariance(Filled):
    """Every row from N(mean, 1e-9 covariance), as Hugging Face's `resize_token_embeddings`."""

    method: Literal["full-covariance"] = "full-covariance"
    fill: Literal["covariance"] = "covariance"

    card = MethodCard(
        title="full-covariance",
        idea=_IDEA,
        equation=(
            "N(mean, 1e-9 covariance), as Hugging Face's `resize_token_embeddings`; in effect "
            "the mean"
        ),
    )
