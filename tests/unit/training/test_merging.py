"""A chat model learns a language and takes back of itself what makes it chat: the whole way."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.tokenizers_of_kinds import tokenizer_of
from tokenizers import AddedToken
from torch import Tensor
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GenerationConfig,
    LlamaConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
)

from lingraft.artifacts import CorpusFacts, new_artifact, open_artifact
from lingraft.artifacts import ModelFacts as Facts
from lingraft.config.pretraining import Pretraining
from lingraft.config.tokenizers import ExtendedTokenizer
from lingraft.config.tokenizers import Tokenizer as TrainedTokenizer
from lingraft.corpus.documents import Document, write_lines
from lingraft.errors import ConfigError, InputError
from lingraft.initialization.methods import check_method
from lingraft.initialization.stage import Transfer, transfer
from lingraft.models.factorized import factorize_model
from lingraft.models.loading import load_model
from lingraft.models.settings import Model
from lingraft.models.stage import convert_model, export_model
from lingraft.tokenizers.derived import derive_tokenizer
from lingraft.tokenizers.stage import encode_corpus, make_tokenizer
from lingraft.training.job import Job, check_inputs
from lingraft.training.merging import source_of
from lingraft.training.stage import pretrain

TEXTS = [
    "the boat went home in the evening", "a friend reads books in the evening",
    "the friend of the boat is a book", "seven books and nine boats went home",
]  # fmt: skip
NEW = ["watoto wanasoma vitabu vya watoto", "vitabu vya watoto wa jioni"] * 12
CHAT = {"user": "<|im_start|>", "end": "<|im_end|>", "think": "<think>"}
TEMPLATE = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n<think>' }}{% endif %}"
)
MESSAGES = [{"role": "user", "content": "read the book"}]
RATES = {0: 0.3, 1: 0.5, -2: 0.5, -1: 0.3}
SETTINGS: dict[str, Any] = {
    "objective": "causal", "steps": 3, "sequence_length": 16, "batch_size": 4,
    "learning_rate": 1e-2, "layers": [0, 1, -2, -1], "evaluate_every": 3,
}  # fmt: skip


def llama(tied: bool, rows: int) -> Any:
    config = LlamaConfig(
        vocab_size=rows, hidden_size=16, intermediate_size=24, num_hidden_layers=5,
        num_attention_heads=2, max_position_embeddings=64, tie_word_embeddings=tied,
        bos_token_id=None, eos_token_id=None, pad_token_id=None,
    )  # fmt: skip
    model = AutoModelForCausalLM.from_config(config)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return model


@pytest.fixture(scope="module", params=["tied", "untied"])
def chat(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chat model in several files and with more rows than tokens, as it is downloaded, and text;
    then converted, extended, initialized, and the text encoded."""
    root = tmp_path_factory.mktemp(request.param)
    backend = tokenizer_of("specials-behind", TEXTS)
    backend.add_special_tokens([AddedToken(CHAT["user"]), AddedToken(CHAT["end"])])
    backend.add_tokens([AddedToken(CHAT["think"], normalized=False)])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, eos_token=CHAT["end"], bos_token="<|endoftext|>",
        pad_token="<|endoftext|>", chat_template=TEMPLATE, model_max_length=64,
    )  # fmt: skip
    torch.manual_seed(1)
    model = llama(request.param == "tied", len(tokenizer) + 3)
    model.generation_config = GenerationConfig(
        eos_token_id=tokenizer.eos_token_id, do_sample=True, temperature=0.6, top_p=0.9
    )
    with new_artifact(root / "download", "download") as staging:
        model.save_pretrained(staging / "files", max_shard_size="6KB")
        tokenizer.save_pretrained(staging / "files")
        assert len(list((staging / "files").glob("*.safetensors"))) > 1
    convert_model(Model(source="x"), {"x": root / "download"}, root / "source")
    facts = CorpusFacts(language="swh_Latn", splits={"train": {"bytes": len("".join(NEW))}})
    with new_artifact(root / "text", "corpus", facts=facts) as staging:
        documents = [Document(str(n), text) for n, text in enumerate(NEW)]
        write_lines(staging / "train.jsonl.zst", documents[:-4])
        write_lines(staging / "valid.jsonl.zst", documents[-4:])
    extended = ExtendedTokenizer(algorithm="extend", model="x", corpora=("text",), added=9)
    derive_tokenizer(extended, root / "source", [root / "text"], root / "tokenizer")
    initialize(root, root / "tokenizer", root / "model", "fvt")
    encode_corpus(root / "model", root / "text", root / "tokens" / "text")
    return root


