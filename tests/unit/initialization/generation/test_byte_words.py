"""From a source model and its generator to a model of bytes that is trained: folder by folder."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tests.unit.initialization.generation.conftest import SMALL, WIDTH, Planted
from transformers import AutoModelForMaskedLM, AutoTokenizer

from lingraft.artifacts import CorpusFacts, new_artifact, verify
from lingraft.config.checking import check_choice
from lingraft.config.pretraining import Pretraining
from lingraft.config.tokenizers import Tokenizer
from lingraft.corpus.documents import Document, write_lines
from lingraft.errors import ConfigError, InputError
from lingraft.initialization.generation.stage import train_generator
from lingraft.initialization.generators import AnyGenerator
from lingraft.initialization.methods import check_method
from lingraft.initialization.stage import Transfer, transfer
from lingraft.models.loading import load_model
from lingraft.tokenizers.stage import encode_corpus, make_tokenizer
from lingraft.training.job import Job
from lingraft.training.stage import pretrain

LINES = ["jina la mto ni refu", "mto na bahari", "bahari ni " + "kubwa" * 20, "jina ni refu"] * 6


@pytest.fixture(scope="module")
def root(world_of_letters: Planted, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Text, a tokenizer and generators beside the source model of letters."""
    root = tmp_path_factory.mktemp("bytes")
    facts = CorpusFacts(language="swh_Latn", splits={"train": {"bytes": len("".join(LINES))}})
    with new_artifact(root / "text", "corpus", facts=facts) as staging:
        documents = [Document(str(n), text) for n, text in enumerate(LINES)]
        write_lines(staging / "train.jsonl.zst", documents[4:])
        write_lines(staging / "valid.jsonl.zst", documents[:4])
    block = Tokenizer.model_validate({"corpora": ["text"], "algorithm": "byte-words"})
    make_tokenizer(block, [root / "text"], root / "tokenizer")
    for method in ("byte2word", "hypernetwork"):
        settings = {"method": method, "model": "bert", "epochs": 2, **SMALL[method]}
        settings |= {"maximum_bytes": 12} if method == "byte2word" else {}
        given = world_of_letters.inputs()
        train_generator(check_choice(AnyGenerator, settings, "g"), given, root / method)
    return root


# A network of any use is more than a tenth of a toy's embedding matrix.
METHOD = {"method": "byte-words", "generator": "g", "budget": 10.0}


def job_of(world: Planted, root: Path, output: Path, **changed) -> Transfer:
    method = check_method(METHOD, "test")
    job = Transfer(
        source_model=world.root / "model", target_tokenizer=root / "tokenizer", method=method,
        output=output, seed=3, corpora=[root / "text"], generator=root / "byte2word",
    )  # fmt: skip
    return replace(job, **changed)


def test_the_whole_way(world_of_letters: Planted, root: Path, tmp_path: Path, caplog) -> None:
    with caplog.at_level("INFO"):
        report = transfer(job_of(world_of_letters, root, tmp_path / "model"))
    assert verify(tmp_path / "model", "model").settings["method"] == "byte-words"
    # A space is a byte, too, so 11 of 12 are left; the long word is in a fourth of the texts.
    assert report["words"] == {"read": 70, "cut": 5, "longest": 11}
    assert "5 of 70 words are longer than 11 bytes and are cut into several" in caplog.text
    assert "% of the source's embedding matrix" in caplog.text
    stored = json.loads((tmp_path / "model" / "initialization.json").read_text("utf-8"))
    assert stored["parameters"]["byte_path"] < 10 * stored["parameters"]["source_embedding"]
    made = load_model(tmp_path / "model")
    source = load_model(world_of_letters.root / "model")
    path = made.get_input_embeddings()
    assert path.specials.weight.shape == (5, WIDTH)
    for name, parameter in source.named_parameters():
        if "encoder.layer" in name:
            assert torch.equal(made.get_parameter(name), parameter), name
    encode_corpus(tmp_path / "model", root / "text", tmp_path / "tokens" / "text")
    recipe = {"steps": 6, "sequence_length": 16, "batch_size": 4, "learning_rate": 1e-2}
    job = Job(
        Pretraining(**recipe, masking={"whole_words": True}), tmp_path / "model",
        {"text": tmp_path / "tokens" / "text"}, tmp_path / "state", tmp_path / "trained", 1,
        corpora={"text": root / "text"},
    )  # fmt: skip
    with pytest.raises(ConfigError, match=r"write masking: \{whole_words: true\}"):
        pretrain(replace(job, recipe=Pretraining(**recipe)))
    pretrain(job)
    lines = (tmp_path / "trained" / "metrics.jsonl").read_text("utf-8").splitlines()
    losses = [row["loss"] for row in map(json.loads, lines) if "loss" in row]
    assert losses[-1] < losses[0]
    loaded = AutoModelForMaskedLM.from_pretrained(tmp_path / "trained").eval()
    tokens = AutoTokenizer.from_pretrained(tmp_path / "trained")(
        "mto na bahari", return_tensors="pt"
    )
    again = load_model(tmp_path / "trained")
    assert torch.equal(loaded(**tokens).logits, again(**tokens).logits)
    with pytest.raises(InputError, match="has no rows that a vocabulary could be made of"):
        transfer(
            job_of(world_of_letters, root, tmp_path / "twice", source_model=tmp_path / "trained")
        )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"generator": None}, "needs a trained generator"),
        ({"generator": "hypernetwork"}, "generator of the kind byte2word, not hypernetwork"),
        ({"target_tokenizer": "tokenizer"}, "needs a tokenizer with algorithm: byte-words"),
        ({"source_model": "other-model"}, "another source model"),
    ],
)
def test_bad_input(world_of_letters: Planted, root: Path, tmp_path: Path, change, said) -> None:
    places = {"hypernetwork": root, "tokenizer": world_of_letters.root}
    places["other-model"] = world_of_letters.root
    given = {key: name and places[name] / name for key, name in change.items()}
    with pytest.raises((ConfigError, InputError), match=said):
        transfer(job_of(world_of_letters, root, tmp_path / "out", **given))
    assert not (tmp_path / "out").exists()


def test_the_budget_is_held(world_of_letters, root, tmp_path) -> None:
    method = check_method({"method": "byte-words", "generator": "g"}, "test")
    with pytest.raises(InputError, match=r"more than 10% of the source's .* raise `budget`"):
        transfer(job_of(world_of_letters, root, tmp_path / "out", method=method))
    assert not (tmp_path / "out").exists()


def test_options_without_effect_are_refused() -> None:
    for option in ({"width": 4}, {"pad_to_multiple_of": 8}, {"calibration_tokens": 5}):
        with pytest.raises(ConfigError, match="would have no effect with method: byte-words"):
            check_method({"method": "byte-words", "generator": "g", **option}, "test")
