"""Every stage is one row, and a rule asks it: what it reads, its settings, its command line."""

import inspect
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from lingraft.artifacts import new_artifact
from lingraft.config.pretraining import EarlyStopping, Pretraining
from lingraft.config.tokenizers import ExtendedTokenizer, PrunedTokenizer
from lingraft.errors import ConfigError
from lingraft.evaluation.tasks.word_associations import WordAssociations, WordGroups
from lingraft.evaluation.tasks.word_retrieval import WordRetrieval
from lingraft.experiment.loading import load
from lingraft.launch.command_lines import evaluation_launcher
from lingraft.stages.declaration import Reads
from lingraft.stages.precedence import (
    ENCODERS,
    SOURCE_MODEL,
    TEXT,
    WORDS,
    of_evaluation,
    of_training,
)
from lingraft.stages.references import evaluated_alignments, evaluated_vectors
from lingraft.stages.resources import cores, memory, minutes
from lingraft.stages.rules import STAGES, Rules
from lingraft.stages.settings import STAGE_VERSION
from lingraft.stages.targets import evaluation_files
from lingraft.stages.trainings import trainings
from lingraft.vectors.settings import AlignmentSettings, AnyAlignment

ROOT = Path(__file__).parents[3]
CONFIG = load(ROOT / "config" / "tiny.yaml")
RULES = Rules(CONFIG)
SMK = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "workflow" / "rules").iterdir()))
RULE = re.MULTILINE | re.DOTALL
HYPERALIGNMENT: TypeAdapter[AlignmentSettings] = TypeAdapter(AnyAlignment)
TRAINING = {"run": "swahili", "initialization": "wechsel", "seed": "1"}


def ask(stage: str, output: str, prefix: str = "", **names: str) -> list[str]:
    """The words of a stage's command line; mappings do for what Snakemake gives."""

    def found(files: str | list[str]) -> str | list[str]:
        if isinstance(files, str):
            return prefix + files.replace("<results>", "results/tiny")
        return [str(found(file)) for file in files]

    given = {name: found(files) for name, files in RULES.inputs_of(stage)(names).items()}
    resources = {} if STAGES[stage].machine is None else {"resources": {"runtime": 100}}
    line = RULES.arguments_of(stage)(names, given, [prefix + output], **resources)
    return shlex.split(str(line))


def options(words: list[str]) -> dict[str, str]:
    return dict(zip(words[::2], words[1::2], strict=True))


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_is_a_rule_a_program_and_a_version(stage: str) -> None:
    assert re.search(rf"^(use )?rule .*\b{stage}( with)?:", SMK, re.MULTILINE)
    assert f'program_of("{stage}")' in SMK
    assert (ROOT / "scripts" / RULES.program_of(stage)).is_file()
    assert stage == "report" or STAGES[stage].version in STAGE_VERSION


def test_rules_read_like_sentences() -> None:
    """At most half a lambda and one line of shell for each rule."""
    rules = len(re.findall(r"^(use )?rule ", SMK, re.MULTILINE))
    assert rules == len(STAGES)
    assert SMK.count("lambda") <= rules / 2
    assert len(set(re.findall(r"shell:\n((?: {8}.*\n)+)", SMK))) <= 5


def test_only_the_parameters_that_snakemake_shall_compare_ask_for_wildcards_alone() -> None:
    """A function that asks for more is never compared (Snakemake, `_is_deriving_function`)."""
    for stage, row in STAGES.items():
        assert {"input", "output"} < set(inspect.signature(RULES.arguments_of(stage)).parameters)
        if row.settings is not None:
            asked = inspect.signature(RULES.settings_of(stage)).parameters
            assert list(asked) == ["wildcards"]


def test_planning_makes_no_command_line() -> None:
    """Snakemake asks all functions of all jobs; the shell line formats those of a job that starts.

    What is neither text nor a number is no parameter that it compares (`_serialize_param`).
    """
    line = RULES.arguments_of("initialize_embeddings")(TRAINING, {}, ["results/x/manifest.json"])
    assert not isinstance(line, str | int | float | list | tuple | dict | set)
    with pytest.raises(KeyError):  # it is made now, and has no inputs
        str(line)


