"""torchrun with the exit code of its workers.

Whoever starts a training reads its exit code: 75 means "saved, start me again", 3 and 65 mean
"do not". torchrun itself always ends with 1, and kills its workers half a minute after a signal,
which may be too short to save a large model.

    python -m lingraft.launch.torchrun --standalone --nproc-per-node=2 scripts/pretrain.py ...
"""

import logging
import os
import signal
import sys
from collections.abc import Sequence

from lingraft.errors import PreemptedError
from lingraft.launch.signals import requests_to_stop

_SECONDS_TO_SAVE = 120


def main(arguments: Sequence[str]) -> int:
    """Run torchrun with these arguments; returns the exit code of the first worker that failed."""
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import parse_args, run

    # The workers have already printed a clearer message than torchrun would.
    logging.getLogger("torch.distributed.elastic.multiprocessing.api").setLevel(logging.CRITICAL)
    # torchrun would take an ignored signal, too, and so would its workers, which inherit it.
    handled = ",".join(number.name for number in [*requests_to_stop(), signal.SIGQUIT])
    ours = [
        f"--signals-to-handle={handled}",
        f"--shutdown-timeout={_SECONDS_TO_SAVE}",
        f"--log-dir={os.devnull}",  # otherwise each start leaves a temporary folder behind
    ]
    try:
        run(parse_args([*ours, *arguments]))  # type: ignore[no-untyped-call]
    except SignalException:  # passed on to the workers, which have saved by now or been killed
        return PreemptedError.exit_code
    except ChildFailedError as error:
        rank, failure = error.get_first_failure()
        if failure.exitcode >= 0:
            return failure.exitcode
        name = signal.Signals(-failure.exitcode).name
        print(f"error: process {rank} was ended by {name} (out of memory?)", file=sys.stderr)
        # torch gives -9 for a process that signal 9 ended; a shell gives 128 + 9.
        return 128 - failure.exitcode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
