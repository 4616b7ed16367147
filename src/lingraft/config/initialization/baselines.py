"""Baselines that use no information about the target language."""

from typing import Literal

from lingraft.config.initialization.common import Method


class Random(Method):
    """Every row from N(mean, deviation) of each dimension of the source embeddings."""

    method: Literal["random"] = "random"


class Mean(Method):
    """Every row is the mean of the source embeddings."""

    method: Literal["mean"] = "mean"
    fill: Literal["mean"] = "mean"


class FullCovariance(Method):
    """Every row from N(mean, 1e-9 covariance), as Hugging Face's `resize_token_embeddings`."""

    method: Literal["full-covariance"] = "full-covariance"
    fill: Literal["covariance"] = "covariance"
