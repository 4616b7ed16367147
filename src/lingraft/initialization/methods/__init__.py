"""The methods by name: each is one function from a request to weights, in a file of its own.

To add one: write `def my_method(request: Request, settings: MyMethod) -> Weights` in a new file
here, its options in `lingraft.config.initialization`, and one entry below. The invariants of
tests/unit/initialization/test_invariants.py then hold it to account automatically.
"""

from collections.abc import Callable, Mapping
from typing import Any

from lingraft.initialization.methods.baselines import nothing
from lingraft.initialization.request import Request
from lingraft.initialization.weights import Weights

Method = Callable[[Request, Any], Weights]

METHODS: Mapping[str, Method] = {
    "random": nothing,
    "mean": nothing,
    "full-covariance": nothing,
}
