"""What is left out of the training text, and that held-out text stays protected by it."""

import json
import logging
import random
from pathlib import Path

import pytest

from lingraft.artifacts import read_manifest
from lingraft.corpus.documents import read_documents, read_json_lines, read_pairs
from lingraft.corpus.pivot import Pivot
from lingraft.corpus.settings import Corpus
from lingraft.corpus.splitting import Part
from lingraft.errors import ConfigError, InputError

COMMON = [f"na{letter}" for letter in "abcdefghij"]
TOPICS = {
    topic: [f"{topic}{letter}" for letter in "abcdefghijklmnop"] for topic in ("dawa", "njia")
}
BY_RATIO = {"method": "cross-entropy-difference"}
BY_CODES = {"method": "binary-paragraph-vectors", "bits": 16, "dimension": 16, "epochs": 8,
            "training_documents": 200, "seed": 1}  # fmt: skip


def _text(topic: str, seed: int) -> str:
    generator = random.Random(f"{topic} {seed}")
    return " ".join(generator.choices(COMMON, k=15) + generator.choices(TOPICS[topic], k=25))


def _texts(count: int, first: int = 0) -> dict[str, str]:
    return {f"{topic}-{n}": _text(topic, first + n) for topic in TOPICS for n in range(count)}


def _near(text: str) -> str:
    return " ".join([*text.split()[1:], "mwisho"])


def _part(corpus: Path, part: str) -> dict[str, str]:
    return {found.id: found.text for found in read_documents(corpus / f"{part}.jsonl.zst")}


def _statistics(corpus: Path) -> dict:
    return json.loads((corpus / "statistics.json").read_text())


def _parts(corpus: Path) -> dict[str, str]:
    return {line["id"]: line["part"] for line in read_json_lines(corpus / "partition.jsonl.zst")}


def test_near_duplicates_leave_training_and_never_reach_held_out_text(make_corpus, caplog) -> None:
    texts = _texts(40)
    plain = make_corpus(texts, held_out={"fraction": 0.2})
    held_out, training = _part(plain, "valid"), _part(plain, "train")
    near = {f"near-{key}": _near(text) for key, text in held_out.items()}
    near |= {f"near-{key}": _near(training[key]) for key in list(training)[:2]}
    leaking = make_corpus(texts | near, held_out={"fraction": 0.2})
    before, unseen = _part(leaking, "train"), _part(leaking, "valid")
    assert {_near(text) for text in unseen.values()} & {*before.values()}  # exact keys miss them
    with caplog.at_level(logging.INFO):
        corpus = make_corpus(texts | near, held_out={"fraction": 0.2}, near_duplicates={})
    kept = _part(corpus, "train")
    assert _part(corpus, "valid") == unseen and kept.items() < before.items()
    assert not {_near(text) for text in unseen.values()} & {*kept.values()}
    told = _statistics(corpus)["near_duplicates"]
    assert told["near_held_out"] + told["within"] == len(before) - len(kept)
    assert _statistics(corpus)["left_out"]["documents"] == told["within"]
    assert told["example"]["id"] in _parts(corpus)
    assert "near-duplicates left out" in caplog.text and told["example"]["repeats"] in caplog.text


def test_text_of_other_corpora_is_left_out_and_held_out_text_stays_unseen(make_corpus) -> None:
    texts = _texts(30)
    plain = make_corpus(texts, held_out={"fraction": 0.3})
    held_out, training = _part(plain, "valid"), _part(plain, "train")
    shared = [*list(training)[:5], *list(held_out)[:3]]
    other = make_corpus(
        {f"x-{key}": _near(texts[key]) for key in shared} | _texts(20, 500), "other"
    )
    learned, theirs = _part(other, "train"), _part(other, "valid")
    corpus = make_corpus(
        texts,
        compared={"other": other},
        held_out={"fraction": 0.3},
        near_duplicates={"against": ["other"], "words": 5, "buckets": 14, "hashes": 8},
    )
    for key in shared:
        is_learned = f"x-{key}" in learned
        assert is_learned or f"x-{key}" in theirs
        if key in training:
            assert _parts(corpus)[key] == ("left_out" if is_learned else "dropped")
        else:
            assert _parts(corpus)[key] == ("dropped" if is_learned else "valid")
    told = _statistics(corpus)["near_duplicates"]
    example = told.pop("example")
    assert example["repeats"].endswith(" of other")
    assert sum(told.values()) == sum(
        _parts(corpus)[key] in ("left_out", "dropped") for key in shared
    )
    assert "compared other" in read_manifest(corpus).inputs


