"""From folders to a folder, as scripts/initialize_embeddings.py does it by hand."""

import dataclasses
import gzip
import json
import math
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from transformers import (
    AutoModelForMaskedLM,
    AutoTokenizer,
    BertConfig,
    BertForMaskedLM,
    GPT2Config,
)

from lingraft.artifacts import ModelFacts, new_artifact, opened, verify
from lingraft.corpus.documents import Document, write_lines
from lingraft.errors import ConfigError, InputError
from lingraft.initialization.methods import check_method
from lingraft.initialization.stage import Transfer, fit_tokenizer, transfer
from lingraft.initialization.weights import Provenance
from lingraft.vectors.alignment import Alignment
from lingraft.vectors.vectorset import VectorSet

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


def job_of(folders, output, method="wechsel", **options):
    return Transfer(
        source_model=folders / "model",
        target_tokenizer=folders / "tokenizer",
        source_vectors=folders / "source.vec",
        target_vectors=[folders / "target.vec.gz"],
        dictionary=folders / "dictionary.txt",
        method=check_method({"method": method, **options}, "settings"),
        output=output,
        seed=7,
    )


@pytest.mark.parametrize("method", ["trans-tokenization", "mixture"])
def test_counts_that_are_kept_change_no_bit(folders, toy, tmp_path, method, caplog):
    """What is there, what is not, and what is damaged: other seeds and methods find the counts."""
    languages = toy.languages(0)
    pairs = zip(languages.source_texts, languages.target_texts, strict=True)
    text = tmp_path / "parallel.tsv"
    text.write_text("".join(f"{source}\t{target}\n" for source, target in pairs), "utf-8")
    kept = tmp_path / "kept"

    def written(name, **changes):
        job = job_of(folders, tmp_path / name, method)
        transfer(dataclasses.replace(job, parallel=[text], **changes))
        files = ("model.safetensors", "initialization.json")
        return [(tmp_path / name / file).read_bytes() for file in files]

    expected = written("alone")
    assert written("first", kept=kept) == expected
    files = sorted(kept.iterdir())
    changed = [path.stat().st_mtime_ns for path in files]
    assert files and written("second", kept=kept) == expected
    written("other seed", kept=kept, seed=8)
    assert sorted(kept.iterdir()) == files
    assert [path.stat().st_mtime_ns for path in files] == changed  # nothing is made again
    for path in files:
        path.write_bytes(path.read_bytes()[:-1])
    caplog.clear()
    assert written("damaged", kept=kept) == expected
    assert sum("made again" in line for line in caplog.messages) == len(files)
    assert sorted(kept.iterdir()) == files


def test_writes_a_model_with_its_account(folders, tmp_path):
    report = transfer(job_of(folders, tmp_path / "out", auxiliary="word", neighbors=3))
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
    example = next(e for e in report["examples"] if e["provenance"] == "combined")
    assert sum(weight for _, weight in example["neighbors"]) == pytest.approx(1, abs=1e-3)
    with np.load(tmp_path / "out" / "weights.npz", allow_pickle=False) as arrays:
        assert arrays["shape"][0] == len(tokenizer)
        counts = np.bincount(arrays["provenance"], minlength=len(Provenance))
    assert counts.tolist() == list(report["rows"].values())


def test_a_dictionary_alone_gives_rows(folders, tmp_path):
    report = transfer(job_of(folders, tmp_path / "out", "trans-tokenization", recurrent=True))
    lines = (folders / "dictionary.txt").read_text("utf-8").splitlines()
    assert report["recurrent"]["dictionary_pairs"] == len(set(lines))
    assert report["rows"]["combined"] >= sum(report["recurrent"]["mapped_in_rounds"]) > 20


