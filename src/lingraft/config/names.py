"""Names that do not exist, answered with the nearest one that does."""

from collections.abc import Collection
from difflib import get_close_matches


def nearest(name: str, known: Collection[str]) -> str:
    """A clause that helps: "did you mean 'x'?", or what there is to choose from."""
    # Of two equal keys the last one wins: among names that differ in case alone, the first in
    # order.
    folded = {other.lower(): other for other in sorted(known, reverse=True)}
    close = get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    if close:
        return f"did you mean {folded[close[0]]!r}?"
    return f"known: {', '.join(sorted(known))}" if known else "there is none"


def unknown(name: str, known: Collection[str], key: str, section: str) -> str | None:
    """Why a name cannot be used, in one line; None where it exists.

    Args:
        name: the name.
        known: the names that exist.
        key: where the name was written.
        section: where `known` are declared.
    """
    if name in known:
        return None
    return f"{key}: {name!r} is not in {section}; {nearest(name, known)}"


def require_known(name: str, known: Collection[str], key: str, section: str) -> None:
    """Check that a name exists; the arguments are those of `unknown`.

    Raises:
        ValueError: the name is not among them.
    """
    if problem := unknown(name, known, key, section):
        raise ValueError(problem)
