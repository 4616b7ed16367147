"""Tokenizers load from disk alone, with all their roles, or are refused in one line."""

import contextlib
import json
from pathlib import Path

import pytest

from lingraft.artifacts import verify
from lingraft.errors import InputError
from lingraft.tokenizers.loading import load_tokenizer


@pytest.mark.parametrize(
    ("algorithm", "roles"),
    [
        ("unigram", "<s> </s> <s> </s> <unk> <pad> <mask>"),
        ("bpe", "<s> </s> <s> </s> <unk> <pad> <mask>"),
        ("wordpiece", "None None [CLS] [SEP] [UNK] [PAD] [MASK]"),
    ],
)
def test_all_roles_are_set(trained: dict[str, Path], algorithm: str, roles: str) -> None:
    tokenizer = load_tokenizer(trained[algorithm])
    names = ("bos", "eos", "cls", "sep", "unk", "pad", "mask")
    assert [str(getattr(tokenizer, f"{name}_token")) for name in names] == roles.split()
    assert tokenizer.is_fast
    batch = tokenizer(["Leo asubuhi", "Leo"], padding=True)
    assert [len(row) for row in batch["input_ids"]] == [len(batch["input_ids"][0])] * 2
    assert batch["input_ids"][1][-1] == tokenizer.pad_token_id
    pair = tokenizer("Leo", "Jioni")["input_ids"]
    assert pair.count(tokenizer.sep_token_id) == (2 if algorithm == "wordpiece" else 3)
    assert tokenizer.mask_token_id in tokenizer(f"Leo {tokenizer.mask_token}.")["input_ids"]


def test_the_artifact_tells_what_it_is(trained: dict[str, Path]) -> None:
    manifest = verify(trained["bpe"], "tokenizer")
    facts = {"languages": ["swh_Latn"], "vocabulary_size": 400, "licenses": {"tiny": None}}
    assert manifest.facts.as_json() == facts
    assert list(manifest.inputs) == ["swahili"]
    metrics = json.loads((trained["bpe"] / "metrics.json").read_text())
    assert metrics["vocabulary"]["asked_for"] == 400
    assert 1 <= metrics["held_out"]["swahili"]["fertility"] < 3
    assert metrics["held_out"]["swahili"]["round_trip"] == 1.0


def test_a_missing_tokenizer_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no tokenizer\.json"):
        load_tokenizer(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "{}", '{"model": {"type": "Unknown"}}'])
def test_a_damaged_tokenizer_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(InputError, match=f"the tokenizer in {tmp_path} cannot be read"):
        load_tokenizer(tmp_path)


def test_code_beside_the_tokenizer_is_not_run(trained: dict[str, Path], tmp_path: Path) -> None:
    for path in trained["bpe"].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass T: pass\n")
    config = json.loads((tmp_path / "tokenizer_config.json").read_text())
    config["auto_map"] = {"AutoTokenizer": ["evil.T", "evil.T"]}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    with contextlib.suppress(InputError):
        load_tokenizer(tmp_path)
    assert not (tmp_path / "ran").exists()