@pytest.mark.parametrize(
    ("types", "names", "kept"),
    [
        (2, ["input_ids", "token_type_ids", "attention_mask"], True),
        (1, ["input_ids", "token_type_ids", "attention_mask"], False),
        (0, ["input_ids", "token_type_ids", "attention_mask"], False),
        (2, ["input_ids", "attention_mask"], False),
        (None, ["input_ids", "token_type_ids", "attention_mask"], False),
    ],
)
def test_token_types_are_sent_where_the_source_had_them(toy, types, names, kept):
    target, source = (
        SimpleNamespace(model_max_length=size, model_input_names=[*some])
        for size, some in ((9, ["input_ids", "token_type_ids", "attention_mask"]), (30, names))
    )
    config = GPT2Config() if types is None else BertConfig(type_vocab_size=types)
    fit_tokenizer(target, source, config)
    assert target.model_max_length == 30
    assert ("token_type_ids" in target.model_input_names) is kept


def test_all_methods_show_the_same_tokens(folders, tmp_path):
    """They follow from the vocabulary, so that the report can set them side by side."""
    methods = {"wechsel": {"auxiliary": "word"}, "random": {}}
    tokens = []
    for name, options in methods.items():
        report = transfer(job_of(folders, tmp_path / name, name, **options))
        tokens.append([example["token"] for example in report["examples"]])
    assert tokens[0] == tokens[1]
    assert len(set(tokens[0])) == len(tokens[0]) > 20


def test_a_factorized_model_is_written_and_loaded(folders, tmp_path):
    report = transfer(job_of(folders, tmp_path / "out", auxiliary="word", width=4))
    assert report["width"] == 4
    model = AutoModelForMaskedLM.from_pretrained(tmp_path / "out")
    assert type(model).__name__ == "FactorizedBertForMaskedLM"
    assert model.get_input_embeddings().coordinates.weight.shape[1] == 4


def test_the_same_call_writes_the_same_bytes(folders, tmp_path):
    for name in ("one", "two"):
        transfer(job_of(folders, tmp_path / name, auxiliary="word"))
    assert verify(tmp_path / "one").digest == verify(tmp_path / "two").digest


def test_a_folder_of_others_stays_as_it_is(folders, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ConfigError, match="not of an earlier result"):
        transfer(job_of(folders, tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("wechsle", {}, "settings: method 'wechsle' is unknown; did you mean 'wechsel'"),
        (None, {}, "settings: method None is unknown; known: align, byte-words, clp"),
        ("wechsel", {"neighbours": 3}, "settings: neighbours is not a key here; did you mean 'ne"),
        ("wechsel", {"neighbors": 0}, "settings: neighbors: Input should be greater than 0"),
        ("wechsel", {"temperature": math.inf}, "temperature: Input should be a finite number"),
        ("fvt", {"bias_scale": math.nan}, "bias_scale: Input should be a finite number"),
        ("wechsel", {"mode": "reference", "fill": "mean"}, "fill cannot be set with mode: refe"),
        ("mixture", {"mode": "reference"}, "mode: Input should be 'default'"),
        (
            "mixture",
            {"components": [{"part": {"method": "fvt", "fill": "mean", "rescale": "mean"}}]},
            "set fill, rescale for the mixture, not for fvt",
        ),
    ],
)
def test_wrong_settings(method, options, message):
    with pytest.raises(ConfigError, match=message):
        check_method({"method": method, **options}, "settings")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["neighbors"], "expects key=value, got 'neighbors'"),
        (["neighbors=[1"], r"'neighbors=\[1': the value is not valid YAML"),
        (["neighbors=2", "mode=a: b: c"], "the value is not valid YAML"),
    ],
)
def test_options_that_are_not_key_and_value(words, message):
    read_options = runpy.run_path(str(SCRIPT))["read_options"]
    with pytest.raises(ConfigError, match=message):
        read_options(words)


def edited(folders, tmp_path, name, change):
    """A copy of an evidence file after a change of its lines."""
    lines = (folders / name).read_text("utf-8").splitlines()
    (tmp_path / name).write_text("\n".join([*change(lines), ""]), "utf-8")
    return tmp_path / name


