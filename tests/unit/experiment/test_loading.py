"""Every mistake in a configuration is answered by key, in one line."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from lingraft.config.yaml_files import read_yaml
from lingraft.errors import ConfigError
from lingraft.experiment.configuration import Config
from lingraft.experiment.loading import check, load
from lingraft.stages.trainings import encoders, seeds_with, trainings

ROOT = Path(__file__).parents[3]


@pytest.fixture
def tiny() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "config" / "tiny.yaml").read_text("utf-8"))
    return content


def message(content: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        check(content, "c.yaml")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "config").rglob("*.yaml")), ids=lambda path: path.stem
)
def test_shipped_configurations_are_valid(path: Path) -> None:
    assert isinstance(load(path), Config)


def test_misspelt_keys_name_the_nearest(tiny: dict[str, Any]) -> None:
    tiny["runs"]["swahili"]["tokenizr"] = "swahili"
    assert (
        message(tiny)
        == "c.yaml: runs.swahili.tokenizr is not a key here; did you mean 'tokenizer'?"
    )


def test_misspelt_sources_of_vectors_are_found_before_anything_runs(tiny: dict[str, Any]) -> None:
    tiny["vectors"]["english"]["only"] = ["text", "txt"]
    assert (
        message(tiny)
        == "c.yaml: vectors.english.only: 'txt' is not in corpora.english.texts; did you mean "
        "'text'?"
    )


def test_misspelt_corpora_of_a_recipe_are_found_before_anything_runs(tiny: dict[str, Any]) -> None:
    recipe = tiny["pretraining"]["short"]
    recipe["corpus_weights"] = {"swahilli": 1}
    where = "is not in corpora; did you mean 'swahili'?"
    assert message(tiny) == f"c.yaml: pretraining.short.corpus_weights: 'swahilli' {where}"
    del recipe["corpus_weights"]
    recipe["stages"] = [{"steps": recipe.pop("steps"), "corpora": ["swahilli"]}]
    assert message(tiny) == f"c.yaml: pretraining.short.stages: 'swahilli' {where}"


def test_misspelt_sections_name_the_nearest(tiny: dict[str, Any]) -> None:
    tiny["evaluations"] = tiny.pop("evaluation")
    assert message(tiny) == "c.yaml: evaluations is not a key here; did you mean 'evaluation'?"


def test_misspelt_keys_inside_a_kind_do_not_show_pydantics_tag(tiny: dict[str, Any]) -> None:
    tiny["sources"]["text"]["pth"] = "x"
    assert message(tiny) == "c.yaml: sources.text.pth is not a key here; did you mean 'path'?"


def test_misspelt_keys_in_lists_name_their_place(tiny: dict[str, Any]) -> None:
    tiny["corpora"]["english"]["texts"][0]["fles"] = "x"
    assert (
        message(tiny)
        == "c.yaml: corpora.english.texts.0.fles is not a key here; did you mean 'files'?"
    )


def test_unknown_methods_name_the_nearest(tiny: dict[str, Any]) -> None:
    tiny["initializations"]["wechsel"]["method"] = "weschel"
    assert (
        message(tiny)
        == "c.yaml: initializations.wechsel.method: 'weschel' is unknown; did you mean 'wechsel'?"
    )


def test_wrong_types_show_the_value(tiny: dict[str, Any]) -> None:
    tiny["tokenizers"]["swahili"]["vocabulary_size"] = "many"
    found = message(tiny)
    assert found.startswith("c.yaml: tokenizers.swahili.vocabulary_size: ")
    assert "'many'" in found


def test_missing_keys_are_named(tiny: dict[str, Any]) -> None:
    del tiny["runs"]["swahili"]["model"]
    assert message(tiny) == "c.yaml: runs.swahili.model is missing"


@pytest.mark.parametrize("name", ["a/b", "../up", "-x", ".x", "a b", "$(touch x)", "a\nb", ""])
def test_names_that_cannot_be_paths_are_refused(tiny: dict[str, Any], name: str) -> None:
    tiny["runs"][name] = tiny["runs"].pop("swahili")
    assert repr(name) in message(tiny)


@pytest.mark.parametrize("name", ["a" * 24, "ab" * 20, "run-" + "xyz" * 20])
def test_names_that_snakemake_takes_for_a_recursion_are_refused(
    tiny: dict[str, Any], name: str
) -> None:
    tiny["runs"][name] = tiny["runs"].pop("swahili")
    assert "twenty times" in message(tiny)


@pytest.mark.parametrize("seed", [-1, 2**32, 10**18, 1.5, "one"])
def test_seeds_are_in_the_range_that_every_library_takes(tiny: dict[str, Any], seed: Any) -> None:
    tiny["runs"]["swahili"]["seeds"] = [seed]
    assert message(tiny).startswith("c.yaml: runs.swahili.seeds.0: ")


def test_every_seed_of_the_configuration_has_that_range() -> None:
    def seeds(place: str, schema: Any) -> list[str]:
        if isinstance(schema, list):
            return [found for item in schema for found in seeds(place, item)]
        if not isinstance(schema, dict):
            return []
        wrong = []
        for key, value in schema.items():
            if key.endswith(("seed", "seeds")) and isinstance(value, dict) and "type" in value:
                number = value.get("items", value)
                in_range = number.get("minimum") == 0 and number.get("exclusiveMaximum") == 2**32
                wrong += [] if in_range else [f"{place}.{key}"]
            wrong += seeds(f"{place}.{key}", value)
        return wrong

    assert seeds("", Config.model_json_schema()) == []


def test_a_value_of_any_size_is_shown_short(tiny: dict[str, Any]) -> None:
    tiny["experiment"] = [["lol"] * 1000] * 1000
    assert len(message(tiny)) < 300


@pytest.mark.parametrize(
    ("value", "said"),
    [(3, "must be a list"), ({"a": 1}, "must be a list")],
)
def test_types_are_named_in_plain_words(tiny: dict[str, Any], value: Any, said: str) -> None:
    tiny["runs"]["swahili"]["seeds"] = value
    assert said in message(tiny)


@pytest.mark.parametrize("language", ["swh/Latn", "sw", "Swahili", "swh_latn"])
def test_languages_have_a_form(tiny: dict[str, Any], language: str) -> None:
    tiny["corpora"]["swahili"]["language"] = language
    found = message(tiny)
    assert "corpora.swahili.language" in found and language in found


@pytest.mark.parametrize(
    ("section", "key", "field", "value", "place"),
    [
        (
            "runs",
            "swahili",
            "tokenizer",
            "swahil",
            "runs.swahili.tokenizer: 'swahil' is not in tokenizers",
        ),
        ("runs", "swahili", "model", "bert", "runs.swahili.model: 'bert' is not in models"),
        (
            "runs",
            "swahili",
            "corpora",
            ["german"],
            "runs.swahili.corpora: 'german' is not in corpora",
        ),
        (
            "runs",
            "swahili",
            "alignments",
            ["x"],
            "runs.swahili.alignments: 'x' is not in alignments",
        ),
        (
            "runs",
            "swahili",
            "initializations",
            ["x"],
            "runs.swahili.initializations: 'x' is not in",
        ),
        (
            "runs",
            "swahili",
            "pretraining",
            "long",
            "runs.swahili.pretraining: 'long' is not in pretraining",
        ),
        (
            "corpora",
            "swahili",
            "pivot",
            "englisch",
            "corpora.swahili.pivot: 'englisch' is not in corpora",
        ),
        ("vectors", "swahili", "corpus", "x", "vectors.swahili: 'x' is not in corpora"),
        (
            "alignments",
            "english-swahili",
            "source",
            "x",
            "alignments.english-swahili.source: 'x' is not in",
        ),
        ("models", "tiny-bert", "source", "x", "models.tiny-bert.source: 'x' is not in sources"),
        (
            "tokenizers",
            "swahili",
            "corpora",
            ["x"],
            "tokenizers.swahili.corpora: 'x' is not in corpora",
        ),
    ],
)
def test_names_that_do_not_exist(
    tiny: dict[str, Any], section: str, key: str, field: str, value: Any, place: str
) -> None:
    tiny[section][key][field] = value
    assert place in message(tiny)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"jointly": ["x"]}, "alignments.joint.jointly: 'x' is not in alignments"),
        ({"source": "swahili"}, "english-swahili aligns english, not swahili"),
        ({}, "english-swahili has the same target, swahili"),
        ({"jointly": ["joint"], "target": "english"}, "joint has the same target"),
    ],
)
def test_joint_alignments_share_their_source(
    tiny: dict[str, Any], change: dict[str, Any], said: str
) -> None:
    block = tiny["alignments"]["english-swahili"]
    joint = {"method": "hyperalignment", "jointly": ["english-swahili"]}
    tiny["alignments"]["joint"] = block | joint | change
    assert said in message(tiny)


def test_joint_alignments_do_not_wait_for_each_other(tiny: dict[str, Any]) -> None:
    block = tiny["alignments"]["english-swahili"] | {"method": "hyperalignment"}
    tiny["alignments"]["first"] = block | {"jointly": ["second"]}
    tiny["alignments"]["second"] = block | {"jointly": ["first"], "target": "english"}
    assert "is made from itself, over alignments." in message(tiny)


def test_methods_that_need_vectors_need_an_alignment(tiny: dict[str, Any]) -> None:
    del tiny["runs"]["swahili"]["alignments"]
    assert "runs.swahili.alignments" in message(tiny) and "wechsel" in message(tiny)


def test_seeds_and_initializations_are_named_once(tiny: dict[str, Any]) -> None:
    tiny["runs"]["swahili"]["seeds"] = [1, 1]
    assert message(tiny) == "c.yaml: runs.swahili.seeds names one twice"


@pytest.mark.parametrize("content", [None, [], "text", 3])
def test_what_is_no_mapping_is_refused(content: Any) -> None:
    message(content)


def test_keys_given_twice_are_refused(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("experiment: a\nexperiment: b\n")
    with pytest.raises(ConfigError, match="'experiment' is given twice"):
        read_yaml(tmp_path / "c.yaml")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"experiment: [", "not valid YAML"),
        (b"experiment: \xff", "not UTF-8"),
        (b"x: !!python/object/apply:os.system ['touch sentinel']", "not valid YAML"),
        (b"# " + b"x" * 1_100_000, "is it a configuration"),
    ],
)
def test_unreadable_files_are_refused(tmp_path: Path, text: bytes, reason: str) -> None:
    (tmp_path / "c.yaml").write_bytes(text)
    with pytest.raises(ConfigError, match=reason):
        load(tmp_path / "c.yaml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere.yaml does not exist"):
        load(tmp_path / "nowhere.yaml")


PUBLISHED = {"run": "swahili", "initialization": "wechsel", "paper": "p", "model": "m"}


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (
            {"baseline": "randm"},
            "report.baseline: 'randm' is not in the initializations of any run; "
            "did you mean 'random'?",
        ),
        (
            {"published": [PUBLISHED | {"run": "swahil"}]},
            "report.published.0.run: 'swahil' is not in runs; did you mean 'swahili'?",
        ),
        (
            {"published": [PUBLISHED | {"initialization": "wexel"}]},
            "report.published.0.initialization: 'wexel' is not in runs.swahili.initializations; "
            "did you mean 'wechsel'?",
        ),
        (
            {"published": [{"vectors": "swahil", "paper": "muse", "model": "m"}]},
            "report.published.0.vectors: 'swahil' is not in vectors; did you mean 'swahili'?",
        ),
        (
            {"published": [{"alignment": "swahil", "paper": "muse", "model": "m"}]},
            "report.published.0.alignment: 'swahil' is not in alignments; known: english-swahili",
        ),
    ],
)
def test_what_the_report_names_must_exist(
    tiny: dict[str, Any], report: dict[str, Any], said: str
) -> None:
    tiny["report"] = report
    assert message(tiny) == f"c.yaml: {said}"


_IN_SWAHILI = {"source": "text", "languages": {"swh_Latn": "sw"}}
LABELLED = _IN_SWAHILI | {"format": "records", "test": "{code}.jsonl"}
TRANSLATIONS = {"source": "text", "format": "dictionary", "test": "{code}.txt"}
TREEBANK = _IN_SWAHILI | {"format": "agreement", "files": "*.conllu"}
PAIRED = _IN_SWAHILI | {"format": "lines", "pivot": "en", "target": "{code}"}


@pytest.mark.parametrize(
    ("task", "data", "said"),
    [
        ("xnli", "lablled", ".data: 'lablled' is not in datasets; did you mean 'labelled'?"),
        ("xnli", "paired", ".data: paired must be labelled text"),
        ("sr_b", "labelled", ".data: labelled must be sentence pairs"),
        ("lexicon", "labelled", ".data: labelled must be translations of words"),
        (
            "agreement",
            "tagged",
            ".data: tagged must be a treebank or a list of minimal pairs "
            "(format: agreement or records)",
        ),
        ("xnli", "treebank", ".data: treebank must be labelled text"),
        ("xnli", "tagged", ".data: tagged has tags of words, not labels"),
        (
            "ner",
            "labelled",
            ".train_language: 'eng_Latn' is not in datasets.labelled.languages; "
            "did you mean 'swh_Latn'?",
        ),
    ],
)
def test_what_a_task_is_measured_on_must_fit(
    tiny: dict[str, Any], task: str, data: str, said: str
) -> None:
    tagged = LABELLED | {"format": "tags"}
    tiny["datasets"] = {
        "labelled": LABELLED, "paired": PAIRED, "tagged": tagged, "treebank": TREEBANK
    }  # fmt: skip
    tiny["evaluation"] = {task: {"data": data}}
    assert message(tiny) == f"c.yaml: evaluation.{task}{said}"


@pytest.mark.parametrize("block", [TREEBANK, LABELLED])
def test_minimal_pairs_are_cut_or_listed(tiny: dict[str, Any], block: dict[str, Any]) -> None:
    tiny["datasets"] = {"pairs": block}
    tiny["evaluation"] = {"agreement": {"data": "pairs"}}
    assert check(tiny, "c.yaml").datasets["pairs"].format == block["format"]


def test_a_test_dictionary_has_two_languages(tiny: dict[str, Any]) -> None:
    languages = {"eng_Latn-swh_Latn": "en-sw"}
    tiny["datasets"] = {"tests": TRANSLATIONS | {"languages": languages}}
    tiny["evaluation"] = {"lexicon": {"data": "tests"}}
    assert check(tiny, "c.yaml").datasets["tests"].languages == languages
    tiny["datasets"]["tests"]["languages"] = {"swh_Latn": "sw"}
    assert message(tiny).endswith("two languages are written with a hyphen, like eng_Latn-swh_Latn")


def test_a_run_may_take_a_published_vocabulary_and_multilingual_vectors(
    tiny: dict[str, Any],
) -> None:
    tiny["tokenizers"]["glot500"] = {"algorithm": "pretrained", "source": "model"}
    tiny["vectors"]["colexnet"] = {"trainer": "pretrained", "source": "text", "path": "x.vec"}
    run = tiny["runs"]["swahili"]
    run |= {"tokenizer": "glot500", "multilingual_vectors": "colexnet", "alignments": []}
    run |= {"initializations": ["random", "ofa-8"]}
    del run["pretraining"], run["corpora"]
    config = check(tiny, "c.yaml")
    assert config.runs["swahili"].corpora == []
    del run["multilingual_vectors"]
    assert "neither alignments nor multilingual_vectors, which ofa-8 needs" in message(tiny)
    run["pretraining"] = "short"
    assert message(tiny) == "c.yaml: runs.swahili.corpora is empty, but short trains on text"


def test_text_that_is_measured_alone_is_not_trained_on(tiny: dict[str, Any]) -> None:
    tiny["runs"]["swahili"]["evaluation_corpora"] = ["english", "swahili"]
    assert "evaluation_corpora: swahili is also in runs.swahili.corpora" in message(tiny)
    tiny["runs"]["swahili"]["evaluation_corpora"] = ["english"]
    del tiny["evaluation"]["language_model"]
    check(tiny, "c.yaml")  # tokenizers are measured on them too
    del tiny["evaluation"]["tokenizer"]
    assert "would have no effect: neither evaluation.language_model nor" in message(tiny)
    tiny["runs"]["swahili"]["evaluation_corpora"] = ["nowhere"]
    assert "runs.swahili.evaluation_corpora" in message(tiny)


def test_a_published_vocabulary_takes_no_training_options(tiny: dict[str, Any]) -> None:
    tiny["tokenizers"]["glot500"] = {
        "algorithm": "pretrained", "source": "model", "vocabulary_size": 9
    }  # fmt: skip
    assert message(tiny).startswith("c.yaml: tokenizers.glot500.vocabulary_size is not a key here")


def test_mappings_may_be_merged_and_changed(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n", "utf-8")
    assert read_yaml(path)["b"] == {"x": 1, "y": 3}
    path.write_text("a: &a {x: 1}\nb: {<<: *a, y: 3, y: 4}\n", "utf-8")
    with pytest.raises(ConfigError, match="'y' is given twice"):
        read_yaml(path)


@pytest.mark.parametrize(
    ("seeds", "said"),
    [
        (3, "seeds: must be a list"),
        ([], "seeds: List should have at least 1 item"),
        ({"random": [1, 1]}, "seeds.random names one twice"),
        ({"random": []}, "seeds.random: List should have at least 1 item"),
        ({"random": [-1]}, "seeds.random.0: Input should be greater than or equal to 0"),
        ({"randm": [1]}, "seeds: 'randm' is not in runs.swahili.initializations"),
    ],
)
def test_seeds_are_a_list_or_lists_by_initialization(
    tiny: dict[str, Any], seeds: Any, said: str
) -> None:
    tiny["runs"]["swahili"] |= {"initializations": ["random"], "seeds": seeds}
    assert message(tiny).startswith(f"c.yaml: runs.swahili.{said}")


@pytest.mark.parametrize(
    ("recipes", "said"),
    [
        ({"randm": "short"}, ": 'randm' is not in runs.swahili.initializations; did you mean"),
        ({"ofa-8": "short"}, ": 'ofa-8' is not in runs.swahili.initializations"),  # in no run
        ({"random": "long"}, ".random: 'long' is not in pretraining"),
        ({"random": ["short"]}, ".random: must be a text (got ['short'])"),
        ({"random": None}, ".random: must be a text (got None)"),
        (["short"], ": must be a text (got ['short'])"),
    ],
)
def test_a_recipe_is_a_name_or_names_by_initialization(
    tiny: dict[str, Any], recipes: Any, said: str
) -> None:
    tiny["runs"]["swahili"] |= {"initializations": ["random"], "pretraining": recipes}
    assert message(tiny).startswith(f"c.yaml: runs.swahili.pretraining{said}")


def test_an_encoder_starts_from_a_state_that_its_initialization_has(tiny: dict[str, Any]) -> None:
    stage = {"data": ["pairs"], "loss": {"name": "distillation"}, "steps": 2}
    tiny["training_sets"] = {"pairs": {"kind": "translations", "corpora": ["swahili"]}}
    tiny["encoders"] = {"distilled": {"stages": [stage], "learning_rate": 1e-4}}
    chosen = {"encoders": {"distilled": ["wechsel"]}, "pretraining": {"wechsel": "short"}}
    tiny["runs"]["swahili"] |= chosen | {"initializations": ["random", "wechsel"]}
    check(tiny, "c.yaml")
    tiny["runs"]["swahili"]["encoders"] = ["distilled"]
    assert "needs pretrained of random with seed 1, which runs.swahili does not" in message(tiny)
    tiny["encoders"]["distilled"]["start"] = "initialized"
    check(tiny, "c.yaml")


@pytest.mark.parametrize(("chosen", "said"), [
    ([1], ""),
    ([2], "runs.swahili.encoder_seeds: wechsel has encoders, and none of the seeds [2]; add"),
    ([1, 3], "encoder_seeds: no initialization with encoders has seed 3; take some of [1, 2], or"),
    ([1, 1], "runs.swahili.encoder_seeds names one twice"),
    ([], "runs.swahili.encoder_seeds"),
])  # fmt: skip
def test_encoders_may_be_made_of_some_seeds(
    tiny: dict[str, Any], chosen: list[int], said: str
) -> None:
    stage = {"data": ["pairs"], "loss": {"name": "distillation"}, "steps": 2}
    tiny["training_sets"] = {"pairs": {"kind": "translations", "corpora": ["swahili"]}}
    tiny["encoders"] = {"distilled": {"stages": [stage], "learning_rate": 1e-4}}
    run = {"initializations": ["random", "wechsel"], "seeds": {"random": [1, 2]}}
    tiny["runs"]["swahili"] |= run | {"encoders": ["distilled"], "encoder_seeds": chosen}
    if said:
        assert said in message(tiny)
        return
    config = check(tiny, "c.yaml")
    made = {t.folder: encoders(config, t) for t in trainings(config)}
    assert made == {
        "swahili/random/seed-1": ["distilled"],
        "swahili/random/seed-2": [],
        "swahili/wechsel/seed-1": ["distilled"],
    }
    assert seeds_with(config, "swahili", "random", "distilled") == [1]
    assert seeds_with(config, "swahili", "random", "pretrained") == [1, 2]
    tiny["runs"]["swahili"]["encoders"] = []
    assert "encoder_seeds: the run makes no encoders; remove the key" in message(tiny)


def test_recipes_need_text_and_none_needs_none(tiny: dict[str, Any]) -> None:
    tiny["evaluation"] = {}
    run = tiny["runs"]["swahili"] | {"initializations": ["random"], "corpora": []}
    tiny["runs"]["swahili"] = run | {"pretraining": {}}
    assert check(tiny, "c.yaml").runs["swahili"].recipes == {"random": None}
    tiny["runs"]["swahili"]["pretraining"] = {"random": "short"}
    assert "runs.swahili.corpora is empty, but short trains on text" in message(tiny)


@pytest.mark.parametrize(("key", "value"), [
    ("steps", True), ("learning_rate", True), ("evaluate_every", False),
])  # fmt: skip
def test_a_truth_value_is_not_the_number_one(key: str, value: bool) -> None:
    """YAML reads `steps: on` as true."""
    recipe = {"steps": 6, "learning_rate": 1e-3, key: value}
    with pytest.raises(ConfigError, match=rf"pretraining\.short: {key} cannot be true or false"):
        check({"experiment": "x", "pretraining": {"short": recipe}}, "c.yaml")
    with pytest.raises(ConfigError, match="seeds cannot be true or false"):
        check({"experiment": "x", "runs": {"r": {"seeds": {"mean": [1, True]}}}}, "c.yaml")


def test_vectors_are_not_made_from_themselves(tiny: dict[str, Any]) -> None:
    """Over an alignment of which they are a side, or over each other."""
    refiners = [{"name": "pca"}]
    loop = {"trainer": "refined", "alignment": "english-swahili", "side": "target"}
    tiny["vectors"]["refined"] = {**loop, "refiners": refiners}
    assert "refined" in check(tiny, "c.yaml").vectors
    tiny["alignments"]["english-swahili"]["target"] = "refined"
    assert "alignments.english-swahili is made from itself, over vectors.refined" in message(tiny)
    tiny["alignments"]["english-swahili"]["target"] = "swahili"
    for name, base in (("a", "b"), ("b", "a")):
        tiny["vectors"][name] = {"trainer": "refined", "vectors": base, "refiners": refiners}
    assert "is made from itself, over vectors." in message(tiny)
    tiny["vectors"]["b"]["vectors"] = "absent"
    assert "vectors.b: 'absent' is not in vectors" in message(tiny)


def test_a_misspelt_way_to_a_tokenizer_is_named(tiny: dict[str, Any]) -> None:
    tiny["tokenizers"]["more"] = {"algorithm": "extned", "model": "tiny-bert", "tokens": ["<path>"]}
    said = "tokenizers.more.algorithm: 'extned' is unknown; did you mean 'extend'?"
    assert message(tiny) == f"c.yaml: {said}"


def test_tokenizers_are_not_made_from_themselves(tiny: dict[str, Any]) -> None:
    """Over each other; a base that is not there is named, too."""
    pruned = {"algorithm": "prune", "corpora": ["swahili"], "minimum_count": 1}
    tiny["tokenizers"]["less"] = pruned | {"model": "tiny-bert"}
    tiny["tokenizers"]["more"] = {"algorithm": "extend", "tokenizer": "less", "tokens": ["<path>"]}
    assert check(tiny, "c.yaml").tokenizers["more"].base == ("tokenizers", "less")
    tiny["tokenizers"]["less"] = pruned | {"tokenizer": "more"}
    assert "is made from itself, over tokenizers." in message(tiny)
    tiny["tokenizers"]["less"] = pruned | {"tokenizer": "absent"}
    assert "tokenizers.less.tokenizer: 'absent' is not in tokenizers" in message(tiny)
    tiny["tokenizers"]["less"] = pruned | {"model": "absent"}
    assert "tokenizers.less.model: 'absent' is not in models" in message(tiny)


SAMPLED = {"method": "cross-entropy-difference", "share": 0.5}


@pytest.mark.parametrize(
    ("blocks", "said"),
    [
        (
            {"swahili": {"near_duplicates": {"against": ["swahili"]}}},
            "corpora.swahili names itself",
        ),
        ({"swahili": {"select": SAMPLED | {"corpus": "swahili"}}}, "corpora.swahili names itself"),
        (
            {
                "english": {"near_duplicates": {"against": ["swahili"]}},
                "swahili": {"select": SAMPLED | {"corpus": "english"}},
            },
            "is made from itself, over",
        ),
        (
            {"swahili": {"near_duplicates": {"against": ["swahil"]}}},
            "corpora.swahili.near_duplicates.against: 'swahil' is not in corpora",
        ),
        (
            {"swahili": {"select": SAMPLED | {"corpus": "swahil"}}},
            "corpora.swahili.select.corpus: 'swahil' is not in corpora",
        ),
        (
            {
                "swahili": {
                    "select": SAMPLED | {"texts": [{"source": "txt", "format": "text"}]},
                }
            },
            "corpora.swahili.select.texts: 'txt' is not in sources",
        ),
    ],
)
def test_a_corpus_is_not_made_from_itself(
    tiny: dict[str, Any], blocks: dict[str, Any], said: str
) -> None:
    for name, block in blocks.items():
        tiny["corpora"][name] |= block
    assert said in message(tiny)


def test_a_teacher_of_another_language_is_one_line(tiny: dict[str, Any]) -> None:
    block = {"trainer": "aggregated", "corpus": "swahili", "teacher": "tiny-bert"}
    tiny["vectors"]["swahili"] = block
    found = message(tiny)
    assert "vectors.swahili.teacher: tiny-bert is a model of eng_Latn, but swahili is" in found
    block["teacher"] = "none"
    assert "none" in message(tiny)


def test_a_merge_needs_a_model_with_rows_that_was_one_before(tiny: dict[str, Any]) -> None:
    tiny["pretraining"]["short"]["merge"] = {"layers": {"0": 0.5, -1: 0.5}}
    assert "runs.swahili: ofa-8 factorizes the embeddings (`width`)" in message(tiny)
    tiny["runs"]["swahili"]["initializations"] = ["random"]
    merge = check(tiny, "c.yaml").pretraining["short"].merge
    assert merge is not None and merge.layers == {0: 0.5, -1: 0.5}
    tiny["pretraining"]["short"]["merge"] = {"layers": {0: 1.5}}
    assert "pretraining.short.merge.layers.0" in message(tiny)
    del tiny["pretraining"]["short"]["merge"]
    tiny["pretraining"]["warm-up"]["merge"] = {}
    assert "models.tiny-bert.head.pretraining: warm-up has `merge`" in message(tiny)


def test_words_are_cut_as_the_vocabulary_of_the_run_does(tiny: dict[str, Any]) -> None:
    tiny["pretraining"]["short"]["bpe_dropout"] = 0.1
    tokenizer = tiny["tokenizers"]["swahili"]
    tokenizer["algorithm"] = "unigram"
    said = "runs.swahili: pretraining.short has bpe_dropout, which is for tokenizers of algorithm"
    assert f"{said} bpe, and tokenizers.swahili is unigram; take stochastok" in message(tiny)
    tiny["tokenizers"]["fewer"] = {
        "algorithm": "prune", "tokenizer": "swahili", "corpora": ["swahili"], "minimum_count": 1,
    }  # fmt: skip
    tiny["runs"]["swahili"]["tokenizer"] = "fewer"
    assert said in message(tiny)
    tokenizer["algorithm"] = "bpe"
    assert check(tiny, "c.yaml").pretraining["short"].bpe_dropout == 0.1


def test_the_corpus_of_a_shield_is_known_to_the_run(tiny: dict[str, Any]) -> None:
    shield = {"corpus": "english", "share": 0.25}
    tiny["pretraining"]["short"]["shield"] = shield
    assert check(tiny, "c.yaml").pretraining["short"].shields == ["english"]  # the pivot
    tiny["corpora"]["other"] = {**tiny["corpora"]["english"], "language": "deu_Latn"}
    shield["corpus"] = "other"
    assert "pretraining.short: shield.corpus" in message(tiny)
    assert "corpora or evaluation_corpora of runs.swahili" in message(tiny)
    tiny["runs"]["swahili"]["evaluation_corpora"] = ["other"]
    check(tiny, "c.yaml")
    shield["corpus"] = "nowhere"
    assert "nowhere" in message(tiny)
    del tiny["pretraining"]["short"]["shield"]
    tiny["pretraining"]["warm-up"]["shield"] = {"corpus": "english"}
    assert "models.tiny-bert.head.pretraining: warm-up has `shield`" in message(tiny)
