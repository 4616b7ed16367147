import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.encoders.set_samples import LICENSE, a_set, make_corpus

from lingraft.artifacts import DatasetFacts, TrainingSetFacts, new_artifact, open_artifact
from lingraft.corpus.documents import Document, Pair, open_json_lines
from lingraft.encoders.data.stage import prepare_training_set
from lingraft.encoders.examples import load_examples
from lingraft.encoders.training_set import SetInputs
from lingraft.errors import InputError

HELD_OUT = "Choose the folder in which all of your pictures are stored on this computer, page 12."
PAIRS = [
    Pair("1", "Open a new window", "Fungua dirisha jipya"),
    Pair("2", "Open a new window", "Fungua dirisha lingine"),
    Pair("3", "Open another window", "Fungua dirisha jipya"),
    Pair("4", "No", "La"),
    Pair("5", HELD_OUT.upper(), "Chagua folda"),
    Pair("6", "Choose a folder", HELD_OUT.replace("folder", "place")),
    Pair("7", "Close the window", "Funga dirisha"),
]


def prepare(
    folder: Path, settings: dict[str, Any], *held_out: Path, **given: dict[str, Path]
) -> Path:
    output = folder / "training_sets" / "examples"
    prepare_training_set("examples", a_set(**settings), SetInputs(**given), list(held_out), output)
    return output


def swahili(folder: Path) -> dict[str, Path]:
    valid = [Document("9", HELD_OUT)]
    return {"swahili": make_corpus(folder / "corpora" / "swahili", [], valid, PAIRS)}


TRANSLATIONS = {"kind": "translations", "corpora": ["swahili"], "minimum_characters": 3}


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    corpora = swahili(tmp_path)
    output = prepare(tmp_path, TRANSLATIONS, *corpora.values(), corpora=corpora)
    assert [example.id for example in load_examples(output)] == ["1", "7"]
    facts = open_artifact(output, TrainingSetFacts).facts
    counts = {"held out": 1, "near a held-out text": 1, "repeated": 2, "short": 1}
    assert facts.left_out == counts
    assert (facts.form, facts.languages) == ("translations", {"swh_Latn": 2})
    assert list(facts.held_out) == ["corpora/swahili"]
    assert LICENSE in facts.licenses.values()
    statistics = json.loads((output / "statistics.json").read_text("utf-8"))
    assert statistics["left_out"] == counts
    assert (statistics["examples"], statistics["held_out_texts"]) == (2, 1)


def test_the_license_of_what_is_only_held_out_is_not_taken_over(tmp_path: Path) -> None:
    download = records(tmp_path, {"text": "a b c"})
    corpora = swahili(tmp_path)
    settings = {"kind": "records", "source": "own", "form": "texts"}
    output = prepare(tmp_path, settings, *corpora.values(), downloads=download)
    assert open_artifact(output, TrainingSetFacts).facts.licenses == {}


def test_at_most_so_many_are_drawn_by_their_ids(tmp_path: Path) -> None:
    corpora = swahili(tmp_path)
    chosen = prepare(tmp_path, TRANSLATIONS | {"maximum": 1}, corpora=corpora)
    (one,) = load_examples(chosen)
    again = prepare(tmp_path, TRANSLATIONS | {"maximum": 1}, corpora=corpora)
    assert load_examples(again) == [one]
    assert open_artifact(again, TrainingSetFacts).facts.left_out["beyond the maximum"] == 3


def records(folder: Path, *rows: dict[str, Any]) -> dict[str, Path]:
    place = folder / "own"
    place.mkdir(exist_ok=True)
    (place / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return {"own": place}


@pytest.mark.parametrize("place", range(4))
def test_a_planted_leak_is_found_in_any_text_of_a_triple(tmp_path: Path, place: int) -> None:
    good = ["a question", "its answer", "no answer", "none at all"]
    bad = good.copy()
    bad[place] = HELD_OUT.replace("folder", "place").lower()
    rows = [
        {"anchor": anchor, "positive": positive, "negative": negatives}
        for anchor, positive, *negatives in (good, bad)
    ]
    settings = {"kind": "records", "source": "own", "form": "triples"}
    output = prepare(
        tmp_path, settings, *swahili(tmp_path).values(), downloads=records(tmp_path, *rows)
    )
    assert [list(example.texts) for example in load_examples(output)] == [good]


@pytest.mark.parametrize("split", ["valid", "test", "pairs", "train"])
def test_what_tasks_measure_on_is_held_out(tmp_path: Path, split: str) -> None:
    dataset = tmp_path / "datasets" / "topics"
    with new_artifact(dataset, "dataset", facts=DatasetFacts()) as staging:
        (staging / "swh_Latn").mkdir()
        with open_json_lines(staging / "swh_Latn" / f"{split}.jsonl.zst") as file:
            file.write({"id": "1", "premise": "x", "hypothesis": HELD_OUT, "label": "a text"})
            file.write({"id": "2", "words": ["Words", "of", "one", "text"], "tags": ["A"] * 4})
    rows = [{"text": HELD_OUT}, {"text": "words of one text"}, {"text": "a text"}]
    settings = {"kind": "records", "source": "own", "form": "texts"}
    output = prepare(tmp_path, settings, dataset, downloads=records(tmp_path, *rows))
    assert len(load_examples(output)) == (3 if split == "train" else 1)


@pytest.mark.parametrize(
    ("form", "rows", "message"),
    [
        ("pairs", [{"anchor": "a", "positive": ""}], "rows.jsonl, row 1, has no text 2 of 2"),
        ("pairs", [{"anchor": HELD_OUT, "positive": "a"}], "no examples left (1 held out)"),
        (
            "labelled",
            [{"premise": "a", "hypothesis": "b", "label": "neutral"}],
            "has the label 'neutral' alone, so there is nothing to tell apart",
        ),
        (
            "triples",
            [{"anchor": "a", "positive": "b", "negative": ["b"]}],
            "rows.jsonl, row 1, has its positive among its negatives ('b')",
        ),
    ],
)
def test_bad_examples_are_named(
    tmp_path: Path, form: str, rows: list[dict[str, Any]], message: str
) -> None:
    settings = {"kind": "records", "source": "own", "form": form}
    with pytest.raises(InputError) as raised:
        prepare(tmp_path, settings, *swahili(tmp_path).values(), downloads=records(tmp_path, *rows))
    assert message in str(raised.value)
    assert not (tmp_path / "training_sets" / "examples").exists()
