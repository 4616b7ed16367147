"""What every program in scripts/ shares: typed arguments, logging, and errors of one line."""

import errno
import inspect
import io
import logging
import os
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable, Container, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, get_args, get_origin

from jsonargparse import ArgumentError, ArgumentParser

from lingraft.arguments import VERSION_KEY, unpack
from lingraft.errors import ConfigError, LingraftError, PreemptedError, is_disk_full
from lingraft.launch.forking.settled import settle
from lingraft.redaction import hide_secrets

logger = logging.getLogger("lingraft")

_RANK_0_SECONDS = 5.0  # for rank 0 to report: leaving torch takes some


def run(main: Callable[..., Any]) -> None:
    """Run a typed `main` as a command line program; its outcome decides the exit code.

    The arguments, their help and their types come from the signature and docstring of `main`.
    A `LingraftError` ends the program with its message on one line and its own exit code, and so do
    a full disk, full memory and a file that may not be read or written. Any other exception is a
    bug in lingraft and keeps its traceback. Standard input is empty.
    """
    prepare_process()
    _close_input()
    try:
        words = [_underscored(word) for word in sys.argv[1:]]
        main(**_parse(main, list(_with_values(main, words))))
    except LingraftError as error:
        _end(with_flags(str(error), inspect.signature(main).parameters), error.exit_code)
    except KeyboardInterrupt:
        _end("interrupted (Ctrl-C)", 128 + signal.SIGINT)
    except MemoryError:
        _end("out of memory; use a machine with more memory, or run less at the same time", 1)
    except OSError as error:
        place = error.filename or "the disk"
        if is_disk_full(error):
            _end(f"{place} is full ({error.strerror}); free some space and run again", 1)
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            reason = f"{place} may not be used ({error.strerror})"
            _end(f"{reason}; change its permissions and run again", 1)
        raise
    except BaseException as error:
        # A panic of Rust code is not an Exception. The file or the text is the reason, so trying
        # again cannot help.
        if type(error).__name__ == "PanicException":
            _end(f"a library written in Rust failed: {error}; another tokenizer may work", 65)
        raise


def with_flags(message: str, parameters: Container[str]) -> str:
    """A message of the library in the words of a command line.

    Args:
        message: it names arguments as `source_vectors=` or `zero_stage=3` (see lingraft.errors).
        parameters: the program's own; other names stay as they are.
    """

    def flag(found: re.Match[str]) -> str:
        name, value = found.groups()
        if name not in parameters:
            return found[0]
        return f"--{name.replace('_', '-')} {value}".rstrip()

    return re.sub(r"`(\w+)=([^`]*)`", flag, message)


