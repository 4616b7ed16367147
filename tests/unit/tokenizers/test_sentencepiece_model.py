"""XLM-R's SentencePiece models as fast tokenizers: same pieces, fairseq's ids."""

import io
import json
from pathlib import Path

import pytest
import sentencepiece

from lingraft.artifacts import new_artifact, verify
from lingraft.config.corpora import PretrainedTokenizer
from lingraft.errors import InputError
from lingraft.tokenizers.artifact import copy_tokenizer
from lingraft.tokenizers.loading import load_tokenizer, read_published

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


def test_a_damaged_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "sentencepiece.bpe.model").write_bytes(b"no model")
    with pytest.raises(InputError, match="is no SentencePiece model"):
        read_published(tmp_path)


def test_a_folder_without_a_tokenizer_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds neither tokenizer"):
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
