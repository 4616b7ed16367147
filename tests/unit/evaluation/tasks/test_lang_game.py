"""LangGame: the likeliest option counts, test words are never learned from, nothing is repeated."""

import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedTokenizerFast,
)

from lingraft.config.checking import check_block
from lingraft.errors import ConfigError
from lingraft.evaluation.data.word_questions import LetteredWord, WordLists
from lingraft.evaluation.fine_tuning import letter_game
from lingraft.evaluation.fine_tuning.letter_game import TRAINED, ZERO_SHOT, train_on_answers
from lingraft.evaluation.fine_tuning.recipe import QuestionTraining
from lingraft.evaluation.measures.answers import (
    answer_windows,
    log_probabilities_of_answers,
    shares_of_right,
)
from lingraft.evaluation.outcome import MODEL, Outcome
from lingraft.evaluation.results import read_result
from lingraft.evaluation.stage import run_task
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks.lang_game import LangGame
from lingraft.reporting.findings.example_sums import example_sums, read_groups

TRAINING = {"steps": 2, "batch_size": 4, "seeds": [1, 2]}
SMALL: dict[str, Any] = {"questions": 24, "words": 60, "test_words": 20, "train": TRAINING}
LANGUAGE = "swh_Latn"


def some_words(count: int) -> list[str]:
    generator = random.Random(0)
    found: dict[str, None] = {}
    while len(found) < count:
        syllables = ("ka", "lo", "mi", "su", "ne", "ta", "u", "wa")
        found["".join(generator.choices(syllables, k=generator.randint(1, 4)))] = None
    return [word for word in found if len(word) > 1]


