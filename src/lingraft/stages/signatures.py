"""The signature of a function, looked up once.

Snakemake asks `inspect.signature` what a function wants three times at each call: a tenth of what
planning a thousand languages takes. `inspect` takes an answer that the function carries.
"""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


def known(function: Function) -> Function:
    """The function itself, which now carries its signature."""
    function.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return function
