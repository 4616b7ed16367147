"""Local data as mteb tasks: mteb's own code computes the scores, no download is needed."""

from collections.abc import Sequence
from typing import Any

from datasets import Dataset, DatasetDict
from mteb import AbsTask
from mteb.abstasks.classification import AbsTaskClassification
from mteb.abstasks.task_metadata import TaskMetadata
from mteb.abstasks.text.bitext_mining import AbsTaskBitextMining

from lingraft.corpus.documents import Pair
from lingraft.evaluation.data.reading import Example
from lingraft.evaluation.measures.mteb_encoder import LOCAL


def bitext_task(
    pairs: Sequence[Pair], languages: tuple[str, str], revision: str
) -> AbsTaskBitextMining:
    """Bitext mining between a pivot and a target language.

    Args:
        pairs: the translations; gold is the same line.
        languages: pivot and target, as eng_Latn.
        revision: digest of the data; mteb files the scores under it.
    """
    pivot, target = languages
    columns = {
        pivot: [pair.source for pair in pairs],
        target: [pair.target for pair in pairs],
    }
    metadata = _metadata(
        f"LocalBitext_{pivot}_{target}",
        "BitextMining",
        {f"{pivot}-{target}": [_code(pivot), _code(target)]},
        "f1",
        revision,
    )
    task = _define(AbsTaskBitextMining, metadata, parallel_subsets=True)
    return _filled(task, DatasetDict(test=Dataset.from_dict(columns)))


def classification_task(
    train: Sequence[Example], test: Sequence[Example], language: str, revision: str
) -> AbsTaskClassification:
    """Classification with mteb's protocol: 10 times 8 examples a label, logistic regression.

    Args:
        train: what mteb draws its training examples from.
        test: the examples that are labelled.
        language: as eng_Latn.
        revision: digest of the data; mteb files the scores under it.
    """
    labels = sorted({example.label for example in (*train, *test)})

    def dataset(examples: Sequence[Example]) -> Dataset:
        return _Rows.from_dict(
            {
                "text": [example.text for example in examples],
                "label": [labels.index(example.label) for example in examples],
            }
        )

    metadata = _metadata(
        f"LocalTopics_{language}", "Classification", [_code(language)], "accuracy", revision
    )
    task = _define(AbsTaskClassification, metadata)
    return _filled(task, DatasetDict(train=dataset(train), test=dataset(test)))


class _Rows(Dataset):  # type: ignore[misc]
    """A dataset whose columns are lists.

    A `Column` is read row by row whenever somebody makes an array of it, and mteb's classification
    hands one to seven metrics in each of ten experiments: this was half of its time.
    """

    def __getitem__(self, key: Any) -> Any:
        """A column, some rows or one row, as the base class has them."""
        found = super().__getitem__(key)
        return list(found) if isinstance(key, str) else found


def _metadata(name: str, kind: str, languages: Any, main_score: str, revision: str) -> TaskMetadata:
    return TaskMetadata(
        name=name,
        description="Held-out text of a lingraft corpus",
        dataset={"path": f"{LOCAL}{name}", "revision": revision},
        type=kind,
        category="t2t",
        modalities=["text"],
        eval_splits=["test"],
        eval_langs=languages,
        main_score=main_score,
    )


def _define(base: type[AbsTask], metadata: TaskMetadata, **attributes: Any) -> AbsTask:
    """A task class of this metadata, instantiated: mteb reads metadata from the class."""
    return type(metadata.name, (base,), {"metadata": metadata, **attributes})()


def _filled(task: Any, dataset: DatasetDict) -> Any:
    task.dataset = dataset
    task.data_loaded = True
    return task


def _code(language: str) -> str:
    """swh_Latn as mteb writes it: swh-Latn."""
    return language.replace("_", "-")
