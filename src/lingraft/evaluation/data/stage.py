"""Makes the dataset artifact: for each language a folder with JSON lines that the tasks read.

Labelled sets become `train|valid|test.jsonl.zst`, sentence pairs `pairs.jsonl.zst`, lists of words
and minimal pairs `test.jsonl.zst`.
"""

import csv
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from lingraft.artifacts import DatasetFacts, DownloadFacts, new_artifact, open_artifact
from lingraft.config.datasets import (
    AgreementDataset,
    BigBenchDataset,
    Dataset,
    DictionaryDataset,
    LabelledDataset,
    PairedDataset,
    SynonymsDataset,
    WordListDataset,
)
from lingraft.corpus.documents import open_json_lines
from lingraft.corpus.reading.files import find_files, read_lines
from lingraft.errors import InputError
from lingraft.evaluation.data import bigbench
from lingraft.evaluation.data.agreement import agreement_pairs
from lingraft.evaluation.data.tag_files import read_columns
from lingraft.evaluation.data.treebanks import read_trees
from lingraft.evaluation.data.word_lists import (
    read_questions,
    read_synonyms,
    read_word_columns,
    read_word_pairs,
)

logger = logging.getLogger(__name__)

_LONGEST_LINE = 1 << 24
_SPLITS = ("train", "valid", "test")
_SUFFIXES = (
    ".jsonl",
    ".json",
    ".parquet",
    ".csv",
    ".conll",
    ".conllu",
    ".txt",
    ".tsv",
    ".gz",
    ".xz",
)

Record = dict[str, Any]


def prepare_dataset(settings: Dataset, download: Path, output: Path) -> None:
    """Read all languages of a dataset from its download and write the artifact.

    Args:
        settings: the dataset.
        download: folder of the download.
        output: folder of the artifact.

    Raises:
        InputError: the download is damaged, or has no file for a language's test set.
    """
    source = open_artifact(download, DownloadFacts)
    languages: dict[str, dict[str, int]] = {}
    facts = DatasetFacts()
    plain = settings.model_dump(mode="json", exclude_unset=True)
    with new_artifact(
        output, "dataset", settings=plain, inputs={settings.source: source}, facts=facts
    ) as staging:
        for language, code in tqdm(settings.languages.items(), disable=None):
            read = _sets(settings, download / "files", code)
            languages[language] = {
                name: _write(staging / language / f"{name}.jsonl.zst", records)
                for name, records in read.items()
            }
            logger.info("%s: %s", language, languages[language])
        facts.languages = languages


def _sets(settings: Dataset, files: Path, code: str) -> Mapping[str, Iterable[Record]]:
    if isinstance(settings, PairedDataset):
        return _paired(settings, files, code)
    if isinstance(settings, BigBenchDataset):
        return bigbench.read_splits(settings, files, code)
    if isinstance(settings, SynonymsDataset):
        return {"test": ({"first": a, "second": b} for a, b in read_synonyms(files))}
    if isinstance(settings, AgreementDataset):
        return {"test": _agreement(settings, files, code)}
    if isinstance(settings, WordListDataset | DictionaryDataset):
        lists = settings.test if isinstance(settings.test, dict) else {"test": settings.test}
        return {name: _word_list(settings, path, files, code) for name, path in lists.items()}
    return _labelled(settings, files, code)


def _write(path: Path, records: Iterable[Record]) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_json_lines(path) as writer:
        for record in records:
            writer.write(record)
    return writer.count


def _labelled(settings: LabelledDataset, files: Path, code: str) -> Mapping[str, Iterator[Record]]:
    found: dict[str, Iterator[Record]] = {}
    for split in _SPLITS:
        pattern = getattr(settings, split)
        if pattern is None:
            continue
        try:
            paths = find_files(files, pattern.replace("{code}", code), _SUFFIXES, settings.source)
        except InputError:
            if split == "test":
                raise
            continue  # languages that are tested only, as in zero-shot transfer
        read = _READERS[settings.format]
        found[split] = (record for path in paths for record in read(path, settings))
    return found


def _records(path: Path, settings: LabelledDataset) -> Iterator[Record]:
    renamed = {theirs: ours for ours, theirs in settings.columns.items()}
    read = {".parquet": _parquet, ".csv": _table, ".tsv": _table}.get(path.suffix, _json_lines)
    for row in read(path):
        record = {renamed.get(key, key): value for key, value in row.items()}
        for key in ("label", "tags"):
            if key in record and settings.labels:
                record[key] = named_label(record[key], settings.labels, path)
        yield record


