"""The methods by name: each is one function from a request to weights, in a file of its own.

To add one: write `def my_method(request: Request, settings: MyMethod) -> Weights` in a new file
here, its options in `lingraft.config.initialization`, and one entry below. The invariants of
tests/unit/initialization/test_invariants.py then hold it to account automatically.
"""

from collections.abc import Callable, Mapping
from typing import Any

from lingraft.initialization.methods.baselines import nothing
from lingraft.initialization.methods.clp import clp
from lingraft.initialization.methods.focus import focus
from lingraft.initialization.methods.fvt import fvt
from lingraft.initialization.methods.lexical import lexical
from lingraft.initialization.methods.mixture import mixture
from lingraft.initialization.methods.ofa import ofa
from lingraft.initialization.methods.ramen import ramen
from lingraft.initialization.methods.tokalign import tokalign
from lingraft.initialization.methods.tokensurgeon import tokensurgeon
from lingraft.initialization.methods.trans_tokenization import trans_tokenization
from lingraft.initialization.methods.wechsel import wechsel
from lingraft.initialization.request import Request
from lingraft.initialization.weights import Weights

Method = Callable[[Request, Any], Weights]

METHODS: Mapping[str, Method] = {
    "random": nothing,
    "mean": nothing,
    "full-covariance": nothing,
    "wechsel": wechsel,
    "ofa": ofa,
    "focus": focus,
    "fvt": fvt,
    "lexical": lexical,
    "trans-tokenization": trans_tokenization,
    "ramen": ramen,
    "clp": clp,
    "tokensurgeon": tokensurgeon,
    "tokalign": tokalign,
    "mixture": mixture,
}
