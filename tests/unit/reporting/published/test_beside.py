import csv
import re
from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest
from synthetic import configuration

from lingraft.config.report import Published
from lingraft.errors import ConfigError, InputError
from lingraft.evaluation.outcome import Score
from lingraft.evaluation.results import TaskResult
from lingraft.reporting.findings.finding import Criterion, Finding
from lingraft.reporting.published.beside import LANGUAGES, Beside, beside, refusal
from lingraft.reporting.published.numbers import PaperNumber, check_published, load_numbers
from lingraft.reporting.published.own_numbers import OwnNumber
from lingraft.reporting.tables.published import papers_table

NUMBERS = load_numbers()
XNLI = next(n for n in NUMBERS if n.paper == "focus" and n.task == "xnli" and n.sd)
SR_T = next(n for n in NUMBERS if n.protocol == "retrieval/sr-t" and n.language == "all")
POS = next(n for n in NUMBERS if n.metric == "seqeval_f1")


def criterion(number: PaperNumber, **changes: str) -> Criterion:
    """Where a finding would have to be to stand beside a number."""
    language = "all languages" if number.language == "all" else number.language
    step = number.step or "pretrained"
    same = Criterion(
        "run",
        step,
        number.task,
        number.protocol,
        language,
        number.metric,
        "",
        "test",
        "up",  # type: ignore[arg-type]
    )
    return replace(same, **changes)  # type: ignore[arg-type]


def key(number: PaperNumber) -> tuple[str, str]:
    return number.protocol, number.language


def judge(number: PaperNumber, **finding: object) -> tuple[str, str]:
    """Verdict and reason for a finding beside a number."""
    declared = Published(run="run", initialization="ours", paper=number.paper, model=number.model)
    config = configuration().model_copy(
        update={"report": configuration().report.model_copy(update={"published": (declared,)})}
    )
    ours = Finding(**{"criterion": criterion(number), "initialization": "ours", **finding})  # type: ignore[arg-type]
    rows = beside(config, [ours], {}, [number])
    assert len(rows) == 1
    return rows[0].verdict, rows[0].reason


def declare(number: PaperNumber, **protocols: str) -> Published:
    """The declaration that ours repeats the model of a number."""
    return Published(
        run="run",
        initialization="ours",
        paper=number.paper,
        model=number.model,
        protocols={ours.replace("__", "/"): theirs for ours, theirs in protocols.items()},
    )


def test_all_published_numbers_come_along_and_say_where_they_are_from() -> None:
    assert len(NUMBERS) == 755
    assert all(number.source and number.trust for number in NUMBERS)
    assert {n.trust for n in NUMBERS} == {"read", "secondary", "derived", "computed", "memory"}


def test_no_key_is_given_twice() -> None:
    keys = [
        (n.paper, n.model, n.language, n.step, n.task, n.metric, n.protocol)
        for n in NUMBERS
        if n.kind == "score"
    ]
    assert len(keys) == len(set(keys))


def test_percent_become_shares() -> None:
    assert replace(XNLI, value="78.3", sd="0.6").share == pytest.approx(0.783)
    assert replace(XNLI, value="78.3", sd="0.6").deviation == pytest.approx(0.006)
    perplexity = next(n for n in NUMBERS if n.metric == "perplexity")
    assert perplexity.share == float(perplexity.value)


@pytest.mark.parametrize("number", [XNLI, SR_T, POS])
def test_the_same_measure_joins(number: PaperNumber) -> None:
    finding = Finding(criterion(number), "ours", mean=0.5, items=LANGUAGES.get(key(number), 0))
    assert refusal(OwnNumber.of_model(finding), number, declare(number)) is None


def test_a_mean_over_other_languages_is_refused() -> None:
    verdict, said = judge(SR_T, mean=0.1, items=3)
    assert (verdict, said) == ("not comparable", "ours is a mean over 3 languages, theirs over 98")


def test_our_task_of_the_papers_name_is_their_retrieval() -> None:
    finding = Finding(criterion(SR_T, task="sr_t"), "ours", mean=0.1, items=98)
    assert refusal(OwnNumber.of_model(finding), SR_T, declare(SR_T)) is None