def named_label(value: Any, labels: tuple[str, ...], place: object) -> Any:
    """A label (or a list of them) by name, where the file gives its number.

    Args:
        value: what the file has.
        labels: names of the numbers, from 0.
        place: the file, for messages.

    Raises:
        InputError: a number has no name.
    """
    if isinstance(value, list):
        return [named_label(item, labels, place) for item in value]
    if isinstance(value, str) and not value.lstrip("-").isdigit():
        return value
    number = int(value)
    if not 0 <= number < len(labels):
        raise InputError(f"{place}: label {number} has no name; `labels` names {len(labels)}")
    return labels[number]


def _json_lines(path: Path) -> Iterator[Record]:
    for number, line in enumerate(read_lines(path, _LONGEST_LINE), start=1):
        if line.strip():
            try:
                record = json.loads(line)
            except ValueError:
                record = None
            if not isinstance(record, dict):
                raise InputError(f"{path}, line {number} is not a JSON object")
            yield record


def _table(path: Path) -> Iterator[Record]:
    # newline="": the csv module itself reads line breaks, which may be inside quotes.
    with path.open(encoding="utf-8-sig", newline="") as stream:
        if path.suffix == ".csv":
            yield from csv.DictReader(stream)
        else:  # in TSV a quotation mark is a character like others
            yield from csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)


def _parquet(path: Path) -> Iterator[Record]:
    from pyarrow import ArrowException, parquet

    try:
        for batch in parquet.ParquetFile(path).iter_batches():
            yield from batch.to_pylist()
    except (ArrowException, OSError) as error:
        raise InputError(f"{path} is not a Parquet file: {error}") from None


def _tagged(path: Path, settings: LabelledDataset) -> Iterator[Record]:
    for sentence in read_columns(path):
        yield {"id": sentence.id, "words": list(sentence.words), "tags": list(sentence.tags)}


def _agreement(settings: AgreementDataset, files: Path, code: str) -> Iterator[Record]:
    pattern = settings.files.replace("{code}", code)
    paths = find_files(files, pattern, _SUFFIXES, settings.source)
    yield from map(asdict, agreement_pairs([tree for path in paths for tree in read_trees(path)]))


def _word_list(
    settings: WordListDataset | DictionaryDataset, pattern: str, files: Path, code: str
) -> Iterator[Record]:
    for path in find_files(files, pattern.replace("{code}", code), _SUFFIXES, settings.source):
        if settings.format == "analogies":
            for section, words in read_questions(path):
                yield {"section": section, "words": list(words)}
        elif settings.format == "dictionary":
            for word, translation in read_word_columns(path, 2):
                yield {"first": word, "second": translation}
        else:
            for first, second, score in read_word_pairs(path):
                yield {"first": first, "second": second, "score": score}


def _paired(settings: PairedDataset, files: Path, code: str) -> Mapping[str, Iterator[Record]]:
    sides = [
        _texts(files, pattern.replace("{code}", code), settings)
        for pattern in (settings.pivot, settings.target)
    ]
    pivot, target = sides
    if settings.format == "lines" and len(pivot) != len(target):
        raise InputError(
            f"source {settings.source}, {code}: {len(pivot)} lines in the pivot's file, "
            f"{len(target)} in the other; they must be aligned line by line"
        )
    shared = [key for key in pivot if key in target]
    if not shared:
        raise InputError(f"source {settings.source}, {code}: the two sides share no id")
    records = ({"id": key, "source": pivot[key], "target": target[key]} for key in shared)
    return {"pairs": (r for r in records if r["source"].strip() and r["target"].strip())}


def _texts(files: Path, pattern: str, settings: PairedDataset) -> dict[str, str]:
    """Texts of one side by id: the line's number, or the verse's id."""
    found: dict[str, str] = {}
    for path in find_files(files, pattern, _SUFFIXES, settings.source):
        for line in read_lines(path, _LONGEST_LINE):
            text = line.decode("utf-8", "replace")
            if settings.format == "lines":
                # Empty lines have numbers too, so that the two sides stay aligned.
                found[str(len(found))] = text
            elif text.strip() and not text.startswith("#"):
                key, tab, verse = text.partition("\t")
                if tab:
                    found[key] = verse
    return found


_READERS: Mapping[str, Callable[[Path, LabelledDataset], Iterator[Record]]] = {
    "records": _records,
    "tags": _tagged,
}