def initialize(root: Path, tokenizer: Path, output: Path, method: str) -> None:
    settings = {"method": method, "extends_source": method == "fvt"}
    transfer(
        Transfer(
            source_model=root / "source", target_tokenizer=tokenizer, output=output,
            method=check_method(settings, "test"), corpora=[root / "text"],
        )
    )  # fmt: skip


def job_of(root: Path, name: str, merge: Any = None, **changed: Any) -> Job:
    recipe = Pretraining(**SETTINGS, merge=merge)
    job = Job(
        recipe, root / "model", {"text": root / "tokens" / "text"}, root / "state",
        root / name, corpora={"text": root / "text"},
        source=None if merge is None else root / "source", seed=1,
    )  # fmt: skip
    return replace(job, **changed)


def state(folder: Path) -> dict[str, Tensor]:
    return dict(load_model(folder).state_dict())


def same(one: Tensor, other: Tensor) -> bool:
    return torch.equal(one.view(torch.int32), other.view(torch.int32))


def rows(folder: Path, tokens: list[str]) -> list[Tensor]:
    """The rows of tokens in the embeddings and in the head."""
    model, tokenizer = load_model(folder), AutoTokenizer.from_pretrained(folder)
    ids = tokenizer.convert_tokens_to_ids(tokens)
    tables = (model.get_input_embeddings(), model.get_output_embeddings())
    return [table.weight[ids] for table in tables]  # type: ignore[union-attr]


def test_the_whole_way_of_a_chat_model(chat: Path, caplog: pytest.LogCaptureFixture) -> None:
    pretrain(job_of(chat, "trained"))
    with caplog.at_level("INFO"):
        pretrain(job_of(chat, "merged", {}))
    assert "trained 3 steps" in caplog.text
    assert "held-out" not in caplog.text  # nothing was trained again
    assert "lack" not in caplog.text and "not in the vocabulary" not in caplog.text
    trained, merged, source = (state(chat / name) for name in ("trained", "merged", "source"))
    layers = {f"layers.{n}." for n in (0, 1, 3, 4)}
    moved = {name for name in trained if not same(trained[name], merged[name])}
    assert {name for name in trained if any(part in name for part in layers)} <= moved
    assert all("layers.2." not in name and name != "model.norm.weight" for name in moved)
    for name in moved:
        if "layers" in name:  # each number lies on the way, but for the arc's bend
            assert (merged[name] - source[name]).norm() < (trained[name] - source[name]).norm()
    fixed = ["<|endoftext|>", *CHAT.values()]
    others = sorted(set(AutoTokenizer.from_pretrained(chat / "merged").get_vocab()) - set(fixed))
    for tokens, name in ((fixed, "source"), (others, "trained")):
        pairs = zip(rows(chat / "merged", tokens), rows(chat / name, tokens), strict=True)
        assert all(same(found, wanted) for found, wanted in pairs)
    export_model(chat / "merged", chat / "exported")
    assert all(same(tensor, merged[name]) for name, tensor in state(chat / "exported").items())
    before, after = (AutoTokenizer.from_pretrained(chat / f) for f in ("source", "exported"))
    assert len(after) > len(before)
    assert after.chat_template == TEMPLATE
    assert after.special_tokens_map == before.special_tokens_map
    said = [
        one.apply_chat_template(MESSAGES, add_generation_prompt=True)["input_ids"]
        for one in (before, after)
    ]
    assert said[0] == said[1]  # each mark is one token, and old text keeps its ids
    assert {after.convert_tokens_to_ids(mark) for mark in CHAT.values()} < set(said[1])
    for folder in ("merged", "exported"):
        settings = GenerationConfig.from_pretrained(chat / folder)
        assert (settings.temperature, settings.top_p, settings.do_sample) == (0.6, 0.9, True)
        assert settings.eos_token_id == before.eos_token_id