ODD_VECTORS = {
    "empty": (lambda lines: [], "source.vec is empty"),
    "broken header": (lambda lines: ["no header", *lines[1:]], "source.vec line 1 is neither"),
    "cut": (lambda lines: lines[:-3], "source.vec line 1 promises"),
    "a number missing": (lambda lines: [*lines[:4], lines[4][:-7], *lines[5:]], "line 5 has not 6"),
    "NaN": (lambda lines: [*lines[:4], "word nan 1 1 1 1 1", *lines[5:]], "line 5 .* has NaN"),
    "another language": (lambda lines: ["1 6", "ξένος 1 1 1 1 1 1"], "shares no word pair"),
    "duplicates": (lambda lines: [*lines[:-1], lines[1]], None),
    "words with spaces": (lambda lines: [*lines[:-1], "ok radio 1 1 1 1 1 1"], None),
}
ODD_DICTIONARIES = {
    "one column": (lambda lines: ["word"], r"dictionary\.txt line 1 has 1 columns"),
    "empty": (lambda lines: [], r"dictionary\.txt: .* shares no word pair"),
    "strange words": (lambda lines: ["ξ\tψ"], r"dictionary\.txt: .* shares no word pair"),
    "twice the same": (lambda lines: lines * 2, None),
}


def check_odd(job, tmp_path, message):
    """One clear line and nothing written, or a model without bad rows whose fill is counted."""
    if message is not None:
        with pytest.raises(InputError, match=message):
            transfer(job)
        assert not (tmp_path / "out").exists()
        return
    report = transfer(job)
    model = AutoModelForMaskedLM.from_pretrained(tmp_path / "out")
    rows = model.get_input_embeddings().weight
    assert torch.isfinite(rows).all()
    assert (~rows.any(dim=1)).nonzero().tolist() == [[model.config.pad_token_id]]  # as the source's
    assert len(report["filled"]) == min(20, report["rows"]["fill"])


@pytest.mark.parametrize("name", ODD_VECTORS)
def test_odd_vectors(folders, tmp_path, name):
    change, message = ODD_VECTORS[name]
    job = job_of(folders, tmp_path / "out", auxiliary="word")
    source = edited(folders, tmp_path, "source.vec", change)
    check_odd(dataclasses.replace(job, source_vectors=source), tmp_path, message)


@pytest.mark.parametrize("name", ODD_DICTIONARIES)
def test_odd_dictionaries(folders, tmp_path, name):
    change, message = ODD_DICTIONARIES[name]
    job = job_of(folders, tmp_path / "out", auxiliary="word")
    dictionary = edited(folders, tmp_path, "dictionary.txt", change)
    check_odd(dataclasses.replace(job, dictionary=dictionary), tmp_path, message)


def test_a_tokenizer_without_a_decoder(folders, tmp_path):
    shutil.copytree(folders / "tokenizer", tmp_path / "tokenizer")
    path = tmp_path / "tokenizer" / "tokenizer.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"decoder": None}), "utf-8")
    job = job_of(folders, tmp_path / "out", auxiliary="word")
    report = transfer(dataclasses.replace(job, target_tokenizer=tmp_path / "tokenizer"))
    assert report["rows"] == transfer(job_of(folders, tmp_path / "2", auxiliary="word"))["rows"]


def test_a_random_head_is_refused(folders, tmp_path):
    facts = ModelFacts(drawn=["cls.predictions.bias"])
    with new_artifact(tmp_path / "model", "model", facts=facts) as staging:
        shutil.copytree(folders / "model", staging, dirs_exist_ok=True)
    job = dataclasses.replace(job_of(folders, tmp_path / "out"), source_model=tmp_path / "model")
    with pytest.raises(InputError, match=r"model came without a .* head, .* give this model `head"):
        transfer(job)


def test_a_donor_with_nan(folders, tmp_path):
    shutil.copytree(folders / "model", tmp_path / "donor")
    donor = AutoModelForMaskedLM.from_pretrained(tmp_path / "donor")
    donor.get_input_embeddings().weight.data[3, 3] = torch.nan
    donor.save_pretrained(tmp_path / "donor")
    job = job_of(folders, tmp_path / "out", method="clp")
    job = dataclasses.replace(job, donor=tmp_path / "donor")
    check_odd(job, tmp_path, "donor: .* NaN")


def test_ofa_takes_vectors_that_name_no_language(folders, tmp_path):
    alignment = Alignment(np.eye(6), np.eye(6), np.zeros(6), np.zeros(6))
    (tmp_path / "alignment").mkdir()
    alignment.save(tmp_path / "alignment")
    job = job_of(folders, tmp_path / "out", method="ofa")
    job = dataclasses.replace(job, alignments=[tmp_path / "alignment"], dictionary=None)
    report = transfer(job)
    assert report["rows"]["combined"] > 20


