"""XLM-R's SentencePiece models as fast tokenizers: same pieces, fairseq's ids."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
import sentencepiece

from lingraft.artifacts import new_artifact, verify
from lingraft.config.tokenizers import PretrainedTokenizer
from lingraft.errors import InputError
from lingraft.tokenizers.loading import load_tokenizer, read_published
from lingraft.tokenizers.stage import copy_tokenizer

SWAHILI = Path(__file__).parents[2] / "data" / "tiny" / "swahili.jsonl"


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [json.loads(line)["text"] for line in SWAHILI.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def model(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    stream = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts), model_writer=stream, vocab_size=200, minloglevel=2
    )
    folder = tmp_path_factory.mktemp("published")
    (folder / "sentencepiece.bpe.model").write_bytes(stream.getvalue())
    return folder


def test_it_cuts_as_sentencepiece_does(model: Path, texts: list[str]) -> None:
    ours = read_published(model)
    theirs = sentencepiece.SentencePieceProcessor(model_file=str(model / "sentencepiece.bpe.model"))
    odd = ["ﬁne  spaces ", "Ⅳ ½ Å", "１２３", "mkate，chai", "habari\tgani"]
    for text in [*texts[:200], *odd]:
        expected = theirs.encode(text, out_type=str)
        pieces = ours.tokenize(text)
        ids = theirs.encode(text)
        assert len(pieces) == len(expected), text
        for piece, same, number in zip(pieces, expected, ids, strict=True):
            assert piece == ("<unk>" if number == 0 else same) or number == 0


def test_its_ids_are_fairseqs(model: Path) -> None:
    tokenizer = read_published(model)
    assert tokenizer.convert_ids_to_tokens([0, 1, 2, 3]) == ["<s>", "<pad>", "</s>", "<unk>"]
    # 200 pieces, of which three are SentencePiece's own, behind four special tokens, and the mask.
    assert tokenizer.mask_token_id == len(tokenizer) - 1 == 201
    ids = tokenizer("Mgeni")["input_ids"]
    assert (ids[0], ids[-1]) == (0, 2)


LINES = [
    "the quick brown fox jumps over the lazy dog", "a quick dog and a brown cat",
    "foxes and dogs are lazy in the sun", "the cat sat on the mat with a fox < s / s >",
]  # fmt: skip
BYTES = {"byte_fallback": True, "vocab_size": 330}
KEPT = {"remove_extra_whitespaces": False}
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "bpe": {"model_type": "bpe"},
    "characters": {"model_type": "char"},
    "bytes": BYTES,
    "bpe and bytes": {"model_type": "bpe", **BYTES},
    "unknown alone": {"bos_id": -1, "eos_id": -1},
    "no prefix": {"add_dummy_prefix": False},
    "spaces kept": KEPT,
    "spaces kept, no prefix": {"add_dummy_prefix": False, "model_type": "bpe", **KEPT},
    "spaces kept, no prefix, unigram": {"add_dummy_prefix": False, **KEPT},
    "spaces end words": {"treat_whitespace_as_suffix": True},
    "spaces end words, bpe": {"treat_whitespace_as_suffix": True, "model_type": "bpe"},
    "pieces across spaces": {"split_by_whitespace": False},
    "pieces across spaces, kept": {"split_by_whitespace": False, **KEPT},
    "nothing normalized": {"normalization_rule_name": "identity"},
    "case folded": {"normalization_rule_name": "nmt_nfkc_cf"},
    "padding first": {"pad_id": 0, "unk_id": 3},
    "specials moved": {"unk_id": 2, "bos_id": 0, "eos_id": 1, "pad_id": 3},
    "specials in the middle": {"unk_id": 19, "bos_id": 18, "eos_id": 17},
    "other names": {"unk_piece": "[UNK]", "bos_piece": "[CLS]", "eos_piece": "[SEP]"},
    "own symbols": {"user_defined_symbols": ["<sep>", "XY"]},
    "a mask of its own": {"control_symbols": ["<ctl>", "<mask>"]},
}
ODD = ["the quick fox", "a lazy dog  and   cat", " quick \U0001f98a fox zebra",
       "\ufb01ne caf\u00e9", "a <sep> b", "aXYb", "a </s> b", "", "  ", "THE Cat\tsat"]  # fmt: skip


def trained(options: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES * 30), model_writer=stream, minloglevel=2,
        **{"vocab_size": 60, "hard_vocab_limit": False, **options},
    )  # fmt: skip
    return stream.getvalue()


def written(data: bytes, folder: Path, **config: Any) -> Path:
    (folder / "sentencepiece.bpe.model").write_bytes(data)
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model_is_cut_as_it_says(kind: str, tmp_path: Path) -> None:
    data = trained(KINDS[kind])
    theirs = sentencepiece.SentencePieceProcessor(model_proto=data)
    read_published(written(data, tmp_path)).save_pretrained(tmp_path)
    ours = load_tokenizer(tmp_path)
    ours.backend_tokenizer.encode_special_tokens = True
    names = {theirs.unk_id(): "<unk>", theirs.eos_id(): "</s>", theirs.bos_id(): "<s>"}
    for text in [*ODD, *LINES]:
        ids = theirs.encode(text)
        expected = [names.get(index, theirs.id_to_piece(index)) for index in ids]
        found = ours.backend_tokenizer.encode(text, add_special_tokens=False)
        assert ours.convert_ids_to_tokens(found.ids) == expected, text
    own = sum(theirs.is_control(i) or theirs.is_unknown(i) for i in range(len(theirs)))
    added = 1 if kind == "a mask of its own" else 0
    assert len(ours) == 5 + len(theirs) - own + added
    assert ours.convert_ids_to_tokens([0, 1, 2, 3]) == ["<s>", "<pad>", "</s>", "<unk>"]
    assert ours.mask_token_id is not None


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"model_type": "word"}, "its pieces are whole words"),
        ({"model_type": "bpe", "user_defined_symbols": ["<sep>"]}, "'<sep>' would be"),
    ],
)
def test_what_cannot_be_read_exactly_is_refused(
    options: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=reason) as error:
        read_published(written(trained(options), tmp_path))
    assert "\n" not in str(error.value)


def test_the_family_says_the_ids(tmp_path: Path) -> None:
    data = trained({})
    theirs = sentencepiece.SentencePieceProcessor(model_proto=data)
    first = theirs.id_to_piece(3)
    for config, offset in (
        ({}, 1),
        ({"model_type": "xlm-roberta"}, 1),
        ({"model_type": "bert", "tokenizer_class": "XLMRobertaTokenizer"}, 1),
        ({"model_type": "camembert"}, 4),
    ):
        ours = read_published(written(data, tmp_path, **config))
        assert ours.get_vocab()[first] == 3 + offset
        assert ours.get_vocab()[theirs.id_to_piece(len(theirs) - 1)] == len(theirs) - 1 + offset
    assert ours.cls_token_id == 5
    for kind in ("mbart", "m2m_100", "xglm", "t5", "barthez"):
        with pytest.raises(InputError, match=r"the ids of \w+ are not known.* tokenizer\.json"):
            read_published(written(data, tmp_path, model_type=kind))


def test_a_damaged_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "sentencepiece.bpe.model").write_bytes(b"no model")
    with pytest.raises(InputError, match="is not a SentencePiece model"):
        read_published(tmp_path)


@pytest.mark.parametrize("cut", [1, 9, 100, 500])
def test_a_cut_model_is_named(cut: int, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a SentencePiece model"):
        read_published(written(trained({})[:-cut], tmp_path))


def test_a_folder_without_a_tokenizer_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has neither tokenizer"):
        read_published(tmp_path)


def test_the_artifact_is_a_tokenizer_that_loads(model: Path, tmp_path: Path) -> None:
    download = tmp_path / "download"
    with new_artifact(download, "download", facts={"license": "MIT"}) as folder:
        (folder / "files" / "deep").mkdir(parents=True)
        content = (model / "sentencepiece.bpe.model").read_bytes()
        (folder / "files" / "deep" / "sentencepiece.bpe.model").write_bytes(content)
    settings = PretrainedTokenizer(algorithm="pretrained", source="glot500", path="deep")
    copy_tokenizer(settings, download, tmp_path / "tokenizer")
    manifest = verify(tmp_path / "tokenizer", "tokenizer")
    tokenizer = load_tokenizer(tmp_path / "tokenizer")
    assert manifest.facts.vocabulary_size == len(tokenizer)
    assert tokenizer.tokenize("Mgeni") == read_published(model).tokenize("Mgeni")
