"""From folders to a folder, as scripts/initialize_embeddings.py does it by hand."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer, BertConfig, BertForMaskedLM

from lingraft.artifacts import verify
from lingraft.errors import ConfigError, InputError
from lingraft.initialization.transfer import EvidencePaths, Transfer, read_method, transfer
from lingraft.initialization.weights import Provenance

SCRIPT = Path(__file__).parents[3] / "scripts" / "initialize_embeddings.py"


def save_vec(path, words, seed):
    vectors = np.random.default_rng(seed).normal(size=(len(words), 6))
    lines = [f"{len(words)} 6"]
    lines += [
        f"{w} " + " ".join(f"{x:.4f}" for x in v) for w, v in zip(words, vectors, strict=True)
    ]
    text = "\n".join(lines) + "\n"
    if path.suffix == ".gz":
        with gzip.open(path, "wt", encoding="utf-8") as stream:
            stream.write(text)
    else:
        path.write_text(text, "utf-8")
    return path


@pytest.fixture(scope="module")
def folders(toy, tmp_path_factory):
    root = tmp_path_factory.mktemp("transfer")
    world = toy.world(0, "wordpiece", "metaspace")
    languages = toy.languages(0)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(world.source), hidden_size=16, num_hidden_layers=1, num_attention_heads=1,
        intermediate_size=16, max_position_embeddings=16,
    )  # fmt: skip
    BertForMaskedLM(config).save_pretrained(root / "model")
    world.source.tokenizer.save_pretrained(root / "model")
    world.target.tokenizer.save_pretrained(root / "tokenizer")
    save_vec(root / "source.vec", languages.source_words, 0)
    save_vec(root / "target.vec.gz", languages.target_words, 1)
    pairs = zip(languages.source_words, languages.target_words, strict=False)
    (root / "dictionary.txt").write_text("".join(f"{a}\t{b}\n" for a, b in pairs), "utf-8")
    return root


def job_of(folders, output, *options, method="wechsel"):
    evidence = EvidencePaths(
        source_vectors=folders / "source.vec",
        target_vectors=[folders / "target.vec.gz"],
        dictionary=folders / "dictionary.txt",
    )
    settings = read_method(method, None, options)
    return Transfer(folders / "model", folders / "tokenizer", settings, output, evidence, 7)


def test_writes_a_model_with_its_account(folders, tmp_path):
    report = transfer(job_of(folders, tmp_path / "out", "auxiliary=word", "neighbors=3"))
    manifest = verify(tmp_path / "out", "model")
    assert manifest.settings == {
        "method": "wechsel", "auxiliary": "word", "neighbors": 3, "seed": 7,
    }  # fmt: skip
    model = AutoModelForMaskedLM.from_pretrained(tmp_path / "out")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert len(tokenizer) == model.config.vocab_size
    assert json.loads((tmp_path / "out" / "initialization.json").read_text("utf-8")) == report
    assert sum(report["rows"].values()) == len(tokenizer)
    assert report["rows"]["combined"] > 20
    assert 0 < report["coverage"] <= 1
    assert 1 < report["support_mean"] <= 3
    assert report["bias_policy"] == "zero"
    example = report["examples"][0]
    assert len(report["examples"]) == 10
    assert sum(weight for _, weight in example["neighbors"]) == pytest.approx(1, abs=1e-3)
    with np.load(tmp_path / "out" / "weights.npz", allow_pickle=False) as arrays:
        assert arrays["shape"][0] == len(tokenizer)
        counts = np.bincount(arrays["provenance"], minlength=len(Provenance))
    assert counts.tolist() == list(report["rows"].values())


def test_a_factorized_model_is_written_and_loaded(folders, tmp_path):
    report = transfer(job_of(folders, tmp_path / "out", "auxiliary=word", "width=4"))
    assert report["width"] == 4
    model = AutoModelForMaskedLM.from_pretrained(tmp_path / "out")
    assert type(model).__name__ == "FactorizedBertForMaskedLM"
    assert model.get_input_embeddings().coordinates.weight.shape[1] == 4


def test_the_same_call_writes_the_same_bytes(folders, tmp_path):
    for name in ("one", "two"):
        transfer(job_of(folders, tmp_path / name, "auxiliary=word"))
    assert verify(tmp_path / "one").digest == verify(tmp_path / "two").digest


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("wechsle", [], "--method must be one of"),
        (None, [], "--method must be one of"),
        ("wechsel", ["neighbours=3"], "wechsel: neighbours: Extra inputs"),
        ("wechsel", ["neighbors=0"], "wechsel: neighbors: Input should be greater than 0"),
        ("wechsel", ["neighbors"], "--set expects key=value"),
    ],
)
def test_wrong_settings(method, options, message):
    with pytest.raises(ConfigError, match=message):
        read_method(method, None, options)


def test_a_broken_header_and_an_empty_file(folders, tmp_path):
    for name, content in (("broken.vec", "no header\nword 1 2\n"), ("empty.vec", "")):
        path = tmp_path / name
        path.write_text(content, "utf-8")
        job = job_of(folders, tmp_path / "out")
        evidence = EvidencePaths(source_vectors=path, target_vectors=[folders / "target.vec.gz"])
        with pytest.raises(InputError, match=name):
            transfer(
                Transfer(job.source_model, job.target_tokenizer, job.settings, job.output, evidence)
            )
    assert not (tmp_path / "out").exists()


def test_a_dictionary_with_one_column(folders, tmp_path):
    (tmp_path / "one.txt").write_text("word\n", "utf-8")
    job = job_of(folders, tmp_path / "out")
    evidence = EvidencePaths(
        folders / "source.vec", [folders / "target.vec.gz"], dictionary=tmp_path / "one.txt"
    )
    with pytest.raises(InputError, match=r"one\.txt line 1 has 1 columns"):
        transfer(
            Transfer(job.source_model, job.target_tokenizer, job.settings, job.output, evidence)
        )


@pytest.mark.slow
def test_the_program_by_hand(folders, tmp_path):
    command = [
        sys.executable, str(SCRIPT), "--source-model", folders / "model",
        "--target-tokenizer", folders / "tokenizer", "--method", "wechsel",
        "--set", "auxiliary=word", "neighbors=2", "--set", "temperature=0.5",
        "--source-vectors", folders / "source.vec", "--target-vectors", folders / "target.vec.gz",
        "--dictionary", folders / "dictionary.txt", "--output", tmp_path / "out",
    ]  # fmt: skip
    subprocess.run([str(part) for part in command], check=True, capture_output=True)
    report = json.loads((tmp_path / "out" / "initialization.json").read_text("utf-8"))
    assert report["options"]["neighbors"] == 2
    assert report["options"]["temperature"] == 0.5