@pytest.mark.parametrize(
    ("number", "changes", "reason"),
    [
        (XNLI, {"task": "mteb", "protocol": "mteb/same", "metric": "max_ap", "setting": "XNLI"},
         "drops the neutral class"),
        (SR_T, {"task": "mteb", "protocol": "mteb/same", "metric": "f1", "setting": "Tatoeba"},
         "accuracy among the first ten"),
        (POS, {"metric": "accuracy"}, "merged chunks"),
    ],
)  # fmt: skip
def test_the_three_known_confusions_are_refused(
    number: PaperNumber, changes: dict[str, str], reason: str
) -> None:
    verdict, said = judge(number, criterion=criterion(number, **changes), mean=number.share)
    assert verdict == "not comparable"
    assert reason in said


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"metric": "accuracy@1"}, "ours is accuracy@1, theirs accuracy@10"),
        ({"protocol": "retrieval/source"}, "ours follows retrieval/source, theirs retrieval/sr-t"),
    ],
)
def test_another_metric_or_protocol_is_refused(changes: dict[str, str], reason: str) -> None:
    assert judge(SR_T, criterion=criterion(SR_T, **changes), mean=0.1) == ("not comparable", reason)


def test_a_protocol_that_the_user_vouches_for_joins() -> None:
    finding = Finding(criterion(SR_T, protocol="retrieval/sr"), "ours", mean=0.1, items=98)
    ours = OwnNumber.of_model(finding)
    assert refusal(ours, SR_T, declare(SR_T)) is not None
    assert refusal(ours, SR_T, declare(SR_T, retrieval__sr="retrieval/sr-t")) is None
    several = Published(
        run="r", initialization="i", paper="ofa", model="m",
        protocols={"retrieval/sr": ("retrieval/sr-b", "retrieval/sr-t")},
    )  # fmt: skip
    assert refusal(ours, SR_T, several) is None


@pytest.mark.parametrize(
    ("value", "mean", "items", "verdict"),
    [
        ("78.0", 0.781, 5010, "reproduced"),
        ("78.0", 0.700, 5010, "differs"),
        ("78.0", 0.740, 100, "within noise"),
        ("78.0", 0.781, 100, "within noise"),  # as near, but a test of 100 items proves nothing
    ],
)
def test_verdicts(value: str, mean: float, items: int, verdict: str) -> None:
    number = replace(XNLI, value=value, sd="")
    assert judge(number, mean=mean, items=items)[0] == verdict


def test_the_papers_own_spread_counts() -> None:
    number = replace(XNLI, value="78.0", sd="1.5")
    assert judge(number, mean=0.768, items=5010)[0] == "reproduced"


def test_what_we_did_not_measure_is_said_not_dropped() -> None:
    other = criterion(XNLI, language="zul_Latn")
    assert judge(XNLI, criterion=other, mean=0.5)[0] == "not measured"
    assert judge(XNLI, mean=None)[0] == "not measured"


def test_doubtful_numbers_carry_a_dagger() -> None:
    declared = Published(run="r", initialization="i", paper="focus", model=XNLI.model)
    report = configuration().report.model_copy(update={"published": (declared,)})
    config = configuration().model_copy(update={"report": report})
    table = papers_table(beside(config, [], {}, NUMBERS))
    assert XNLI.trust == "secondary"
    assert all(str(row["trust"]).endswith("†") for row in table.rows)
    assert "†" in table.note


def test_unknown_papers_and_models_are_named() -> None:
    for paper, model, said in (
        ("weksel", "x", "unknown paper 'weksel'; did you mean 'wechsel'?"),
        ("focus", "Focus", "focus has no model 'Focus'; did you mean 'FOCUS'?"),
        ("focus", "x", "focus has no model 'x'; known: FOCUS"),
    ):
        declared = Published(run="r", initialization="i", paper=paper, model=model)
        report = configuration().report.model_copy(update={"published": (declared,)})
        with pytest.raises(ConfigError, match=re.escape(said)):
            check_published(configuration().model_copy(update={"report": report}))
        with pytest.raises(ConfigError, match=re.escape(said)):
            beside(configuration().model_copy(update={"report": report}), [], {}, NUMBERS)


def write(path: Path, number: PaperNumber, **changes: str) -> Path:
    columns = [field.name for field in fields(PaperNumber)]
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerow(asdict(number) | changes)
    return path


