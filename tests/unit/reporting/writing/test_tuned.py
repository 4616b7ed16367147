"""What is said of encoders: sentences, facts, cards and limits."""

from pathlib import Path

from synthetic import configuration, write_results

from lingraft.reporting.collected.reading import collect
from lingraft.reporting.findings.cells import Cells
from lingraft.reporting.stage import build
from lingraft.reporting.writing.content import Content
from lingraft.reporting.writing.limitations import limitations


def test_the_conclusion_says_what_tuning_brought_and_cost(tuned: tuple[Path, Content]) -> None:
    [conclusion] = tuned[1].conclusions
    first, second = conclusion.tuned
    assert first.startswith("trans-tokenization is best: 0.963 accuracy@1 as encoder distilled")
    assert second.startswith("Tuning trans-tokenization with distilled took accuracy@1 from 0.925 ")
    assert "items won" in second and " and bits per byte from " in second
    assert "0 items won, 40 lost" in second
    assert conclusion.said[-2:] == [first, second]
    summary = (tuned[0] / "summary.txt").read_text("utf-8")
    assert f"swahili: {second}" in summary


def test_the_page_counts_encoders(tuned: tuple[Path, Content], tmp_path: Path) -> None:
    assert "<b>4</b> sentence encoders" in (tuned[0] / "index.html").read_text("utf-8")
    config = configuration({"swahili": ["swh_Latn"]}, encoders={"distilled": ["wechsel"]})
    results = write_results(config, tmp_path)
    (results / "models/swahili/wechsel/seed-1/distilled/manifest.json").unlink()
    for path in (results / "evaluation/swahili/wechsel/seed-1/distilled").glob("*.json"):
        path.unlink()
    content = build(config, results, tmp_path / "report")
    page = (tmp_path / "report" / "index.html").read_text("utf-8")
    assert "<b>0 of 1</b> sentence encoders" in page
    gaps = [g for g in content.collection.gaps if "distilled" in g.what]
    assert {g.reason for g in gaps} == {
        "the encoder was not tuned (the job failed, was stopped or has not run)"
    }


def test_an_encoder_has_a_card_of_its_own(tuned: tuple[Path, Content]) -> None:
    cards = tuned[0] / "model_cards"
    own = (cards / "swahili-random-seed-2-distilled.md").read_text("utf-8")
    for said in (
        "library_name: sentence-transformers",
        "pipeline_tag: sentence-similarity",
        "The pretrained model was tuned as the sentence encoder `distilled`.",
        "SentenceTransformer",
        "Reimers and Gurevych 2020",
        "learning_rate: 0.0001",
    ):
        assert said in own, said
    assert "After pretraining" not in own and "Sentence encoder distilled" in own
    other = (cards / "swahili-random-seed-2.md").read_text("utf-8")
    assert "After pretraining" in other and "istilled" not in other.split("## Limitations")[0]
    assert not (cards / "swahili-wechsel-seed-2-distilled.md").exists()


def test_limits_say_what_a_gain_may_be_made_of(tmp_path: Path) -> None:
    config = configuration({"sw": ["swh_Latn"]}, encoders={"distilled": ["wechsel"]})
    collection = collect(config, write_results(config, tmp_path))
    said = " ".join(limitations(config, collection, Cells(collection)))
    for part in ("longer than the model", "also taught distilled", "tuning distilled left out"):
        assert part in said, part
    alone = configuration({"sw": ["swh_Latn"]})
    assert "encoder" not in " ".join(limitations(alone, collection, Cells(collection)))


def test_a_study_has_encoders_as_one_more_group(tmp_path: Path) -> None:
    runs = {name: [code] for name, code in (
        ("swh", "swh_Latn"), ("zho", "zho_Hans"), ("hin", "hin_Deva"),
    )}  # fmt: skip
    names = ("random", "wechsel", "trans-tokenization")
    config = configuration(runs, names, encoders={"distilled": names[::2]})
    results = write_results(config, tmp_path, 20, 30)
    content = build(config, results, results / "report")
    [(_, answers)] = content.studies
    by_step = {answer.question.step: answer for answer in answers}
    assert list(by_step) == ["initialized", "pretrained", "distilled"]
    assert set(by_step["distilled"].means) == {"random", "trans-tokenization"}
    text = (results / "report" / "report.md").read_text("utf-8")
    assert "accuracy@1, encoder distilled: trans-tokenization has the best mean" in text