TEXT = " ".join(some_words(100))


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random GPT-2 with a byte-level vocabulary."""
    folder = tmp_path_factory.mktemp("models") / "decoder"
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["<s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator([TEXT], trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<s>", eos_token="<s>", model_max_length=128
    )
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=len(tokenizer), n_embd=32, n_layer=2, n_head=2, n_positions=128,
        bos_token_id=0, eos_token_id=0, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
    )  # fmt: skip
    GPT2LMHeadModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def subject(decoder: Path, tmp_path: Path, make_corpus: Callable[..., Path]) -> ModelSubject:
    corpus = make_corpus(LANGUAGE, {"1": "held out words"}, train={"1": TEXT, "2": "Mji ka2"})
    return ModelSubject(decoder, corpora={LANGUAGE: corpus}, state=tmp_path / "state")


def values(outcome: Outcome, setting: str) -> dict[tuple[str, int], float | None]:
    own = (s for s in outcome.scores if (s.metric, s.setting) == ("accuracy", setting))
    return {(score.system, score.seed): score.value for score in own}


def test_an_answer_has_its_own_probability(decoder: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(decoder).eval()
    tokenizer = AutoTokenizer.from_pretrained(decoder)
    asked = [("Jibu: ", "kalo"), ("Jibu: ", "wa"), ("Jibu: kalo ", "minesu"), ("Jibu: ", "ta")]
    windows = answer_windows(model, tokenizer, asked, None)
    found = log_probabilities_of_answers(model, tokenizer, windows, 2)
    assert found.shape == (2, 2)
    for (before, answer), value in zip(asked, found.ravel(), strict=True):
        ids = tokenizer(before + answer)["input_ids"]
        shared = len(tokenizer(before.rstrip())["input_ids"])
        with torch.no_grad():
            logits = model(torch.tensor([[0, *ids]])).logits[0, :-1].log_softmax(-1)
        expected = sum(float(logits[t, ids[t]]) for t in range(shared, len(ids)))
        assert value == pytest.approx(expected, abs=1e-4)


def test_equal_options_share_the_point() -> None:
    table = np.array([[0.0, -1, -2, -3], [-1, -1, -2, -3], [-math.inf] * 4, [-5, -4, -3, -2]])
    assert shares_of_right(table, [0, 1, 2, 0]) == [1, 0.5, 0.25, 0]


def test_training_teaches_the_answers(decoder: Path) -> None:
    """After some steps on four questions their answers are the likeliest of all."""
    tokenizer = AutoTokenizer.from_pretrained(decoder)
    model = AutoModelForCausalLM.from_pretrained(decoder).eval()
    options = ["kalo", "misu", "neta", "uwa"]
    asked = [(f"swali {option[::-1]} Jibu: ", option) for option in options]
    windows = answer_windows(model, tokenizer, asked, None)
    settings = QuestionTraining(steps=60, batch_size=4, learning_rate=3e-3)
    trained = train_on_answers(decoder, tokenizer, windows * 60, settings, 1, None, "cpu")
    every = [(before, option) for before, _ in asked for option in options]
    rows = answer_windows(model, tokenizer, every, None)
    found = log_probabilities_of_answers(trained, tokenizer, rows, 4)
    assert shares_of_right(found, range(4)) == [1, 1, 1, 1]


def test_scores_before_and_after_training_and_rows_beside_them(
    subject: ModelSubject, tmp_path: Path
) -> None:
    path = run_task(LangGame(**SMALL), subject, tmp_path / "lang_game.json")
    result = read_result(path)
    assert "swh_Latn: questions by the template swh_Latn" in result.notes
    found = Outcome(result.scores)
    before, after = values(found, ZERO_SHOT), values(found, TRAINED)
    rows = {
        "chance", "first option", "longest option", "shortest option", "most frequent option",
        "fewest tokens",
    }  # fmt: skip
    assert before.keys() == {(MODEL, 0), *((row, 0) for row in rows)}
    assert after.keys() == {(MODEL, 1), (MODEL, 2), *((row, 0) for row in rows)}
    assert before["chance", 0] == 0.25
    for system, seed in ((MODEL, 1), (MODEL, 2), ("longest option", None)):
        groups = read_groups(path.with_suffix(".predictions.jsonl.zst"), system)
        own = [s for s in result.scores if s.system == system and s.seed == (seed or 0)]
        assert len(own) in (7, 14)  # all questions, and six kinds of them
        for score in own:
            sums = example_sums("lang_game", score.metric, groups[LANGUAGE, score.setting, seed])
            assert sums is not None
            assert (sums.score, len(sums.ids)) == (pytest.approx(score.value), score.n)
    [longest] = [
        s
        for s in result.scores
        if (s.system, s.setting) == ("longest option", "zero-shot: longest")
    ]
    assert (longest.value, longest.n) == (1.0, 4)


def test_no_word_of_the_test_is_learned_from(
    subject: ModelSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def remember(folder: Path, tokenizer: Any, windows: Any, *_: Any) -> Any:
        read.extend(tokenizer.decode(window.inputs) for window in windows)
        return subject.model

    monkeypatch.setattr("lingraft.evaluation.fine_tuning.letter_game.train_on_answers", remember)
    task = LangGame(**SMALL)
    task.evaluate(subject)
    lists = task._words(subject, LANGUAGE)
    assert not isinstance(lists, int) and len(read) == 2 * 2 * 4
    learned = {
        word for text in read for word in text.split("ni: ")[1].split(". Jibu")[0].split(", ")
    }
    assert learned <= {word.text for word in lists.train}
    assert not learned & {word.text for word in lists.test}


def test_a_finished_training_is_not_repeated(
    subject: ModelSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = LangGame(**SMALL).evaluate(subject)
    monkeypatch.setattr(letter_game, "fine_tune", None)
    assert LangGame(**SMALL).evaluate(subject) == found
    one = {**SMALL, "train": {**TRAINING, "seeds": [2]}}
    again = LangGame(**one).evaluate(subject)
    assert values(again, TRAINED)[MODEL, 2] == values(found, TRAINED)[MODEL, 2]
    with pytest.raises(TypeError):  # another recipe trains
        LangGame(**{**SMALL, "train": {**TRAINING, "learning_rate": 1e-3}}).evaluate(subject)


def test_without_training_the_model_is_tested_as_it_is(subject: ModelSubject) -> None:
    found = LangGame(**{**SMALL, "train": None}).evaluate(subject)
    assert {score.setting.split(":")[0] for score in found.scores} == {ZERO_SHOT}


def test_words_are_counted_on_as_much_text_as_is_asked_for(subject: ModelSubject) -> None:
    tasks = [LangGame(**SMALL, corpus_bytes=most) for most in (None, 1)]
    found = [task._words(subject, LANGUAGE) for task in tasks]
    assert found[0] == LangGame(**SMALL)._words(subject, LANGUAGE) and found[1] == 0


def test_few_questions_come_again(subject: ModelSubject) -> None:
    few = {**SMALL, "train": {**TRAINING, "questions": 3, "seeds": [1]}}
    assert values(LangGame(**few).evaluate(subject), TRAINED)[MODEL, 1] is not None


def test_a_language_without_a_template_is_asked_in_symbols(
    subject: ModelSubject, make_corpus: Callable[..., Path]
) -> None:
    subject.corpora = {"wol_Latn": make_corpus("wol_Latn", {}, train={"1": TEXT})}
    found = LangGame(**{**SMALL, "train": None}).evaluate(subject)
    assert found.notes == [
        "wol_Latn: questions by symbols, because there is no template of this language"
    ]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            {"words": 500},
            "only 99 words of 2 letters or more without capitals, fewer than words (500): lower",
        ),
        ({"questions": 100_000, "test_words": 5}, "5 words give only"),
        ({"prefix": None, "templates": {LANGUAGE: {}}}, "a question has "),
    ],
)
def test_what_cannot_be_measured_is_said(
    subject: ModelSubject, changed: dict[str, Any], reason: str
) -> None:
    if "templates" in changed:
        texts = dict.fromkeys(("most", "contains", "starts", "ends"), "{part}" + " swali" * 99)
        texts |= dict.fromkeys(("longest", "shortest"), "swali" * 99)
        own = {**texts, "frame": "{question} {options} {answer}"}
        changed = {"templates": {LANGUAGE: own}}
    found = LangGame(**{**SMALL, **changed}).evaluate(subject)
    [score] = found.scores
    assert score.value is None and reason in score.note
    assert [note for note in found.notes if reason in note]


def test_an_encoder_gives_no_answers(subject: ModelSubject, masked_model: Path) -> None:
    encoder = ModelSubject(masked_model, corpora=subject.corpora)
    [score] = LangGame(**SMALL).evaluate(encoder).scores
    assert (score.value, score.note) == (None, "this model does not continue a text")


def test_words_must_be_left_to_learn_from() -> None:
    with pytest.raises(ConfigError, match=r"words \(100\) must be at least 4 more than test_words"):
        check_block(LangGame, {"words": 100, "test_words": 100}, "evaluation.lang_game")


def test_words_that_give_no_question_to_learn_from_are_said(
    subject: ModelSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words of one letter begin and end with nothing, and none of them is the longest."""
    words = ["ab", "cde", "aa", "bcbc", "dedede", "efg", "ghihi", "jk", "p", "q", "r", "s"]
    test, train = (tuple(map(LetteredWord.of, part)) for part in (words[:8], words[8:]))
    lists = WordLists(test, train, {word: rank for rank, word in enumerate(words)})
    monkeypatch.setattr(LangGame, "_words", lambda *_: lists)
    [score] = LangGame(**{**SMALL, "questions": 6}).evaluate(subject).scores
    assert score.value is None and "4 words give no question to learn from" in score.note