@pytest.mark.parametrize("method", [BY_RATIO, BY_CODES], ids=lambda method: method["method"])
def test_what_is_near_the_sample_is_kept_and_held_out_text_is_not_selected(
    make_corpus, method: dict, caplog
) -> None:
    texts = _texts(60)
    sample = make_corpus({f"s-{n}": _text("dawa", 1000 + n) for n in range(30)}, "sample")
    plain = make_corpus(texts, held_out={"fraction": 0.2})
    before, unseen = _part(plain, "train"), _part(plain, "valid")
    with caplog.at_level(logging.INFO):
        corpus = make_corpus(
            texts,
            compared={"sample": sample},
            held_out={"fraction": 0.2},
            select=method | {"corpus": "sample", "share": 0.4},
        )
    assert _part(corpus, "valid") == unseen
    kept = _part(corpus, "train")
    assert len(kept) == round(0.4 * len(before)) and kept.items() <= before.items()
    assert sum(key.startswith("dawa") for key in kept) > 0.9 * len(kept)
    told = _statistics(corpus)["select"]
    assert told["kept"] == len(kept) and told["left_out"] == len(before) - len(kept)
    assert told["held_out"] == "not selected" and told["sample"] == len(_part(sample, "train"))
    assert _statistics(corpus)["left_out"]["documents"] == told["left_out"]
    assert "it measures the whole corpus" in caplog.text


def test_held_out_text_in_the_sample_is_not_used(make_corpus, write_download) -> None:
    texts = _texts(20)
    plain = make_corpus(texts, held_out={"fraction": 0.3})
    held_out = list(_part(plain, "valid").values())
    given = [text.upper() for text in held_out] + [_text("dawa", 99)]
    write_download("sample", **{"s.txt": "\n".join([*given, "12 %"])})
    select = BY_RATIO | {"texts": [{"source": "sample", "format": "text"}], "documents": 9,
                         "longest_ngram": 1, "buckets": 500}  # fmt: skip
    corpus = make_corpus(texts, held_out={"fraction": 0.3}, select=select)
    told = _statistics(corpus)["select"]
    assert (told["sample"], told["held_out_in_sample"]) == (1, len(held_out))
    assert len(_part(corpus, "train")) == 9


def test_pairs_and_followers_are_those_of_what_is_kept(make_corpus, write_download) -> None:
    write_download("sample", **{"s.txt": "\n".join(_text("dawa", n) for n in range(100, 120))})
    select = BY_RATIO | {"texts": [{"source": "sample", "format": "text"}], "share": 0.5}
    texts = _texts(20)
    english = make_corpus(texts, held_out={"fraction": 0.2}, select=select)
    left_out = {key for key, part in _parts(english).items() if part == "left_out"}
    assert left_out and {Pivot.load(english).parts[key] for key in left_out} == {Part.TRAIN}
    german = {key: text.replace("na", "und") for key, text in texts.items()} | {
        "copy": texts["dawa-0"].replace("na", "und")
    }
    follower = make_corpus(german, "german", english, language="deu_Latn")
    pairs = {pair.id for pair in read_pairs(follower / "parallel.jsonl.zst")}
    assert pairs == _part(english, "train").keys()
    assert left_out <= _part(follower, "train").keys()
    chosen = make_corpus(german, "german", make_corpus(texts), language="deu_Latn", select=select)
    pairs = {pair.id for pair in read_pairs(chosen / "parallel.jsonl.zst")}
    assert pairs and pairs <= _part(chosen, "train").keys()


def test_unusable_choices_are_one_line(make_corpus, write_download) -> None:
    write_download("sample", **{"s.txt": "12 %\n"})
    block = {"texts": [{"source": "sample", "format": "text"}], "share": 0.5}
    with pytest.raises(InputError, match=r"corpora\.english\.select: the sample has no text"):
        make_corpus(_texts(9), select=BY_RATIO | block)
    write_download("sample", **{"s.txt": "dawa nzuri sana\n"})
    more = {"texts": block["texts"], "documents": 10_000}
    with pytest.raises(InputError, match=r"10000 of \d+ training documents cannot be kept"):
        make_corpus(_texts(9), select=BY_RATIO | more)
    with pytest.raises(ConfigError, match="is compared with other; give `compared=`"):
        make_corpus(_texts(9), near_duplicates={"against": ["other"]})
    for wrong, message in (
        (block | {"corpus": "other"}, "the sample is a `corpus` or `texts`"),
        ({"share": 0.5}, "the sample is a `corpus` or `texts`"),
        ({"texts": block["texts"]}, "a `share` or a number of `documents`"),
        (block | {"share": 1.5}, "less than 1"),
        (block | {"share": 0}, "greater than 0"),
        (block | {"method": "nearest"}, "nearest"),
    ):
        text = {"source": "a", "format": "text"}
        content = {"language": "eng_Latn", "texts": [text], "select": BY_RATIO | wrong}
        with pytest.raises(ValueError, match=message):
            Corpus.model_validate(content)
