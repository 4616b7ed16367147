"""Accept results of an earlier version, whose files had no digests of themselves."""

import logging
from pathlib import Path

from lingraft.program import run


def main(folder: Path) -> None:
    """Accept results of an earlier version, whose files had no digests of themselves.

    Every file that a manifest names is checked first. Nothing is computed again.

    Args:
        folder: results/EXPERIMENT; for trainings that are not finished also state/EXPERIMENT.
    """
    from lingraft.artifacts.adopting import adopt

    logging.getLogger("lingraft").info("%s: %d files sealed", folder, adopt(folder))


if __name__ == "__main__":
    run(main)