def test_an_evaluation_asks_for_gpus_when_it_starts() -> None:
    """A nested field of Python's formats: `{params.launcher:{resources.gpu}}`."""
    launcher = RULES.launcher_by_gpus("evaluate")
    assert not callable(launcher)
    assert "{params.launcher:{resources.gpu}}" in SMK
    assert f"{launcher:{0}}" == "python"
    assert f"{launcher:{2}}" == evaluation_launcher({"gpu": 2}) != "python"
    with pytest.raises(ValueError, match="has no launcher"):
        RULES.launcher_by_gpus("train_tokenizer")


def test_snakemake_does_not_work_out_what_functions_ask() -> None:
    """It asks `inspect.signature` three times at each call of each function."""
    functions: list[Callable[..., Any]] = [
        memory(1),
        minutes(1),
        cores(2, 1, of="corpus"),
        of_training(CONFIG),
    ]
    for name, row in STAGES.items():
        functions += [RULES.inputs_of(name), RULES.arguments_of(name)]
        functions += [RULES.settings_of(name), RULES.stopping_of(name)] if row.settings else []
        functions += [RULES.launcher_of(name)] if row.launcher else []
    for function in functions:
        carried = vars(function)["__signature__"]
        del vars(function)["__signature__"]
        assert inspect.signature(function) == carried


def test_every_method_gets_the_evidence_of_its_run() -> None:
    output = "results/tiny/models/swahili/wechsel/seed-1/initialized/manifest.json"
    assert options(ask("initialize_embeddings", output, **TRAINING)) == {
        "--source-model": "results/tiny/source_models/tiny-bert/ready",
        "--target-tokenizer": "results/tiny/tokenizers/swahili",
        "--corpora": "results/tiny/corpora/swahili",
        "--parallel": "results/tiny/corpora/swahili",
        "--alignment": "results/tiny/alignments/english-swahili",
        "--source-vectors": "results/tiny/vectors/english",
        "--target-vectors": "results/tiny/vectors/swahili",
        "--output": str(Path(output).parent),
        "--seed": "1",
        "--kept": "state/tiny/counts_of_text",
    }


def test_a_conversion_knows_the_recipes_that_train_the_model() -> None:
    output = "results/tiny/source_models/tiny-bert/converted/manifest.json"
    given = options(ask("convert_model", output, model="tiny-bert"))
    config = load(ROOT / "config" / "tiny.yaml")
    head = config.models["tiny-bert"].head
    assert head is not None
    recipes = json.loads(given["--recipes"])
    assert set(recipes) == {
        f"pretraining.{config.runs['swahili'].pretraining}", f"pretraining.{head.pretraining}",
    }  # fmt: skip
    for name, content in recipes.items():
        assert Pretraining(**content) == config.pretraining[name.removeprefix("pretraining.")]


def test_a_tokenizer_that_is_made_from_another_one_reads_it_first() -> None:
    config = load(ROOT / "config" / "tiny.yaml")
    config.tokenizers["less"] = PrunedTokenizer(
        algorithm="prune", model="tiny-bert", corpora=("swahili",), minimum_count=2
    )
    config.tokenizers["more"] = ExtendedTokenizer(
        algorithm="extend", tokenizer="less", tokens={"<path>": ""}
    )
    inputs = Rules(config).inputs_of("train_tokenizer")
    assert inputs({"name": "less"}) == {
        "corpora": ["<results>/corpora/swahili/manifest.json"],
        "base": "<results>/source_models/tiny-bert/converted/manifest.json",
    }
    assert inputs({"name": "more"}) == {
        "corpora": [],
        "base": "<results>/tokenizers/less/manifest.json",
    }