def test_users_add_their_own_numbers(tmp_path: Path) -> None:
    mine = write(tmp_path / "mine.csv", XNLI, paper="mine", trust="read")
    assert load_numbers([mine])[-1].paper == "mine"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"trust": "hearsay"}, r"mine.csv, line 2: trust 'hearsay' is not one of 'read'"),
        ({"unit": "points"}, "unit 'points' is not one of"),
        ({"value": "about 80"}, "value 'about 80' is not a number"),
        ({"value": ""}, "value '' is not a number"),
        ({"sd": "small"}, "sd 'small' is not a number"),
        ({"source": ""}, "without a source"),
        ({"protocol": ""}, "needs a protocol"),
    ],
)
def test_rows_that_make_no_sense_are_refused(
    tmp_path: Path, changes: dict[str, str], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        load_numbers([write(tmp_path / "mine.csv", XNLI, **changes)])


def test_files_that_are_no_tables_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("paper,model\n")
    with pytest.raises(InputError, match=r"mine.csv has no column reference"):
        load_numbers([tmp_path / "mine.csv"])
    with pytest.raises(InputError, match="cannot be read"):
        load_numbers([tmp_path / "none.csv"])


BLI = next(n for n in NUMBERS if n.model == "RCSLS, cc" and n.protocol == "lexicon/csls")
LEXICON = "lexicon/dictionary, test dictionary, csls, covered"


def lexicon(*settings: str, value: float = 0.226) -> dict[tuple[str, str], list[TaskResult]]:
    """The result of an alignment that was measured in several settings."""
    scores = [
        Score(BLI.language, BLI.metric, value, 1500, setting=setting, standard_error=0.011)
        for setting in settings
    ]
    result = TaskResult("lexicon", "lexicon/dictionary", {}, {}, {}, "", scores)
    return {("alignments", "ours"): [result]}


def of_alignment(
    results: dict[tuple[str, str], list[TaskResult]], *more: Published, **protocols: str
) -> list[Beside]:
    declared = Published(
        alignment="ours", paper=BLI.paper, model=BLI.model,
        protocols={ours.replace("__", "/"): theirs for ours, theirs in protocols.items()},
    )  # fmt: skip
    report = configuration().report.model_copy(update={"published": (declared, *more)})
    return beside(configuration().model_copy(update={"report": report}), [], results, [BLI])


def test_an_alignment_joins_in_the_setting_that_is_named() -> None:
    settings = ("test dictionary, nearest, covered", "test dictionary, csls, covered")
    [row] = of_alignment(lexicon(*settings), **{LEXICON: "lexicon/csls"})
    assert (row.verdict, row.ours and row.ours.setting) == ("within noise", settings[1])
    assert row.reason == "margin 0.010, noise 0.022"
    [row] = of_alignment(lexicon(*settings, value=0.1), **{LEXICON: "lexicon/csls"})
    assert row.verdict == "differs"


def test_a_protocol_with_several_settings_must_name_one() -> None:
    settings = ("test dictionary, nearest, covered", "test dictionary, csls, covered")
    [row] = of_alignment(lexicon(*settings), lexicon__dictionary="lexicon/csls")
    assert row.verdict == "not comparable"
    assert row.reason.endswith("must name one: " + "; ".join(settings))


def test_another_protocol_of_an_alignment_is_refused() -> None:
    [row] = of_alignment(lexicon("held-out folds, csls, covered"))
    assert row.verdict == "not comparable"
    assert row.reason == "ours follows lexicon/dictionary, theirs lexicon/csls"


def test_scores_of_trivial_systems_are_not_ours() -> None:
    score = Score(BLI.language, BLI.metric, 0.2, 1500, system="usual tag of the word")
    result = TaskResult("lexicon", "lexicon/csls", {}, {}, {}, "", [score])
    [row] = of_alignment({("alignments", "ours"): [result]})
    assert row.verdict == "not measured"


def test_what_is_not_run_says_why() -> None:
    declared = Published(not_run="no such model", paper=BLI.paper, model=BLI.model)
    report = configuration().report.model_copy(update={"published": (declared,)})
    config = configuration().model_copy(update={"report": report})
    [row] = beside(config, [], {}, [BLI])
    assert (row.verdict, row.reason, row.difference) == ("not run", "no such model", None)


def test_a_number_that_two_may_have_is_told_once() -> None:
    other = Published(alignment="other", paper=BLI.paper, model=BLI.model)
    [row] = of_alignment({}, other)
    assert row.verdict == "not measured"
    setting = "test dictionary, csls, covered"
    [row] = of_alignment(lexicon(setting), other, **{LEXICON: "lexicon/csls"})
    assert row.verdict == "within noise"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({}, "name one of"),
        ({"alignment": "a", "vectors": "b"}, "name one of"),
        ({"run": "a"}, "name a model together"),
    ],
)
def test_a_declaration_names_one_thing(names: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Published(paper="p", model="m", **names)
