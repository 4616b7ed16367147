"""Artifacts of tokenizers that are made from another one."""

import json
from pathlib import Path

import pytest
from transformers import BertConfig, BertForMaskedLM

from lingraft.artifacts import TokenizerFacts, new_artifact, open_artifact
from lingraft.config.checking import check_block
from lingraft.config.tokenizers import ExtendedTokenizer, KeptTokenizer, PrunedTokenizer
from lingraft.corpus.documents import read_documents
from lingraft.errors import ConfigError, InputError
from lingraft.initialization.methods import check_method
from lingraft.tokenizers.derived import derive_tokenizer
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.saving import write_tokenizer
from lingraft.tokenizers.separators import separator_id

TEMPLATE = "{% for m in messages %}<s>{{ m['role'] }}\n{{ m['content'] }}</s>{% endfor %}"


def extended(**options) -> ExtendedTokenizer:
    return check_block(
        ExtendedTokenizer, {"algorithm": "extend", "tokenizer": "base", **options}, "tokenizers.x"
    )


def pruned(**options) -> PrunedTokenizer:
    block = {"algorithm": "prune", "tokenizer": "base", "corpora": ["swahili"], **options}
    return check_block(PrunedTokenizer, block, "tokenizers.x")


def metrics_of(folder: Path):
    return json.loads((folder / "metrics.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def chat(trained, tmp_path_factory) -> Path:
    """A model with a tokenizer with a chat template: one of BPE, whose tables have 500 rows."""
    folder = tmp_path_factory.mktemp("chat") / "model"
    tokenizer = load_tokenizer(trained["bpe"])
    tokenizer.chat_template = TEMPLATE
    small = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = BertConfig(vocab_size=500, intermediate_size=8, **small)
    with new_artifact(folder, "model", settings={}, inputs={}) as staging:
        BertForMaskedLM(config).save_pretrained(staging)
        write_tokenizer(tokenizer, staging)
    return folder


@pytest.mark.parametrize("algorithm", ["unigram", "bpe", "wordpiece"])
def test_both_sides_are_measured(algorithm, trained, corpus, tmp_path) -> None:
    base = trained[algorithm]
    block = extended(corpora=["swahili"], added=15, minimum_frequency=1)
    derive_tokenizer(block, base, [corpus], tmp_path / "more")
    more, size = metrics_of(tmp_path / "more"), len(load_tokenizer(base))
    assert more["vocabulary"]["added"] == 15
    assert more["vocabulary"]["unreachable"] == more["vocabulary"]["unreachable_before"]
    assert more["held_out"]["before"] == metrics_of(base)["held_out"]
    sides = [more["held_out"][side]["swahili"] for side in ("before", "after")]
    assert sides[0]["bytes_per_token"] < sides[1]["bytes_per_token"]
    assert more["parameters"] == {"rows_before": size, "rows_after": size + 15}
    facts = open_artifact(tmp_path / "more", TokenizerFacts).facts
    assert (facts.vocabulary_size, facts.languages) == (size + 15, ["swh_Latn"])
    derive_tokenizer(pruned(minimum_count=30), tmp_path / "more", [corpus], tmp_path / "less")
    less = metrics_of(tmp_path / "less")
    assert less["vocabulary"]["kept"] == less["vocabulary"]["size"] < size + 15
    assert less["held_out"]["after"]["swahili"]["unknown"] == 0


def test_a_models_tokenizer_keeps_its_roles_and_its_template(chat, corpus, tmp_path) -> None:
    base = load_tokenizer(chat)
    blocks = extended(corpora=["swahili"], added=9, minimum_frequency=1), pruned(minimum_count=10)
    for number, block in enumerate(blocks):
        derive_tokenizer(block, chat, [corpus], tmp_path / str(number))
        tokenizer = load_tokenizer(tmp_path / str(number))
        assert tokenizer.chat_template == TEMPLATE
        assert tokenizer.special_tokens_map == base.special_tokens_map
        talk = [{"role": "user", "content": "leo"}]
        assert [
            tokenizer.apply_chat_template(talk, tokenize=False),
            tokenizer.tokenize("user\n"),
        ] == [base.apply_chat_template(talk, tokenize=False), base.tokenize("user\n")]
    weights = metrics_of(tmp_path / "1")["parameters"]
    rows = weights["rows_after"]
    # A row is 8 numbers of the embeddings, to which the head is tied, and one of the bias.
    assert (weights["before"], weights["after"]) == (9 * 500, 9 * rows)
    assert weights["saved"] == 9 * (500 - rows)


def test_a_list_alone_needs_no_text(trained, tmp_path) -> None:
    block = extended(tokens={"<path>": "an outline"})
    derive_tokenizer(block, trained["unigram"], [], tmp_path / "more")
    assert "<path>" in load_tokenizer(tmp_path / "more").get_vocab()
    assert "held_out" not in metrics_of(tmp_path / "more")


@pytest.mark.parametrize("block", [extended(corpora=["swahili"], added=9), pruned(minimum_count=1)])
def test_text_that_is_not_given_is_missed(block, trained, tmp_path) -> None:
    with pytest.raises(InputError, match="there is no training text in nothing"):
        derive_tokenizer(block, trained["bpe"], [], tmp_path / "x")


def test_fewer_than_there_are_is_told(trained, corpus, tmp_path, caplog) -> None:
    derive_tokenizer(pruned(vocabulary_size=900), trained["bpe"], [corpus], tmp_path / "less")
    assert "entries, fewer than vocabulary_size 900: all stay" in caplog.text


@pytest.mark.parametrize(
    ("block", "wrong"),
    [
        (extended, {"corpora": ["swahili"]}),
        (extended, {"added": 5}),
        (extended, {}),
        (extended, {"added": 5, "corpora": ["swahili"], "model": "m"}),
        (extended, {"added": 5, "corpora": ["swahili"], "tokenizer": None}),
        (pruned, {}),
        (pruned, {"vocabulary_size": 50, "minimum_count": 5}),
    ],
)
def test_half_a_block_is_refused(block, wrong) -> None:
    with pytest.raises(ConfigError, match=r"tokenizers\.x: .*"):
        block(**wrong)


def test_a_list_of_tokens_may_be_a_file(tmp_path) -> None:
    path = tmp_path / "tokens.tsv"
    path.write_text("<path>\tan outline\n<rect>\n\n", "utf-8")
    block = extended(tokens=str(path))
    assert block.tokens == {"<path>": "an outline", "<rect>": ""}
    assert extended(tokens=["<path>"]).tokens == {"<path>": ""}
    method = check_method({"method": "fvt", "descriptions": str(path)}, "test")
    assert method.descriptions == block.tokens  # type: ignore[attr-defined]
    # What is compared is the content of the file.
    assert block.model_dump(exclude_unset=True)["tokens"] == block.tokens


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\nb\na\n", "'a' is listed twice"),
        (b"\xff", "is not valid UTF-8"),
        (b"a \tx", "'a ' is not a valid token"),
        (b"x" * 70_000, "has 70000 bytes, 65536 at most"),
        (None, "there is no file"),
    ],
)
def test_a_wrong_list_is_refused_in_one_line(content, message, tmp_path) -> None:
    path = tmp_path / "tokens.tsv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=message) as error:
        extended(tokens=str(path))
    assert "\n" not in str(error.value)


