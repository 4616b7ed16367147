"""From a source model to a generator, and from it to a model with another vocabulary."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from tests.unit.initialization.generation.conftest import SMALL, TEXT, Planted

from lingraft.artifacts import GeneratorFacts, open_artifact, verify
from lingraft.config.checking import check_choice
from lingraft.errors import ArtifactError, ConfigError, DivergedError, InputError
from lingraft.initialization.generation import learning
from lingraft.initialization.generation.stage import train_generator
from lingraft.initialization.generation.trained import TrainedGenerator
from lingraft.initialization.generators import GENERATORS, AnyGenerator
from lingraft.initialization.methods import check_method
from lingraft.initialization.stage import Transfer, transfer
from lingraft.tokenizers.loading import load_tokenizer

SCRIPT = Path(__file__).parents[4] / "scripts" / "train_generator.py"


def settings(method: str, **options):
    content = {"method": method, "model": "bert", **SMALL[method], **options}
    return check_choice(AnyGenerator, content, "generator")


@pytest.mark.parametrize("method", GENERATORS)
def test_held_out_rows_are_found_better_than_by_chance(
    world_of_letters: Planted, tmp_path: Path, method: str, caplog
) -> None:
    """Rows follow from letters, so each generator can learn them; it says how that went."""
    block = settings(method, epochs=60, batch_size=32, learning_rate=1e-2, held_out=0.2)
    with caplog.at_level(logging.INFO):
        metrics = train_generator(block, world_of_letters.inputs(), tmp_path / "made")
    quality = metrics["quality"]
    assert metrics["losses"][-1] < 0.7 * metrics["losses"][0]
    found = quality["embeddings"]
    rows = np.arange(1, quality["candidates"] + 1)
    assert found["reciprocal_rank"]["value"] > 2 * np.mean(1 / rows)
    assert found["median_rank"]["value"] < quality["candidates"] / 2
    assert quality["verdict"] in ("better", "worse", "undecided")
    assert "FVT" in caplog.text and f"{quality['tokens']} held-out" in caplog.text
    manifest = verify(tmp_path / "made", "generator")
    assert manifest.settings["method"] == method and "models/bert" in manifest.inputs
    assert json.loads((tmp_path / "made" / "metrics.json").read_text()) == metrics


@pytest.mark.parametrize("method", [*GENERATORS, "text"])
def test_a_killed_training_goes_on_to_the_same_bits(
    world_of_letters: Planted, tmp_path: Path, monkeypatch, method: str
) -> None:
    """Killed after every fourth step, in the middle of epochs and with dropout."""
    if method == "text":  # both kinds of lessons
        block = settings("hypernetwork", epochs=1, batch_size=8, dropout=0.3, language_model=TEXT)
    else:
        block = settings(method, epochs=3, batch_size=8, dropout=0.3)
    inputs = world_of_letters.inputs
    whole = train_generator(block, inputs(), tmp_path / "whole")
    steps = []
    made = learning.Learning._step

    def killed(self, lesson, places):
        steps.append(1)
        if len(steps) % 4 == 0:
            raise KeyboardInterrupt
        return made(self, lesson, places)

    monkeypatch.setattr(learning.Learning, "_step", killed)
    state, deaths = tmp_path / "state", 0
    while True:
        try:
            again = train_generator(block, inputs(), tmp_path / "killed", state, save_seconds=0.0)
            break
        except KeyboardInterrupt:
            deaths += 1
            assert not (tmp_path / "killed").exists() and deaths < 100
    assert deaths > 2 and again == whole and not state.exists()
    files = [tmp_path / name / "network.safetensors" for name in ("whole", "killed")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_what_another_revision_began_does_not_go_on(
    world_of_letters: Planted, tmp_path: Path, monkeypatch
) -> None:
    block = settings("hypernetwork", epochs=3, batch_size=8)
    whole = train_generator(block, world_of_letters.inputs(), tmp_path / "whole")
    made, steps = learning.Learning._step, []

    def counted(self, lesson, places):
        steps.append(1)
        if len(steps) == 4:
            raise KeyboardInterrupt
        return made(self, lesson, places)

    def train(name: str):
        given, state = world_of_letters.inputs(), tmp_path / "state"
        return train_generator(block, given, tmp_path / name, state, save_seconds=0.0)

    monkeypatch.setattr(learning.Learning, "_step", counted)
    with monkeypatch.context() as earlier, pytest.raises(KeyboardInterrupt):
        earlier.setattr(type(block), "revision", block.revision - 1)
        train("killed")
    before = len(steps)
    assert train("again") == whole
    monkeypatch.undo()
    assert len(steps) - before == _steps_of(world_of_letters, block, tmp_path, monkeypatch)


def _steps_of(world: Planted, block, tmp_path: Path, monkeypatch) -> int:
    made, steps = learning.Learning._step, []
    monkeypatch.setattr(learning.Learning, "_step", lambda *given: steps.append(1) or made(*given))
    train_generator(block, world.inputs(), tmp_path / "counted")
    return len(steps)


@pytest.mark.parametrize("method", GENERATORS)
def test_a_model_gets_generated_rows(
    world_of_letters: Planted, tmp_path: Path, method: str, caplog
) -> None:
    root = world_of_letters.root
    options = {"alignments": ["pair"], "vectors": None} if method == "hyperofa" else {}
    train_generator(
        settings(method, epochs=1, **options), world_of_letters.inputs(), tmp_path / "made"
    )
    job = {
        "source_model": root / "model",
        "target_tokenizer": root / "tokenizer",
        "generator": tmp_path / "made",
        "source_vectors": root / "english",
        "target_vectors": [root / "swahili"],
        "alignments": [root / "pair"],
    }
    chosen = check_method({"method": "generated", "generator": "made", "bias": "combine"}, "test")
    report = transfer(Transfer(**job, method=chosen, output=tmp_path / "model"))
    assert report["rows"]["generated"] > 5 and report["rows"]["exact"] > 0
    assert report["generator"]["quality"]["verdict"] in ("better", "worse", "undecided")
    assert report["generator"]["name"] == "made" and report["generator"]["method"] == method
    if report["generator"]["quality"]["verdict"] != "better":
        assert "than FVT" in caplog.text
    assert "generator" in verify(tmp_path / "model", "model").inputs
    weights = load_file(tmp_path / "model" / "model.safetensors")
    rows = weights["bert.embeddings.word_embeddings.weight"]
    assert np.isfinite(rows).all() and rows.any(axis=1).all()
    with pytest.raises(InputError, match="trained for another source model"):
        other = job | {"source_model": root / "other-model"}
        transfer(Transfer(**other, method=chosen, output=tmp_path / "other"))
    if method == "hyperofa":
        del job["alignments"], job["source_vectors"], job["target_vectors"]
        with pytest.raises(ConfigError, match="hyperofa needs `multilingual_vectors="):
            transfer(Transfer(**job, method=chosen, output=tmp_path / "none"))
        with pytest.raises(InputError, match="was trained with other word vectors"):
            vectors = {"multilingual_vectors": root / "many"}
            transfer(Transfer(**job, **vectors, method=chosen, output=tmp_path / "none"))


def test_rows_of_texts_are_those_of_tokens(world_of_letters: Planted, tmp_path: Path, toy) -> None:
    """Any text has a row, as dynamic tokenization asks for them; batches do not matter."""
    block = settings("byte2word", epochs=1)
    train_generator(block, world_of_letters.inputs(), tmp_path / "made")
    generator = TrainedGenerator.load(tmp_path / "made")
    world = toy.world(0, "wordpiece", "metaspace")
    model = world_of_letters.root / "model"
    rows_SD = load_file(model / "model.safetensors")["bert.embeddings.word_embeddings.weight"]
    from dataclasses import replace

    request = replace(world, embeddings_SD=rows_SD, output_SD=None, bias_S=rows_SD[:, 0].copy())
    maker = generator.beside(request)
    tokens = np.arange(len(world.target))[-20:]
    of_tokens = maker.of_tokens(tokens)
    texts = [world.target.canonical[row] for row in of_tokens.rows_N]
    of_texts = maker.of_texts([*texts, "", " neverseen"])
    assert of_texts.rows_N.tolist() == [*range(len(texts)), len(texts) + 1]
    for name in ("embeddings", "bias"):
        ours = of_texts.values[name][: len(texts)]
        np.testing.assert_allclose(ours, of_tokens.values[name], atol=1e-5)
    assert maker.of_texts([""]).values == {}


def test_a_factorized_matrix_has_generated_coordinates(
    world_of_letters: Planted, tmp_path: Path
) -> None:
    root = world_of_letters.root
    block = settings("hypernetwork", epochs=1, width=4, maximum_pieces=2, contrastive_share=0.0)
    train_generator(block, world_of_letters.inputs(), tmp_path / "made")
    job = {
        "source_model": root / "model",
        "target_tokenizer": root / "tokenizer",
        "generator": tmp_path / "made",
    }
    content = {"method": "generated", "generator": "made", "width": 4, "overlap": "none"}
    report = transfer(Transfer(**job, method=check_method(content, "test"), output=tmp_path / "a"))
    assert report["width"] == 4 and report["rows"]["generated"] > 5
    content["width"] = 6
    with pytest.raises(ConfigError, match="`width` 4, the initialization has `width` 6"):
        transfer(Transfer(**job, method=check_method(content, "test"), output=tmp_path / "b"))


def test_bad_input_is_one_line(world_of_letters: Planted, tmp_path: Path, monkeypatch) -> None:
    inputs = world_of_letters.inputs
    with pytest.raises(InputError, match="the generator needs 'bert'; give it by `models=bert="):
        train_generator(settings("byte2word"), inputs(models={}), tmp_path / "a")
    with_text = settings("hypernetwork", language_model=TEXT)
    with pytest.raises(InputError, match="the generator needs 'text'; give it by `corpora=text="):
        train_generator(with_text, inputs(corpora={}), tmp_path / "a")
    with pytest.raises(InputError, match="the generator needs 'many'; give it by `vectors=many="):
        train_generator(settings("hyperofa"), inputs(vectors={}), tmp_path / "a")
    swapped = {"english": world_of_letters.root / "many", "swahili": world_of_letters.root / "many"}
    aligned = settings("hyperofa", vectors=None, alignments=["pair"])
    with pytest.raises(InputError, match="made from other vectors"):
        train_generator(aligned, inputs(vectors=swapped), tmp_path / "a")
    two_sources = settings("hyperofa", vectors=None, alignments=["pair", "turned"])
    with pytest.raises(InputError, match=r"alignments: pair, turned are not of one source: .*swah"):
        train_generator(two_sources, inputs(), tmp_path / "a")
    with pytest.raises(InputError, match="only 3 of them"):
        from lingraft.initialization.generation import stage

        monkeypatch.setattr(stage, "_known", lambda reader: np.array([50, 60, 70]))
        train_generator(settings("byte2word"), inputs(), tmp_path / "a")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("overlap", ["exact", "none"])
def test_the_identity_tokenizer_keeps_the_source(
    world_of_letters: Planted, tmp_path: Path, overlap: str
) -> None:
    """A trained generator changes nothing where the target's tokens are the source's: none with
    copies, and without them none that begins a word."""
    block = settings("hypernetwork", epochs=2, learning_rate=1e-2, language_model=TEXT)
    train_generator(block, world_of_letters.inputs(), tmp_path / "made")
    model = world_of_letters.root / "model"
    load_tokenizer(model).save_pretrained(tmp_path / "tokenizer")
    content = {"method": "generated", "generator": "made", "overlap": overlap}
    transfer(
        Transfer(
            source_model=model, target_tokenizer=tmp_path / "tokenizer",
            generator=tmp_path / "made",
            method=check_method(content, "test"), output=tmp_path / "same",
        )
    )  # fmt: skip
    name = "bert.embeddings.word_embeddings.weight"
    before, after = (
        load_file(folder / "model.safetensors")[name] for folder in (model, tmp_path / "same")
    )
    tokens = json.loads((model / "tokenizer.json").read_text())["model"]["vocab"]
    begins = [i for token, i in tokens.items() if not token.startswith("##") or overlap == "exact"]
    assert len(begins) > 20
    np.testing.assert_allclose(after[begins], before[begins], rtol=1e-6, atol=1e-7)


def test_lessons_on_text_make_rows_that_the_source_model_reads_better(
    world_of_letters: Planted, tmp_path: Path, caplog
) -> None:
    """After lessons on text alone, from FVT's rows; the account says what they did."""
    text = TEXT | {"sampled_vocabularies": 30, "learning_rate": 1e-2, "noise": 0.0, "dropped": 0.0}
    block = settings("hypernetwork", epochs=0, language_model=text)
    with caplog.at_level(logging.INFO):
        metrics = train_generator(block, world_of_letters.inputs(), tmp_path / "made")
    assert metrics["losses"] == [] and len(metrics["text_losses"]) == 30
    assert np.mean(metrics["text_losses"][-8:]) < np.mean(metrics["text_losses"][:8])
    (found,) = metrics["quality"]["text"]
    assert found["corpus"] == "text" and found["loss"]["value"] < found["loss"]["fvt"]
    assert found["loss"]["interval"][0] > 0 and "held-out text of text" in caplog.text
    assert "corpora/text" in verify(tmp_path / "made", "generator").inputs


