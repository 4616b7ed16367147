"""random, mean, full-covariance: no weights at all, every row is left to the fill policy."""

from lingraft.config.initialization import Method
from lingraft.initialization.request import Request
from lingraft.initialization.weights import Weights, stack


def nothing(request: Request, settings: Method) -> Weights:
    """Weights without any entry; `settings.fill` does the rest."""
    return stack([], len(request.target), request.columns)
