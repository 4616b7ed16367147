"""Fine-tuned classification: modes, seeds, label handling, compatibility with the papers."""

import random
from pathlib import Path

import pytest
from evaluation_samples import WORDS, write_records
from sklearn.metrics import accuracy_score, f1_score

from lingraft.config.evaluation import Evaluation, Taxi1500, TextClassification, Xnli
from lingraft.errors import InputError
from lingraft.evaluation.finetuning import Progress
from lingraft.evaluation.results import read_predictions, read_result
from lingraft.evaluation.sequence_classification import evaluate, protocol
from lingraft.evaluation.subject import Subject
from lingraft.evaluation.tasks import run_tasks

QUICK = {"learning_rate": 1e-2, "epochs": 2, "batch_size": 8, "seeds": (1,)}
LABELS = ("contradiction", "entailment", "neutral")


def make_nli(folder: Path, train: int = 30, labels: tuple[str, ...] = LABELS) -> Path:
    """Premises whose first word tells the label."""
    generator = random.Random(0)
    for split, count in (("train", train), ("valid", 9), ("test", 15)):
        rows = [
            {
                "premise": f"{WORDS[i % 3]} " + " ".join(generator.choices(WORDS[10:], k=3)),
                "hypothesis": " ".join(generator.choices(WORDS[10:], k=2)),
                "label": (labels if split == "train" else LABELS)[i % 3],
            }
            for i in range(count)
        ]
        write_records(folder / f"{split}.jsonl", rows)
    return folder


def test_translate_train_trains_in_each_language(masked_model: Path, tmp_path: Path) -> None:
    data = {"deu_Latn": make_nli(tmp_path / "de"), "swh_Latn": make_nli(tmp_path / "sw")}
    settings = Xnli(**{**QUICK, "seeds": (1, 2)})
    outcome = evaluate(settings, Subject(masked_model, data=data))
    accuracies = [s for s in outcome.scores if s.metric == "accuracy"]
    assert [(s.language, s.seed) for s in accuracies] == [
        ("deu_Latn", 1), ("deu_Latn", 2), ("swh_Latn", 1), ("swh_Latn", 2),
    ]  # fmt: skip
    assert {s.split for s in accuracies} == {"test"}
    assert sum(s.metric == "development_accuracy" for s in outcome.scores) == 4
    rows = [r for r in outcome.predictions if (r["language"], r["seed"]) == ("deu_Latn", 1)]
    gold, predicted = [r["label"] for r in rows], [r["predicted"] for r in rows]
    assert accuracies[0].value == pytest.approx(accuracy_score(gold, predicted))
    macro = next(s for s in outcome.scores if s.metric == "macro_f1")
    assert macro.value == pytest.approx(f1_score(gold, predicted, average="macro"))


def test_zero_shot_trains_once_and_tests_everywhere(masked_model: Path, tmp_path: Path) -> None:
    data = {"eng_Latn": make_nli(tmp_path / "en"), "swh_Latn": tmp_path / "sw"}
    (tmp_path / "sw").mkdir()
    (tmp_path / "sw" / "test.jsonl").write_bytes((tmp_path / "en" / "test.jsonl").read_bytes())
    outcome = evaluate(Xnli(**QUICK, mode="zero_shot"), Subject(masked_model, data=data))
    by_language = {s.language: s.value for s in outcome.scores if s.metric == "accuracy"}
    assert set(by_language) == {"eng_Latn", "swh_Latn"}
    assert by_language["eng_Latn"] == by_language["swh_Latn"]  # the same test set twice
    with pytest.raises(InputError, match="trains in fra_Latn"):
        settings = Xnli(**QUICK, mode="zero_shot", train_language="fra_Latn")
        evaluate(settings, Subject(masked_model, data=data))


def test_the_task_learns_what_is_there_to_learn(masked_model: Path, tmp_path: Path) -> None:
    data = {"swh_Latn": make_nli(tmp_path / "sw", train=120)}
    settings = Xnli(**{**QUICK, "epochs": 8})
    outcome = evaluate(settings, Subject(masked_model, data=data))
    accuracy = next(s.value for s in outcome.scores if s.metric == "accuracy")
    assert (accuracy or 0) > 0.9