def test_a_joint_alignment_reads_the_others_and_their_targets() -> None:
    config = load(ROOT / "config" / "tiny.yaml")
    pair = config.alignments["english-swahili"].model_copy(update={"target": "english"})
    joint = HYPERALIGNMENT.validate_python(
        {
            "method": "hyperalignment",
            "source": "english",
            "target": "swahili",
            "dictionaries": [{"format": "identical"}],
            "jointly": ["pair"],
        }
    )
    both = config.model_copy(update={"alignments": {"pair": pair, "joint": joint}})
    reads = STAGES["align_vectors"].reads(both, {"name": "joint"})
    assert list(reads["alignments"].places) == ["alignments/pair"]
    assert list(reads["vectors"].places) == ["vectors/english"]
    assert list(reads["vectors"].names) == list(reads["alignments"].names) == ["pair"]
    assert "alignments" not in STAGES["align_vectors"].reads(both, {"name": "pair"})


def test_what_is_named_twice_is_one_input() -> None:
    """Snakemake compares the list of inputs: a second mention would plan everything again."""
    inputs = RULES.inputs_of("initialize_embeddings")(TRAINING)
    assert "parallel" not in inputs
    assert inputs["corpora"] == ["<results>/corpora/swahili/manifest.json"]


def test_an_evaluation_knows_pivots_by_the_corpora_that_follow_them() -> None:
    output = "results/tiny/evaluation/swahili/wechsel/seed-1/pretrained/retrieval.json"
    words = options(ask("evaluate", output, step="pretrained", **TRAINING))
    assert words["--pivots"] == "swahili=results/tiny/corpora/english"
    assert words["--output"] == str(Path(output).parent)
    assert "--data" not in words  # no task of the configuration has labelled data
    output = "results/tiny/evaluation/lexicon/english-swahili.json"
    words = options(ask("evaluate_alignment", output, name="english-swahili", task="lexicon"))
    assert (
        words["--data"] == "source=results/tiny/vectors/english,target=results/tiny/vectors/swahili"
    )
    assert (words["--output"], words["--task"]) == (output, "lexicon")
    assert "--corpora" not in words  # it reads no sentences


def test_a_model_is_measured_on_text_of_its_source_that_is_there_in_any_case() -> None:
    """Nothing more is an input, so that no finished evaluation is planned again."""
    output = "results/tiny/evaluation/swahili/wechsel/seed-1/pretrained/retrieval.json"
    names = {"step": "pretrained", **TRAINING}
    words = options(ask("evaluate", output, **names))
    assert words["--evaluation-corpora"] == "english=results/tiny/corpora/english"
    assert "evaluation_corpora" not in RULES.inputs_of("evaluate")(names)


def test_what_the_longest_chains_wait_for_comes_first() -> None:
    """Text before all else: trainings score corpora without waiting for them."""
    found: dict[str, set[str]] = {}
    for match in re.finditer(r"^(?:use )?rule ([^\n]*):\n(.*?)(?=^\S)", f"{SMK}\nend", RULE):
        if number := re.search(r"^    priority: (?:precedence\.)?(\w+)$", match[2], re.MULTILINE):
            name = re.sub(r"^\w+ as (\w+) with$", r"\1", match[1])
            found.setdefault(number[1], set()).add(name)
    assert found == {
        "TEXT": {"fetch", "clean_shard", "prepare_corpus"},
        "SOURCE_MODEL": {"convert_model", "encode_corpus_for_head", "warm_up_head"},
        "WORDS": {
            "train_tokenizer", "encode_corpus", "train_vectors", "align_vectors", "train_generator"
        },
        "precedence_of_training": {"initialize_embeddings", "pretrain"},
        "precedence_of_evaluation": {"evaluate"},
        "ENCODERS": {"prepare_training_set", "mine_negatives", "tune_encoder", "merge_encoders"},
    }  # fmt: skip
    assert SMK.count("priority:") == sum(map(len, found.values()))
    assert TEXT > SOURCE_MODEL > WORDS > ENCODERS > 0