def test_a_kept_tokenizer_is_the_models_own(chat, tmp_path) -> None:
    kept = KeptTokenizer(algorithm="keep", model="chat", separator="</s>")
    derive_tokenizer(kept, chat, [], tmp_path / "kept")
    before, after = load_tokenizer(chat), load_tokenizer(tmp_path / "kept")
    assert after.backend_tokenizer.to_str() == before.backend_tokenizer.to_str()
    assert after.chat_template == TEMPLATE
    assert after.special_tokens_map == before.special_tokens_map
    assert separator_id(after) == before.convert_tokens_to_ids("</s>")
    assert metrics_of(tmp_path / "kept")["vocabulary"]["added"] == 0


@pytest.mark.parametrize("algorithm", ["unigram", "bpe", "wordpiece"])
def test_held_out_text_can_be_cut_as_before(algorithm, trained, corpus, tmp_path) -> None:
    base = load_tokenizer(trained[algorithm])
    derive_tokenizer(
        pruned(minimum_count=1, held_out=True), trained[algorithm], [corpus], tmp_path / "all"
    )
    derive_tokenizer(pruned(minimum_count=1), trained[algorithm], [corpus], tmp_path / "less")
    both, less = (load_tokenizer(tmp_path / name) for name in ("all", "less"))
    texts = [document.text for document in read_documents(corpus / "valid.jsonl.zst")]
    assert [both.tokenize(text) for text in texts] == [base.tokenize(text) for text in texts]
    assert less.get_vocab().keys() <= both.get_vocab().keys() <= base.get_vocab().keys()
