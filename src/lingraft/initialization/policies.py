"""The names of policies that settings choose and functions carry out. Light to import."""

from typing import Literal

FillPolicy = Literal["normal", "mean", "covariance", "unknown", "zero"]  # fill.py
Rescaling = Literal["none", "mean", "neighbors"]  # rescale.py
BiasPolicy = Literal["auto", "zero", "combine", "copy", "unigram"]  # bias.py
PieceWeights = Literal["equal", "length", "first", "last"]  # evidence/pieces.py
