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


def require_known(name: str, known: Collection[str], key: str, section: str) -> None:
    """Check that a name exists.

    Args:
        name: the name.
        known: the names that exist.
        key: where the name was written, for the message.
        section: where `known` are declared, for the message.

    Raises:
        ValueError: the name is not among them.
    """
    if name not in known:
        raise ValueError(f"{key}: {name!r} is not in {section}; {nearest(name, known)}")