def test_gaps_in_the_data_are_said(masked_model: Path, tmp_path: Path) -> None:
    two = make_nli(tmp_path / "two", labels=("entailment", "neutral", "neutral"))
    empty = make_nli(tmp_path / "empty", train=0)
    untested = make_nli(tmp_path / "untested")
    (untested / "test.jsonl").unlink()
    one = make_nli(tmp_path / "one", train=1)
    data = {"two": two, "empty": empty, "untested": untested, "one": one}
    outcome = evaluate(TextClassification(**QUICK), Subject(masked_model, data=data))
    found = {s.language: s for s in outcome.scores if s.metric == "macro_f1"}
    assert found["empty"].value is None
    assert found["untested"].note == "no test examples"
    assert found["one"].value is not None
    assert "two: labels that training lacks count as errors: contradiction" in outcome.notes
    assert "empty: no training examples" in outcome.notes


def test_missing_data_folders_are_named(masked_model: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--data"):
        evaluate(Xnli(), Subject(masked_model))
    settings = Xnli(languages={"deu_Latn": "nli-de"})
    with pytest.raises(InputError, match="nli-de"):
        evaluate(settings, Subject(masked_model, data={"other": tmp_path}))


def test_a_killed_task_resumes_with_the_same_numbers(
    masked_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = {"swh_Latn": make_nli(tmp_path / "sw")}
    settings = Evaluation(xnli=Xnli(**{**QUICK, "seeds": (1, 2)}))
    reference = run_tasks(settings, Subject(masked_model, data=data), tmp_path / "a")
    subject = Subject(masked_model, data=data, state=tmp_path / "state")
    from lingraft.evaluation import sequence_classification

    original, calls = sequence_classification.fine_tune, []

    def killed_in_the_second_seed(*args: object, **rest: object) -> Progress:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(*args, **rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(sequence_classification, "fine_tune", killed_in_the_second_seed)
        with pytest.raises(KeyboardInterrupt):
            run_tasks(settings, subject, tmp_path / "b")
    assert [path.name for path in (tmp_path / "state").rglob("*.pt")] == ["swh_Latn-1.pt"]
    resumed = run_tasks(settings, subject, tmp_path / "b")
    assert read_result(reference[0]).scores == read_result(resumed[0]).scores
    a, b = (path.with_name("xnli.predictions.jsonl.zst") for path in (reference[0], resumed[0]))
    assert list(read_predictions(a)) == list(read_predictions(b))
    assert not list((tmp_path / "state").rglob("*.pt"))


def test_taxi1500_keeps_the_quirks_to_their_compatibility_modes(
    masked_model: Path, tmp_path: Path
) -> None:
    folder = make_nli(tmp_path / "en")
    subject = Subject(masked_model, data={"eng_Latn": folder})
    found = {}
    for compat in ("correct", "ofa", "glot500"):
        settings = Taxi1500(**QUICK, compat=compat)
        assert protocol(settings) == f"taxi1500/{compat}-zero_shot"
        outcome = evaluate(settings, subject)
        gold = [row["label"] for row in outcome.predictions]
        predicted = [row["predicted"] for row in outcome.predictions]
        value = next(s.value for s in outcome.scores if s.metric == "macro_f1")
        whole = f1_score(gold, predicted, average="macro")
        batches = [
            f1_score(gold[i : i + 8], predicted[i : i + 8], average="macro", zero_division=0)
            for i in range(0, len(gold), 8)
        ]
        expected = sum(batches) / len(batches) if compat == "glot500" else whole
        assert value == pytest.approx(expected)
        found[compat] = outcome
    # glot500 selects by development loss, which is negative as a value to maximize.
    selected = next(s for s in found["glot500"].scores if s.metric == "development_macro_f1")
    assert (selected.value or 0) < 0