def test_models_that_become_encoders_come_before_other_models() -> None:
    config = load(ROOT / "config" / "config.yaml")
    priority = of_training(config)
    names = {"run": "chinese", "seed": "1"}
    assert priority({**names, "initialization": "mixture"}) == ENCODERS
    for others in ({"initialization": "mixture", "seed": "2"}, {"initialization": "mean"}):
        assert 0 < priority({**names, **others}) < ENCODERS  # encoder_seeds: [1]


def test_models_are_measured_while_others_are_trained() -> None:
    """Not all at once: what is short fills the cores while the last training runs."""
    config = load(ROOT / "config" / "config.yaml")
    named = [vars(training) for training in trainings(config)]
    begins = {tuple(names.values()): of_training(config)(names) for names in named}
    measured = {tuple(names.values()): of_evaluation(config)(names) for names in named}
    both = [*begins.values(), *measured.values()]
    assert all(0 < number <= ENCODERS for number in both)
    order = sorted(begins, key=lambda name: (-begins[name], -measured[name]))
    for place, name in enumerate(order[:-4]):
        after, before = begins[order[place + 3]], begins[order[place + 4]]
        assert before < measured[name] < after
    assert max(measured[name] for name in order[-4:]) < begins[order[-1]]


def test_a_training_that_is_not_named_comes_last() -> None:
    """One may ask for the file of another seed."""
    config = load(ROOT / "config" / "config.yaml")
    names = {"run": "chinese", "initialization": "mean", "seed": "1"}
    other = {**names, "seed": "77"}
    assert 0 < of_evaluation(config)(other) < of_training(config)(other)
    assert of_training(config)(other) < of_training(config)(names)


@pytest.mark.parametrize(
    ("stage", "changes"),
    [
        ("pretrain", {"run": "klingon"}),
        ("initialize_embeddings", {"initialization": "klingon"}),
        ("train_tokenizer", {"name": "klingon"}),
        ("evaluate", {"run": "klingon", "step": "pretrained"}),
        ("prepare_corpus", {"name": "klingon"}),
    ],
)
def test_names_that_nobody_configured_are_refused(stage: str, changes: dict[str, str]) -> None:
    names = {**TRAINING, "name": "swahili", **changes}
    with pytest.raises(ConfigError, match=r"has no 'klingon' \(.*klingon"):
        RULES.inputs_of(stage)(names)


def test_other_text_to_measure_is_an_input() -> None:
    config = load(ROOT / "config" / "tiny.yaml")
    run = config.runs["swahili"]

    def chosen(stage: str, names: list[str] | None) -> Reads:
        runs = {"swahili": run.model_copy(update={"evaluation_corpora": names})}
        names_of = {"step": "pretrained", "tokenizer": run.tokenizer, **TRAINING}
        changed = config.model_copy(update={"runs": runs})
        reads: Reads = STAGES[stage].reads(changed, names_of)["evaluation_corpora"]
        return reads

    for stage in ("evaluate", "evaluate_tokenizer"):
        read = chosen(stage, ["english"])
        assert (read.places, read.is_edge) == (["corpora/english"], True)
        assert chosen(stage, []).places == []
    assert chosen("evaluate_tokenizer", None).places == []


def test_an_alignment_is_measured_on_text_that_translates_its_source() -> None:
    config = load(ROOT / "config" / "tiny.yaml")
    tasks = {"word_retrieval": WordRetrieval()}
    config = config.model_copy(update={"evaluation": config.evaluation.model_copy(update=tasks)})
    asked = {"name": "english-swahili", "task": "word_retrieval"}
    lexicon = ("english-swahili", "lexicon")
    assert evaluated_alignments(config) == [lexicon, tuple(asked.values())]
    reads = STAGES["evaluate_alignment"].reads(config, asked)
    assert list(reads["corpora"].places) == ["corpora/swahili"]
    assert (reads["pivots"].places, reads["pivots"].names) == (["corpora/english"], ["swahili"])
    assert "<results>/evaluation/word_retrieval/english-swahili.json" in evaluation_files(config)
    corpora = {
        name: corpus.model_copy(update={"pivot": None}) for name, corpus in config.corpora.items()
    }
    alone = config.model_copy(update={"corpora": corpora})
    assert evaluated_alignments(alone) == [lexicon]


