"""A tokenizer says how its text was written, wherever it is copied, and refuses other text."""

import json
from pathlib import Path

import pytest
from tests.shifted_normalizer import Shift, declare
from transformers import PreTrainedTokenizerFast

from lingraft.artifacts import TokenizerFacts, TokensFacts, new_artifact, open_artifact
from lingraft.config.tokenizers import ExtendedTokenizer, Tokenizer
from lingraft.corpus.documents import ORIGINAL, Document, write_lines
from lingraft.corpus.normalizing import NormalizerMark, mark_of
from lingraft.corpus.token_files import TokenMeta
from lingraft.errors import InputError
from lingraft.tokenizers.derived import derive_tokenizer
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.saving import copy_tokenizer_files
from lingraft.tokenizers.stage import encode_corpus, make_tokenizer
from lingraft.tokenizers.text_normalizer import read_mark, read_mark_of, text_door, write_anew

TEXTS = [f"{a}{b} {b}{a}। {a}" for a in "कखगघचछजझ" for b in "पफबभम"]


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> NormalizerMark:
    return mark_of(declare(monkeypatch))


def _corpus(folder: Path, mark: NormalizerMark, language: str = "hin_Deva") -> Path:
    facts = {"language": language, "splits": {"train": {"bytes": 1000}}}
    with new_artifact(
        folder, "corpus", facts=facts | ({"normalizer": mark} if mark else {})
    ) as out:
        for split, texts in (("train", TEXTS[5:]), ("valid", TEXTS[:5])):
            documents = [
                Document(str(i), Shift().normalize(text), {ORIGINAL: text}) if mark
                else Document(str(i), text)
                for i, text in enumerate(texts)
            ]  # fmt: skip
            write_lines(out / f"{split}.jsonl.zst", documents)
    return folder


@pytest.fixture
def normalized(tmp_path: Path, mark: NormalizerMark) -> Path:
    return _corpus(tmp_path / "normalized", mark)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return _corpus(tmp_path / "raw", {})


SETTINGS = Tokenizer(corpora=("normalized",), algorithm="bpe", vocabulary_size=300)


def test_the_folder_says_it_and_copies_do(
    tmp_path: Path, normalized: Path, mark: NormalizerMark
) -> None:
    make_tokenizer(SETTINGS, [normalized], tmp_path / "tokenizer")
    assert open_artifact(tmp_path / "tokenizer", TokenizerFacts).facts.normalizer == mark
    copy_tokenizer_files(tmp_path / "tokenizer", tmp_path / "copy")
    assert read_mark_of(tmp_path / "copy") == read_mark(load_tokenizer(tmp_path / "copy")) == mark
    plain = PreTrainedTokenizerFast.from_pretrained(tmp_path / "copy")
    plain.save_pretrained(tmp_path / "of-transformers")
    assert read_mark_of(tmp_path / "of-transformers") == mark
    door = text_door(load_tokenizer(tmp_path / "copy"))
    assert door.text(TEXTS[0], "hin_Deva") == Shift().normalize(TEXTS[0])


def test_without_a_normalizer_it_says_nothing(tmp_path: Path, raw: Path) -> None:
    make_tokenizer(SETTINGS, [raw], tmp_path / "tokenizer")
    assert "text_normalizer" not in (tmp_path / "tokenizer/tokenizer_config.json").read_text()
    assert "normalizer" not in open_artifact(tmp_path / "tokenizer").manifest.facts.as_json()


def test_other_text_is_refused(tmp_path: Path, normalized: Path, raw: Path) -> None:
    """Also where an old tokenizer meets a corpus whose normalizer was changed."""
    make_tokenizer(SETTINGS, [normalized], tmp_path / "shifted")
    make_tokenizer(SETTINGS, [raw], tmp_path / "plain")
    for tokenizer, corpus in (("shifted", raw), ("plain", normalized)):
        with pytest.raises(InputError, match=r"\(hin_Deva\) has the normalizer .* the same `norm"):
            encode_corpus(tmp_path / tokenizer, corpus, tmp_path / "tokens")
        assert not (tmp_path / "tokens").exists()
    with pytest.raises(InputError, match="has the normalizer none"):
        make_tokenizer(SETTINGS, [normalized, raw], tmp_path / "both")


def test_tokens_count_the_bytes_of_the_original(
    tmp_path: Path, normalized: Path, mark: NormalizerMark
) -> None:
    make_tokenizer(SETTINGS, [normalized], tmp_path / "tokenizer")
    encode_corpus(tmp_path / "tokenizer", normalized, tmp_path / "tokens")
    counts = TokenMeta.load(tmp_path / "tokens").counts
    assert counts["valid"].bytes == sum(len(text.encode()) for text in TEXTS[:5])
    assert open_artifact(tmp_path / "tokens", TokensFacts).facts.normalizer == mark


def test_derived_tokenizers(
    tmp_path: Path, normalized: Path, raw: Path, mark: NormalizerMark
) -> None:
    """A vocabulary of other text can be extended by normalized text, and is then for that text."""
    make_tokenizer(SETTINGS, [raw], tmp_path / "plain")
    extended = ExtendedTokenizer(
        algorithm="extend", tokenizer="plain", corpora=("normalized",), added=5
    )
    derive_tokenizer(extended, tmp_path / "plain", [normalized], tmp_path / "more")
    assert read_mark_of(tmp_path / "more") == mark
    with pytest.raises(InputError, match="has the normalizer none"):
        derive_tokenizer(extended, tmp_path / "more", [raw], tmp_path / "again")


def test_a_mark_that_is_not_one(tmp_path: Path, raw: Path) -> None:
    make_tokenizer(SETTINGS, [raw], tmp_path / "tokenizer")
    copy_tokenizer_files(tmp_path / "tokenizer", tmp_path / "copy")
    path = tmp_path / "copy/tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"text_normalizer": "wx"}))
    with pytest.raises(InputError, match="text_normalizer must be an object"):
        read_mark(load_tokenizer(tmp_path / "copy"))


def test_text_is_written_for_a_model_and_back(
    tmp_path: Path, normalized: Path, raw: Path, mark: NormalizerMark
) -> None:
    make_tokenizer(SETTINGS, [normalized], tmp_path / "tokenizer")
    texts = [text.replace("।", "") for text in TEXTS]
    (tmp_path / "text").write_text("".join(f"{text}\n" for text in texts), "utf-8")
    there, back = tmp_path / "there", tmp_path / "back"
    write_anew(tmp_path / "tokenizer", "hin_Deva", tmp_path / "text", there, back=False)
    assert there.read_text("utf-8").splitlines() == list(map(Shift().normalize, texts))
    write_anew(tmp_path / "tokenizer", "hin_Deva", there, back, back=True)
    assert back.read_bytes() == (tmp_path / "text").read_bytes()
    with pytest.raises(InputError, match=r"reads text of eng_Latn as it is"):
        write_anew(tmp_path / "tokenizer", "eng_Latn", there, tmp_path / "more", back=True)
    with pytest.raises(InputError, match="gone cannot be read"):
        write_anew(tmp_path / "tokenizer", "hin_Deva", tmp_path / "gone", back, back=True)
    assert back.read_bytes() == (tmp_path / "text").read_bytes()
