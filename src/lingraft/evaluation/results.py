"""The result of one task on one model: a JSON file that says what was measured, on what, and how.

It carries a digest of itself and one of its predictions: a number that changed on disk is refused.
Beside it lie the predictions (JSON lines, zstd), one line per test item, from which the report
draws its bootstrap intervals. docs/evaluation.md describes the schema for readers in other tools.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from lingraft.artifacts import digest_file, fingerprint, read_sealed, write_sealed
from lingraft.corpus.documents import open_json_lines, read_json_lines
from lingraft.errors import InputError
from lingraft.evaluation.outcome import Outcome, Prediction, Score

logger = logging.getLogger(__name__)

SCHEMA = 1


@dataclass(frozen=True)
class TaskResult:
    """The content of `<task>.json`.

    `key` is the fingerprint of everything that determines the scores: schema, task, protocol,
    settings, digests and the versions of the packages that compute them. A result is reused if and
    only if its key is the one that the present question has.
    """

    task: str
    protocol: (
        str  # family/variant, as retrieval/sr-t: numbers of two protocols never share a column
    )
    settings: Mapping[str, Any]
    digests: Mapping[str, str]  # weights, tokenizer, and each data folder by its role
    versions: Mapping[str, str]
    key: str
    scores: Sequence[Score]
    predictions: str = ""  # file name beside the JSON, empty where a task has no items
    predictions_sha256: str = ""
    notes: Sequence[str] = field(default_factory=tuple)
    seconds: float = 0.0
    arithmetic: str = ""  # fp32 or bf16, of forward passes through models; empty where not said
    schema: int = SCHEMA


def result_key(
    task: str,
    protocol: str,
    settings: Mapping[str, Any],
    digests: Mapping[str, str],
    versions: Mapping[str, str],
) -> str:
    """The fingerprint that decides whether a stored result answers the present question.

    Args:
        task: name of the task.
        protocol: id of its protocol.
        settings: of the task, as plain values.
        digests: of subject and data, by role.
        versions: of the packages that compute the scores.
    """
    return fingerprint([SCHEMA, task, protocol, settings, digests, versions])


def predictions_path(result: Path) -> Path:
    """`retrieval.json` keeps its predictions in `retrieval.predictions.jsonl.zst`."""
    return result.with_name(f"{result.stem}.predictions.jsonl.zst")


def write_result(path: Path, result: TaskResult, predictions: Sequence[Prediction]) -> None:
    """Write predictions first and the result last, so that a result never lacks its predictions.

    Args:
        path: the result file.
        result: its content.
        predictions: one record for each test item.
    """
    content = asdict(result)
    if predictions:
        target = predictions_path(path)
        write_predictions(target, predictions)
        content |= {"predictions": target.name, "predictions_sha256": digest_file(target)}
    write_sealed(path, content)


def read_result(path: Path) -> TaskResult:
    """Read a result file.

    Raises:
        InputError: it is missing, damaged, or of another schema version.
    """
    try:
        content = read_sealed(path)
        if content.get("schema") != SCHEMA:
            raise InputError(
                f"{path} has result schema {content.get('schema')}, this version reads {SCHEMA}; "
                "delete it and evaluate again"
            )
        scores = tuple(Score(**score) for score in content.pop("scores"))
        return TaskResult(**content, scores=scores)
    except FileNotFoundError:
        raise InputError(f"there is no evaluation result {path}") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"{path} is not an evaluation result ({error}); delete it") from None


def checked_predictions(path: Path, result: TaskResult) -> Path | None:
    """The predictions beside the result at `path`; None where the task has none.

    Raises:
        InputError: they are missing, or are not those that were written with the result.
    """
    if not result.predictions:
        return None
    predictions = path.with_name(Path(result.predictions).name)
    try:
        if digest_file(predictions) == result.predictions_sha256:
            return predictions
        problem = "is damaged (SHA-256 differs: it is not what was written)"
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
    raise InputError(f"{predictions} {problem}; delete {path} and evaluate again")


def is_current(path: Path, key: str) -> bool:
    """Whether `path` is a whole result with this key, predictions included."""
    if not path.exists():
        return False
    try:
        result = read_result(path)
        checked_predictions(path, result)
    except InputError as error:
        logger.warning("%s; it is measured again", str(error).partition(";")[0])
        return False
    return result.key == key


def write_outcome(path: Path, outcome: Outcome) -> None:
    """Write the outcome of a part of a task, atomically."""
    write_sealed(path, orjson.loads(orjson.dumps(outcome, option=orjson.OPT_SERIALIZE_NUMPY)))


def read_outcome(path: Path) -> Outcome | None:
    """What `write_outcome` kept; None where there is none, or a damaged one."""
    try:
        content = read_sealed(path)
        scores = [Score(**score) for score in content["scores"]]
        return Outcome(scores, content["predictions"], content["notes"])
    except FileNotFoundError:
        return None
    except (InputError, ValueError, TypeError, KeyError) as error:
        logger.warning("%s; it is made again", str(error).partition(";")[0])
        return None


def write_predictions(path: Path, predictions: Iterable[Prediction]) -> None:
    """Write one JSON object per line, compressed, atomically."""
    with open_json_lines(path, level=6) as writer:
        for prediction in predictions:
            writer.write(prediction)


def read_predictions(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records that `write_predictions` wrote.

    Raises:
        InputError: the file does not exist, is cut off or is damaged.
    """
    return read_json_lines(path)