def test_vectors_are_measured_on_data_of_their_language() -> None:
    """The tiny experiment has no labelled data: only the test whose words it brings along."""
    groups = (("a", "b"), ("c", "d"))
    test = WordGroups(language="swh_Latn", targets=groups, attributes=groups)
    tasks = {"word_associations": WordAssociations(tests={"t": test})}
    config = load(ROOT / "config" / "tiny.yaml")
    config = config.model_copy(update={"evaluation": config.evaluation.model_copy(update=tasks)})
    assert evaluated_vectors(config) == [("swahili", "word_associations")]
    rules, names = Rules(config), {"name": "swahili", "task": "word_associations"}
    inputs = rules.inputs_of("evaluate_vectors")(names)
    assert inputs["model"] == "<results>/vectors/swahili/manifest.json"
    assert "targets" in rules.settings_of("evaluate_vectors")(names)
    output = "results/tiny/evaluation/vectors/swahili/word_associations.json"
    assert output.replace("results/tiny", "<results>") in evaluation_files(config)


def test_folders_follow_the_files_that_snakemake_names() -> None:
    """As a module, this workflow has its results below a prefix."""
    output = "results/tiny/models/swahili/wechsel/seed-1/pretrained/manifest.json"
    words = options(ask("pretrain", output, prefix="sub/", **TRAINING))
    assert words["--tokens"] == "sub/results/tiny/tokens/swahili/swahili"
    assert words["--state"] == "sub/state/tiny/models/swahili/wechsel/seed-1/pretrained"
    assert words["--time-budget"] == "90.0"
    assert words["--corpora"] == "swahili=sub/results/tiny/corpora/swahili"


def test_the_measure_reaches_a_training_and_plans_none() -> None:
    """Held-out documents change no weights: they are in no input and in no compared parameter."""
    output = "results/tiny/models/swahili/wechsel/seed-1/pretrained/manifest.json"
    words = options(ask("pretrain", output, **TRAINING))
    assert json.loads(words["--measure"])["documents"] == 20  # of evaluation.language_model
    assert "documents" not in RULES.settings_of("pretrain")(TRAINING)
    assert list(RULES.inputs_of("pretrain")(TRAINING)) == ["model", "tokens"]
    assert RULES.stopping_of("pretrain")(TRAINING) == RULES.settings_of("pretrain")(TRAINING)
    output = "results/tiny/source_models/tiny-bert/ready/manifest.json"
    words = options(ask("warm_up_head", output, model="tiny-bert"))
    assert words["--corpora"] == "english=results/tiny/corpora/english"


def test_early_stopping_makes_the_measure_a_setting() -> None:
    """Then it decides at which step a training stops, and Snakemake compares it."""
    config = load(ROOT / "config" / "tiny.yaml")
    stopping = config.pretraining["short"].model_copy(update={"early_stopping": EarlyStopping()})
    recipes = {**config.pretraining, "short": stopping}
    rules = Rules(config.model_copy(update={"pretraining": recipes}))
    assert rules.stopping_of("pretrain")(TRAINING) == '{"documents": 20}'


def test_a_shard_and_the_report_say_more_of_their_places() -> None:
    output = "results/tiny/shards/swahili/3/manifest.json"
    shard = options(ask("clean_shard", output, name="swahili", shard="3"))
    assert shard["--output"] == "results/tiny/shards/swahili"
    assert (shard["--shard"], shard["--downloads"]) == ("3", "text=results/tiny/downloads/text")
    report = options(ask("report", "results/tiny/report/index.html"))
    assert report == {"--results": "results/tiny", "--output": "results/tiny/report"}