def test_vectors_are_compared_with_the_text_that_is_learned(folders, tmp_path):
    words = VectorSet.load(folders / "target.vec.gz")
    text = [Document(str(i), " ".join(words.words)) for i in range(20)]
    with new_artifact(tmp_path / "swahili", "corpus", facts={"language": "swh_Latn"}) as staging:
        write_lines(staging / "train.jsonl.zst", text)
    with new_artifact(tmp_path / "learned", "vectors") as staging:
        dataclasses.replace(words, language="swh_Latn").save(staging)
    job = job_of(folders, tmp_path / "out", calibration_tokens=0)
    changes = {"target_vectors": [tmp_path / "learned"], "corpora": [tmp_path / "swahili"]}
    [found] = transfer(dataclasses.replace(job, **changes))["domains"]
    assert (found["vectors"], found["corpora"]) == ("learned", ("swahili",))
    assert found["known"] == 1
    assert "domains" not in transfer(job_of(folders, tmp_path / "without"))


def test_kept_distances_follow_the_languages_of_the_text(folders, tmp_path):
    """The same text under another language is text of other vectors, or of none."""
    words = VectorSet.load(folders / "target.vec.gz")
    with new_artifact(tmp_path / "learned", "vectors") as staging:
        dataclasses.replace(words, language="swh_Latn").save(staging)

    def distances(language):
        corpus = tmp_path / language / "text"
        with new_artifact(corpus, "corpus", facts={"language": language}) as staging:
            write_lines(staging / "train.jsonl.zst", [Document("1", " ".join(words.words))])
        job = job_of(folders, tmp_path / f"out-{language}", calibration_tokens=0)
        changes = {"target_vectors": [tmp_path / "learned"], "corpora": [corpus]}
        return transfer(dataclasses.replace(job, **changes, kept=tmp_path / "kept")).get("domains")

    assert distances("kin_Latn") is None
    assert [found["vectors"] for found in distances("swh_Latn")] == ["learned"]


def test_an_alignment_of_other_vectors_is_refused(folders, tmp_path):
    for side, name in (("source", "source.vec"), ("target", "target.vec.gz")):
        with new_artifact(tmp_path / side, "vectors") as staging:
            VectorSet.load(folders / name).save(staging)
    sides = opened({side: tmp_path / side for side in ("source", "target")})
    with new_artifact(tmp_path / "alignment", "alignment", inputs=sides) as staging:
        Alignment(np.eye(6), np.eye(6), np.zeros(6), np.zeros(6)).save(staging)
    job = job_of(folders, tmp_path / "out", method="wechsel")

    def run(source: str, target: str) -> None:
        changes = {"source_vectors": tmp_path / source, "target_vectors": [tmp_path / target]}
        alignments = [tmp_path / "alignment"]
        transfer(dataclasses.replace(job, alignments=alignments, dictionary=None, **changes))

    run("source", "target")
    for wrong in (("target", "target"), ("source", "source")):
        with pytest.raises(InputError, match=r"not made for the (source|target) vectors"):
            run(*wrong)


def by_hand(folders, tmp_path, *words):
    command = [
        sys.executable, str(SCRIPT), "--source-model", folders / "model",
        "--target-tokenizer", folders / "tokenizer", "--method", "wechsel",
        "--source-vectors", folders / "source.vec", "--target-vectors", folders / "target.vec.gz",
        "--dictionary", folders / "dictionary.txt", "--output", tmp_path / "out", *words,
    ]  # fmt: skip
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


@pytest.mark.slow
def test_the_program_by_hand(folders, tmp_path):
    words = ("--settings", "{temperature: 1, neighbors: 2}", "--set", "auxiliary=word", "width=4")
    done = by_hand(folders, tmp_path, *words, "--set=temperature=0.5")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out" / "initialization.json").read_text("utf-8"))
    assert {"neighbors": 2, "temperature": 0.5, "width": 4}.items() <= report["options"].items()
