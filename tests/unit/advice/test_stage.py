"""Tables and recommendations for small models of every kind of tokenizer."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from conftest import configuration
from lingraft.advice.candidates import Candidates
from lingraft.advice.questions import missing_inputs, questions
from lingraft.advice.rows import Row, rows_of
from lingraft.advice.stage import advise
from lingraft.errors import ConfigError, InputError
from lingraft.estimate.vocabularies import sizes_of
from lingraft.experiment.configuration import Config
from lingraft.stages.references import converted_model
from lingraft.tokenizers.derived import derive_tokenizer
from lingraft.tokenizers.extending import extend
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.samples import Sample

ROOT = Path(__file__).parents[3]
ALGORITHMS = ("unigram", "bpe", "wordpiece")


def found(config: Config, results: Path) -> tuple[Sequence[Row], list[str]]:
    (question,) = questions(config)
    candidates = Candidates(config, results, question, 10_000_000)
    return rows_of(config, results, question, candidates.all()), candidates.notes


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_kind_of_tokenizer_gets_all_rows(algorithm: str, make: Callable[[str], Path]) -> None:
    rows, notes = found(configuration(), make(algorithm))
    assert notes == []
    kinds = [row.candidate.kind for row in rows]
    assert kinds[0] == "keep"
    assert {"extend", "prune", "replace"} == set(kinds[1:])
    kept, extended = rows[0], rows[1]
    assert kept.tokens < extended.tokens <= kept.tokens + 500  # the text is short
    assert extended.target.bytes_per_token > kept.target.bytes_per_token
    assert extended.costs.training < kept.costs.training
    assert extended.source is not None
    pruned = next(row for row in rows if row.candidate.kind == "prune")
    assert pruned.costs.total <= kept.costs.total  # English uses all of the small vocabulary
    # A decoder keeps keys and values of each token, and an encoder nothing.
    assert (kept.costs.cache is None) == (algorithm != "bpe")


def test_smaller_extensions_are_the_beginning_of_the_largest(
    make: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lingraft.advice.candidates.EXTENSIONS", (20, 50))
    results = make("bpe")
    rows, _ = found(configuration(), results)
    base = results / converted_model("small")
    own = load_tokenizer(base).backend_tokenizer
    (question,) = questions(configuration())
    block = configuration(
        tokenizers={"kept": {"algorithm": "keep", "model": "small"},
                    "x": {"algorithm": "extend", "model": "small", "corpora": ["swahili"],
                          "added": 500}},
    ).tokenizers["x"]  # fmt: skip
    sample = Sample.of(block, [results / "corpora" / name for name in question.corpora])
    alone = extend(own, sample.texts(), 20, 2, "it")
    assert rows[1].candidate.tokenizer.get_vocab() == alone.get_vocab()


def test_a_finished_tokenizer_is_taken_and_others_are_made(
    make: Callable[[str], Path],
) -> None:
    results = make("unigram")
    more = {"algorithm": "extend", "model": "small", "corpora": ["swahili"], "added": 70}
    new = {"algorithm": "unigram", "corpora": ["swahili"], "vocabulary_size": 300}
    run = {"model": "small", "corpora": ["swahili"], "initializations": ["random"]}
    names = {"kept": {"algorithm": "keep", "model": "small"}, "more": more, "new": new}
    runs = {name: run | {"tokenizer": name} for name in names}
    config = configuration(tokenizers=names, runs=runs)
    rows, _ = found(config, results)
    made = {row.candidate.name: row.candidate.is_made for row in rows}
    assert made == {"kept": True, "more": False, "new": False, "": False}
    corpora = [results / "corpora" / "swahili"]
    derive_tokenizer(
        config.tokenizers["more"], results / converted_model("small"), corpora,
        results / "tokenizers" / "more",
    )  # fmt: skip
    rows, _ = found(config, results)
    assert {row.candidate.name: row.candidate.is_made for row in rows}["more"] is True
    # One that was made of other settings is not the one that is asked for.
    changed = configuration(tokenizers=names | {"more": more | {"added": 80}}, runs=runs)
    rows, _ = found(changed, results)
    assert {row.candidate.name: row.candidate.is_made for row in rows}["more"] is False


def test_factorized_embeddings_have_a_row_of_their_own(make: Callable[[str], Path]) -> None:
    methods = {"random": {"method": "random"}, "narrow": {"method": "random", "width": 4}}
    run = {"model": "small", "tokenizer": "kept", "corpora": ["swahili"]}
    runs = {"swahili": run | {"initializations": list(methods)}}
    rows, _ = found(configuration(initializations=methods, runs=runs), make("bpe"))
    assert [row.width for row in rows[:2]] == [None, 4]
    assert rows[1].costs.embeddings == rows[1].tokens * 4 + 4 * 16
    assert rows[1].costs.body == rows[0].costs.body
    assert {row.width for row in rows[2:]} == {None}


def test_a_multilingual_model_keeps_the_text_that_its_corpora_follow(
    make: Callable[[str], Path],
) -> None:
    config = configuration(models={"small": {"source": "text"}})
    (question,) = questions(config)
    assert (question.corpora, question.source) == (("swahili",), ("english",))
    said = advise(config, make("bpe"), 10_000_000)
    assert "eng_Latn" in said


def test_a_vocabulary_that_cannot_be_had_is_told(make: Callable[[str], Path]) -> None:
    names = {"kept": {"algorithm": "keep", "model": "small"},
             "bought": {"algorithm": "pretrained", "source": "text"}}  # fmt: skip
    run = {"model": "small", "corpora": ["swahili"], "initializations": ["random"]}
    runs = {name: run | {"tokenizer": name} for name in names}
    rows, notes = found(configuration(tokenizers=names, runs=runs), make("bpe"))
    assert "bought" not in {row.candidate.name for row in rows}
    assert notes == [
        "tokenizers.bought is left out: it is not made yet (by the rule train_tokenizer)"
    ]


def test_the_text_is_whole(make: Callable[[str], Path]) -> None:
    said = advise(configuration(), make("bpe"), 10_000_000)
    assert said.startswith("small learns swh_Latn: swahili\n")
    assert "Recommendation: extend to " in said
    assert "was not measured here" in said
    assert max(map(len, said.splitlines())) <= 150


def test_damaged_weights_are_told(make: Callable[[str], Path], tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "model"
    shutil.copytree(make("bpe") / converted_model("small"), folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(InputError, match="has 0 weights and not the"):
        sizes_of(folder)


def test_what_is_missing_is_told(make: Callable[[str], Path], tmp_path: Path) -> None:
    places = ["source_models/small/converted", "corpora/swahili", "corpora/english"]
    assert missing_inputs(configuration(), tmp_path) == places
    assert missing_inputs(configuration(), make("bpe")) == []


def test_without_text_there_is_no_question(tmp_path: Path) -> None:
    run: dict[str, Any] = {"model": "small", "tokenizer": "kept", "initializations": ["random"]}
    config = configuration(runs={"none": run}, evaluation={})
    with pytest.raises(ConfigError, match="runs: no run has corpora"):
        advise(config, tmp_path, 1000)


def test_no_table_needs_torch() -> None:
    code = (
        "import sys, lingraft.advice.stage\n"
        "print([name for name in ('torch', 'transformers', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_mistake_is_one_line() -> None:
    words = ["--config", "config/tiny.yaml", "--results", "nowhere"]
    command = [sys.executable, "scripts/advise.py", *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (
        65,
        "error: nowhere/source_models/tiny-bert/converted is not made yet, nor are 2 more; make "
        "models and text first: make run CONFIG=config/tiny.yaml ARGS='--until prepare_corpus "
        "convert_model'\n",
    )