def _close_input() -> None:
    """Empty the standard input: no library may ask a person, or a pipe, whether to run code."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def _end(message: str, code: int) -> None:
    if os.environ.get("RANK", "0") != "0":
        if code == PreemptedError.exit_code:  # all processes stop together; rank 0 reports
            raise SystemExit(code) from None
        # Rank 0 reports failures that all processes have: the launcher ends the others meanwhile.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        time.sleep(_RANK_0_SECONDS)
    print(f"error: {hide_secrets(' '.join(message.split()))}", file=sys.stderr)
    raise SystemExit(code) from None


def _parse(main: Callable[..., Any], words: list[str]) -> dict[str, Any]:
    # Not auto_cli: it takes an argument of the name `config` for its own.
    description = (main.__doc__ or "").strip().partition("\n")[0]
    parser = ArgumentParser(description=description, exit_on_error=False)
    parser.add_function_arguments(main, as_positional=False)
    try:
        arguments: dict[str, Any] = parser.instantiate(parser.parse_args(words)).as_dict()
    except ArgumentError as error:
        # jsonargparse writes names with underscores, and types as Python shows them; people write
        # --source-model.
        problem = re.sub(r'Parser key "(\w+)"', r"--\1", str(error))
        problem = re.sub(r"<class '(\w+)'>", r"\1", problem)
        problem = re.sub(r"--\w+", lambda found: found[0].replace("_", "-"), problem)
        raise ConfigError(f"{problem}; {parser.prog} --help lists the options") from None
    return arguments


def _underscored(word: str) -> str:
    """Accept `--source-model` for the parameter source_model, as command lines are written."""
    return re.sub(r"^--[a-z][a-z0-9-]*", lambda found: "--" + found[0][2:].replace("-", "_"), word)


def _with_values(main: Callable[..., Any], words: list[str]) -> Iterator[str]:
    """The words in the form that the parser reads.

    An option of yes or no that has no value (`--dense`) means yes. An option that takes a list has
    all words up to the next option, and may be repeated (`--set a=1 b=2 --set=c=3`).
    """
    parameters = inspect.signature(main, eval_str=True).parameters.values()
    types = {f"--{each.name}": (each.annotation, *get_args(each.annotation)) for each in parameters}
    appended = None
    # Pairs of each word with the next one; an imaginary option follows the last word.
    for word, following in zip(words, [*words, "--"][1:], strict=True):
        flag, equals, value = word.partition("=")
        if appended is not None and not word.startswith("--"):
            yield from (f"{appended}+", word)
            continue
        # `--name+ value` is how jsonargparse appends to a list.
        appended = flag if any(get_origin(one) is list for one in types.get(flag, ())) else None
        if appended is not None:
            yield from (f"{appended}+", value) if equals else ()
        else:
            is_yes = types.get(word) == (bool,) and following.startswith("--")
            yield f"{word}=true" if is_yes else word


def prepare_process() -> None:
    """Set up output, logging, and what libraries read when they are imported."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what a terminal's encoding lacks becomes "?"
            stream.reconfigure(errors="replace")
    _hide_programs()
    logging.basicConfig(level=logging.INFO)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(_Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    sys.excepthook = _show_traceback
    for noisy in ("httpx", "httpx2", "datasets", "transformers", "sentence_transformers", "jieba"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # Spinning OpenMP threads on shared cores made a small model four times slower.
    settle("OMP_WAIT_POLICY", os.environ.get("OMP_WAIT_POLICY", "passive"))
    settle("TOKENIZERS_PARALLELISM", os.environ.get("TOKENIZERS_PARALLELISM", "true"))
    settle("HF_HUB_DISABLE_TELEMETRY", os.environ.get("HF_HUB_DISABLE_TELEMETRY", "1"))


class _Formatter(logging.Formatter):
    """Lines of the log, and tracebacks in them, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return hide_secrets(super().format(record))


def _show_traceback(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    print(hide_secrets("".join(traceback.format_exception(kind, error, trace))), file=sys.stderr)


def _hide_programs() -> None:
    """Take the folder of our programs off the path: evaluate.py would hide the package evaluate."""
    folder = Path(sys.argv[0]).resolve().parent
    if sys.path and Path(sys.path[0] or ".").resolve() == folder:
        del sys.path[0]


def show(text: str) -> None:
    """Print a text for a person; a reader such as `head` may close the pipe early."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python flushes


def go_offline() -> None:
    """Forbid all libraries to use the network of the hub; only the download program skips this."""
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE"):
        settle(name, "1")


def use_threads(threads: int) -> None:
    """Bound the native thread pools; call it before numpy, torch or tokenizers are imported.

    Raises:
        ConfigError: `threads` is below 1.
    """
    if threads < 1:
        raise ConfigError(f"--threads {threads} must be above 0")
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
        settle(name, str(threads))


def read_settings(settings: str) -> Mapping[str, Any]:
    """Read settings from the path of a YAML file or from YAML (or JSON) text.

    Rules pass the text itself, so that Snakemake sees exactly what a stage depends on; by hand a
    file is handier. The text must be a mapping. The stage's version in it is for Snakemake alone.

    Raises:
        ConfigError: the file does not exist, or the text is not a mapping or gives a key twice.
    """
    from lingraft.config.yaml_files import parse_yaml, read_yaml

    settings = unpack(settings)
    is_text = settings.lstrip().startswith("{") or "\n" in settings
    if not is_text and not Path(settings).is_file():
        raise ConfigError(f"settings file {settings} does not exist")
    content = parse_yaml(settings, "settings") if is_text else read_yaml(Path(settings))
    if not isinstance(content, Mapping):
        raise ConfigError(f"settings must be a mapping of keys to values, not {content!r:.80}")
    return {name: value for name, value in content.items() if name != VERSION_KEY}