def test_a_loss_that_is_no_number_ends_the_training(
    world_of_letters: Planted, tmp_path: Path
) -> None:
    block = settings("byte2word", epochs=3, learning_rate=1e30)
    with pytest.raises(DivergedError, match="lower `learning_rate`"):
        train_generator(block, world_of_letters.inputs(), tmp_path / "a")


def test_a_damaged_generator_is_refused(world_of_letters: Planted, tmp_path: Path) -> None:
    train_generator(settings("byte2word", epochs=1), world_of_letters.inputs(), tmp_path / "made")
    path = tmp_path / "made" / "network.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ArtifactError, match="another content"):
        TrainedGenerator.load(tmp_path / "made")
    (tmp_path / "made" / "manifest.json").unlink()
    path.write_bytes(b"no weights")
    with pytest.raises(InputError, match="is not a whole generator"):
        TrainedGenerator.load(tmp_path / "made")


def test_the_program_trains_one(world_of_letters: Planted, tmp_path: Path) -> None:
    block = {"method": "hypernetwork", "model": "bert", "epochs": 1, "hidden": 8, "heads": 2}
    block["language_model"] = TEXT
    words = [
        *(sys.executable, SCRIPT, "--settings", json.dumps(block)),
        *("--models", f"bert={world_of_letters.root / 'model'}"),
        *("--corpora", f"text={world_of_letters.root / 'text'}"),
        *("--output", tmp_path / "made", "--state", tmp_path / "state"),
    ]
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert open_artifact(tmp_path / "made", GeneratorFacts).manifest.settings["epochs"] == 1
    assert not (tmp_path / "state").exists() and "held-out source tokens" in done.stderr