def test_the_record_says_what_was_taken_back(chat: Path) -> None:
    pretrain(job_of(chat, "recorded", {"layers": {-1: 1.0, 0: 0.0}, "special_tokens": False}))
    pretrain(job_of(chat, "trained"))
    found = json.loads((chat / "recorded" / "provenance.json").read_text())
    plain = json.loads((chat / "trained" / "provenance.json").read_text())
    merged = found.pop("merged")
    assert "merged" not in plain and found["fingerprint"] == plain["fingerprint"]
    artifact = open_artifact(chat / "recorded", Facts)
    assert merged["source"] == artifact.manifest.inputs["source"]
    assert merged["layers"] == {"-1": 1.0, "0": 0.0} and merged["tokens"] == []
    assert all(angle >= 0 for angle in merged["angles"].values())
    card = (chat / "recorded" / "README.md").read_text()
    assert "went back towards the source (SLERP): -1 by 1, 0 by 0.\n\nSettings" in card
    own, trained, source = (state(chat / name) for name in ("recorded", "trained", "source"))
    for name, tensor in own.items():
        assert same(tensor, (source if "layers.4." in name else trained)[name])


def test_a_replaced_vocabulary_names_what_vanished(
    chat: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = TrainedTokenizer(
        corpora=("text",), algorithm="bpe", vocabulary_size=300, special_tokens_style="gpt2"
    )
    make_tokenizer(settings, [chat / "text"], tmp_path / "other")
    initialize(chat, tmp_path / "other", tmp_path / "replaced", "mean")
    (told,) = [one for one in caplog.messages if "chat template" in one]
    assert all(mark in told for mark in CHAT.values())
    assert AutoTokenizer.from_pretrained(tmp_path / "replaced").chat_template is None
    caplog.clear()
    recipe = Pretraining(**SETTINGS, merge={})  # type: ignore[arg-type]
    found = source_of(recipe, tmp_path / "replaced", chat / "source")
    assert found is not None and found.tokens == ("<|endoftext|>",)
    assert "merge: 3 of the source's 4 special tokens are not in the vocabulary" in caplog.text
    assert "<|im_start|>, <|im_end|>, <think>" in caplog.text


def test_a_merge_changes_no_training(chat: Path) -> None:
    plain, merging = (check_inputs(job_of(chat, "x", merge)) for merge in (None, {}))
    assert plain.fingerprint == merging.fingerprint and plain.source is None
    assert set(merging.artifacts) - set(plain.artifacts) == {"source"}


def test_what_cannot_be_mixed_is_refused_before_training(chat: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"a recipe with `merge` needs the source model"):
        check_inputs(job_of(chat, "x", {}, source=None))
    with pytest.raises(ConfigError, match=r"`source=` has no effect: the recipe has no `merge`"):
        check_inputs(job_of(chat, "x", source=chat / "source"))
    with pytest.raises(ConfigError, match=r"merge: .* layers: 5 is not a layer of this model"):
        check_inputs(job_of(chat, "x", {"layers": {5: 0.1}}))
    with pytest.raises(ConfigError, match=r"layers: 0, -5 name a layer twice"):
        check_inputs(job_of(chat, "x", {"layers": {0: 0.1, -5: 0.1}}))
    config = Qwen2Config(vocab_size=9, hidden_size=16, num_hidden_layers=5, num_attention_heads=2)
    with new_artifact(tmp_path / "qwen", "model") as staging:
        config.save_pretrained(staging)
    with pytest.raises(ConfigError, match="one is a llama model, the other a qwen2 model"):
        check_inputs(job_of(chat, "x", {}, source=tmp_path / "qwen"))
    model = llama(True, 9)
    table_VD = model.get_input_embeddings().weight.detach().numpy()
    factorized = factorize_model(model, table_VD[:, :4], table_VD[:4])
    with new_artifact(tmp_path / "factorized", "model") as staging:
        factorized.config.save_pretrained(staging)
    with pytest.raises(ConfigError, match="factorized embeddings have no rows of their own"):
        check_inputs(job_of(chat, "x", {}, source=tmp_path / "factorized"))
    (tmp_path / "qwen" / "config.json").write_text("{}")
    with pytest.raises(InputError):
        check_inputs(job_of(chat, "x", {}, source=tmp_path / "qwen"))


def test_a_merge_that_is_not_one() -> None:
    for wrong in ({"layers": {}}, {"layers": {0: 1.5}}, {"layers": {"a": 0.5}}, {"with": "x"}):
        with pytest.raises(ValueError, match="merge"):
            Pretraining(steps=1, merge=wrong)  # type: ignore[arg-type]
    given = Pretraining(steps=1, merge={"layers": {-1: 0.5}})  # type: ignore[arg-type]
    assert given.of_model("causal").merge == given.merge
