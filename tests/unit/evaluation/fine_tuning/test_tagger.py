"""Ner: no word lost, seqeval's numbers, and the quirk on parts of speech."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from evaluation_samples import WORDS, make_tokenizer, write_records
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import f1_score
from tokenizers import pre_tokenizers

from lingraft.errors import InputError
from lingraft.evaluation.data.tag_files import Sentence, read_sentences
from lingraft.evaluation.fine_tuning.tagger import f1, windows
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks.ner import Ner

TAGS = ("O", "B-PER", "I-PER")
COUNTS = ("true_positives", "false_positives", "false_negatives", "correct", "tokens")
QUICK = Ner(
    learning_rate=1e-2, epochs=8, batch_size=4, maximum_length=16, seeds=(1,), mode="in_language"
)


def make_sentences(folder: Path, train: int = 40, tags: Sequence[str] = TAGS) -> Path:
    """Words whose number gives the tag."""
    generator = random.Random(0)
    for split, count in (("train", train), ("valid", 10), ("test", 12)):
        rows = []
        for _ in range(count):
            chosen = generator.choices(range(6), k=generator.randint(1, 40))
            words = [WORDS[i] for i in chosen]
            rows.append({"words": words, "tags": [tags[i % 3] for i in chosen]})
        write_records(folder / f"{split}.jsonl", rows)
    return folder


@given(st.lists(st.integers(1, 30), max_size=20), st.integers(8, 16))
def test_windows_hold_every_word_once_in_order(lengths: list[int], limit: int) -> None:
    tokenizer = make_tokenizer()
    # A hyphen splits a word into pieces.
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split("-", "removed")]
    )
    words = tuple("-".join(["w1"] * length) for length in lengths)
    parts = windows([Sentence("0", words, ("O",) * len(words))], tokenizer, limit)
    found = [part.first_word + k for part in parts for k in range(len(part.places))]
    assert found == list(range(len(words)))
    for part in parts:
        assert len(part.ids) <= limit
        assert (part.ids[0], part.ids[-1]) == (2, 3)
        for word, place in enumerate(part.places, start=part.first_word):
            # Words with more pieces than fit become the unknown token.
            assert part.ids[place] == (1 if lengths[word] > limit - 2 else 6)


def test_scores_equal_seqeval_and_long_sentences_are_tagged_whole(
    masked_model: Path, tmp_path: Path
) -> None:
    data = {"deu_Latn": make_sentences(tmp_path / "de")}
    outcome = QUICK.evaluate(ModelSubject(masked_model, data=data))
    gold = [row["gold"] for row in outcome.predictions]
    predicted = [row["predicted"] for row in outcome.predictions]
    assert all(len(a) == len(b) for a, b in zip(gold, predicted, strict=True))
    assert max(map(len, gold)) > 16
    assert set().union(*predicted) <= set(TAGS)
    found = {s.metric: s.value for s in outcome.scores}
    assert found["seqeval_f1"] == pytest.approx(f1_score(gold, predicted))
    hits = [a == b for x, y in zip(gold, predicted, strict=True) for a, b in zip(x, y, strict=True)]
    assert found["token_accuracy"] == pytest.approx(sum(hits) / len(hits))
    assert (found["token_accuracy"] or 0) > 0.6
    sums = {name: sum(row[name] for row in outcome.predictions) for name in COUNTS}
    errors = sums["false_positives"] + sums["false_negatives"]
    right = 2 * sums["true_positives"]
    assert found["seqeval_f1"] == pytest.approx(right / (right + errors))
    assert sums["correct"] / sums["tokens"] == pytest.approx(found["token_accuracy"])


def test_on_parts_of_speech_seqeval_is_another_number() -> None:
    tags = ("DET", "NOUN", "NOUN", "VERB", "X")
    wrong = ["DET", "NOUN", "VERB", "VERB", "X"]
    # Chunks of the quirk: DET | NOUN NOUN | VERB against DET | NOUN | VERB VERB; X is none.
    assert f1([Sentence("0", ("a",) * 5, tags)], [wrong]) == pytest.approx(1 / 3)


def test_zero_shot_trains_in_one_language(masked_model: Path, tmp_path: Path) -> None:
    data = {
        "eng_Latn": make_sentences(tmp_path / "en"),
        "swh_Latn": make_sentences(tmp_path / "sw", train=0),
    }
    settings = QUICK.model_copy(update={"mode": "zero_shot", "epochs": 1})
    outcome = settings.evaluate(ModelSubject(masked_model, data=data))
    assert [s.language for s in outcome.scores if s.metric == "seqeval_f1"] == [
        "eng_Latn",
        "swh_Latn",
    ]


def test_tags_missing_from_training_are_said(masked_model: Path, tmp_path: Path) -> None:
    folder = make_sentences(tmp_path / "a", tags=("O", "O", "O"))
    test = make_sentences(tmp_path / "b") / "test.jsonl"
    (folder / "test.jsonl").write_bytes(test.read_bytes())
    settings = QUICK.model_copy(update={"epochs": 1})
    outcome = settings.evaluate(ModelSubject(masked_model, data={"x": folder}))
    assert outcome.notes == ["x: tags that training lacks count as errors: B-PER, I-PER"]


def test_the_last_epoch_needs_no_development_set(masked_model: Path, tmp_path: Path) -> None:
    folder = make_sentences(tmp_path / "de")
    (folder / "valid.jsonl").unlink()
    settings = QUICK.model_copy(update={"epochs": 1})
    (score,) = settings.evaluate(ModelSubject(masked_model, data={"deu_Latn": folder})).scores
    assert "no development examples" in score.note
    settings = settings.model_copy(update={"selection": "last"})
    outcome = settings.evaluate(ModelSubject(masked_model, data={"deu_Latn": folder}))
    assert [score.metric for score in outcome.scores] == ["seqeval_f1", "token_accuracy"]
    assert all(score.value is not None for score in outcome.scores)


def test_column_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "train.conllu").write_text(
        "# text = Zum Haus\n1-2\tZum\t_\t_\n1\tzu\t_\tADP\n2\tdem\t_\tDET\n3\tHaus\t_\tNOUN\n\n"
        "1\tJa\t_\tINTJ"
    )
    first, second = read_sentences(tmp_path, "train")
    assert (first.words, first.tags) == (("zu", "dem", "Haus"), ("ADP", "DET", "NOUN"))
    assert second.words == ("Ja",)
    (tmp_path / "test.txt").write_text("de:Angela\tB-PER\nde:Merkel\tI-PER\n#\tO\n\n\n")
    (sentence,) = read_sentences(tmp_path, "test")
    assert sentence.words == ("Angela", "Merkel", "#")
    assert read_sentences(tmp_path, "valid") == []


def test_broken_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "train.conll").write_text("word\n")
    with pytest.raises(InputError, match=r"train\.conll, line 1"):
        read_sentences(tmp_path, "train")
    write_records(tmp_path / "test.jsonl", [{"words": ["a"], "tags": []}])
    with pytest.raises(InputError, match=r"test\.jsonl, sentence 1"):
        read_sentences(tmp_path, "test")