def test_a_model_that_needs_no_warm_up_has_none() -> None:
    rules = Rules(load(ROOT / "config" / "config.yaml"))
    model = next(iter(rules._config.models))
    if rules._config.models[model].head is None:
        with pytest.raises(ConfigError, match="nothing warms it up"):
            rules.inputs_of("warm_up_head")({"model": model})


def test_several_folders_and_one() -> None:
    reads = Reads(["corpora/a", "corpora/b"], ["x", "y"])
    folders: dict[str, Any] = {"corpora/a": Path("r/a"), "corpora/b": Path("r/b")}
    assert reads.text(folders) == "x=r/a,y=r/b"
    assert reads.manifests == [
        "<results>/corpora/a/manifest.json",
        "<results>/corpora/b/manifest.json",
    ]


def test_jobs_ask_for_more_where_there_is_more_to_read(tmp_path: Path) -> None:
    assert memory(2000)(None, [], 2) == 4000
    assert minutes(30)(None, [], 3) == 90
    with pytest.raises(FileNotFoundError):
        memory(2000, times=2)(None, [tmp_path / "manifest.json"], 1)


def test_a_small_job_takes_one_core(tmp_path: Path) -> None:
    """So that it does not wait for a second one, which would hardly make it faster."""
    with new_artifact(tmp_path / "text", "corpus") as folder:
        (folder / "text").write_bytes(bytes(2_000_000))
    corpus, program = str(tmp_path / "text" / "manifest.json"), tmp_path / "program.py"
    for given in (corpus, [corpus]):
        inputs = {"corpus": given, "script": program}
        assert cores(2, from_mb=1.9, of="corpus")(None, inputs) == 2
        assert cores(2, from_mb=2.1, of="corpus")(None, inputs) == 1
    # The model whose tokenizer cuts a text may be larger than the text.
    inputs = {"corpus": [], "tokenizer": corpus}
    assert cores(2, from_mb=1.9, of="corpus")(None, inputs) == 1
    assert cores(2, from_mb=1.9, of="corpora")(None, inputs) == 1
    missing = {"corpus": str(tmp_path / "not made yet" / "manifest.json")}
    assert cores(2, from_mb=2.1, of="corpus")(None, missing) == 2


def test_a_rule_asks_for_memory_and_cores_by_an_input_that_it_has() -> None:
    """Of another name there is nothing, and every job would be small."""
    names = {
        "train_tokenizer": {"name": "swahili"},
        "encode_corpus": {"tokenizer": "swahili", "corpus": "swahili"},
        "encode_corpus_for_head": {"model": "tiny-bert", "corpus": "english"},
        "pretrain": TRAINING,
        "warm_up_head": {"model": "tiny-bert"},
        "tune_encoder": TRAINING | {"encoder": "distilled"},
        "evaluate": TRAINING | {"step": "pretrained"},
    }
    pattern = r"^(?:use rule (\w+) as|rule) (\w+)(?: with)?:\n"
    _, *parts = re.split(pattern, SMK, flags=re.MULTILINE)
    asked: dict[str, list[str]] = {}
    for like, stage, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        asked[stage] = re.findall(r'of="(\w+)"', text) or asked.get(like, [])
    asking = {stage for stage, inputs in asked.items() if inputs}
    assert asking == names.keys() | {"merge_encoders"}  # which test_merged.py asks
    for stage, given in names.items():
        assert all(RULES.inputs_of(stage)(given)[name] for name in asked[stage])


def test_no_rule_takes_threads_that_change_its_results() -> None:
    """So a run is the same with any number of cores; profiles may say otherwise (set-threads)."""
    found = re.findall(r"^    threads: (.*)$", SMK, re.MULTILINE)
    assert found and all(one.startswith("cores(") for one in found)


def test_an_alignment_has_a_state_to_go_on_from() -> None:
    output = "results/tiny/alignments/english-swahili/manifest.json"
    found = options(ask("align_vectors", output, name="english-swahili"))
    assert found["--state"] == "state/tiny/alignments/english-swahili"
