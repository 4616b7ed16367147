"""A fastText model of the user's own decides what is in the corpus's language."""

from pathlib import Path

import fasttext
import pytest

from lingraft.corpus.cleaning import Cleaner
from lingraft.corpus.identification import LanguageIdentifier, language_identifier
from lingraft.corpus.settings import Cleaning, Corpus, Identification
from lingraft.errors import InputError

ENGLISH = ["the house is old", "they open the door", "this is the road", "he has the key"]
SWAHILI = ["nyumba ni ya zamani", "wanafungua mlango", "hii ni barabara", "yeye ana ufunguo"]


@pytest.fixture(scope="module")
def download(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A download with a language model of two languages."""
    folder = tmp_path_factory.mktemp("languages")
    lines = [f"__label__eng_Latn {text}" for text in ENGLISH * 50]
    lines += [f"__label__swh_Latn {text}" for text in SWAHILI * 50]
    (folder / "train.txt").write_text("\n".join(lines), "utf-8")
    model = fasttext.train_supervised(
        str(folder / "train.txt"), dim=8, epoch=20, minn=2, maxn=3, bucket=1000, thread=1, verbose=0
    )
    (folder / "files").mkdir()
    model.save_model(str(folder / "files" / "model.bin"))
    return folder


def _load(download: Path, **settings: object) -> LanguageIdentifier:
    block = Identification.model_validate({"source": "languages", **settings})
    return LanguageIdentifier.load(block, "swh_Latn", download / "files")


def test_texts_in_other_languages_are_refused(download: Path) -> None:
    identifier = _load(download)
    assert all(identifier.accepts(text) for text in SWAHILI)
    assert not any(identifier.accepts(text) for text in ENGLISH)
    assert identifier.accepts("hii ni\nbarabara")  # a line break is no end


def test_labels_and_the_minimum_decide(download: Path) -> None:
    both = _load(download, labels=["eng_Latn", "swh_Latn"], minimum=0.9)
    assert all(both.accepts(text) for text in ENGLISH + SWAHILI)
    assert _load(download, minimum=0).accepts(ENGLISH[0])
    assert not _load(download, minimum=1).accepts(SWAHILI[0])


def test_cleaning_counts_what_it_drops(download: Path) -> None:
    cleaning = Cleaning(identification=Identification(source="languages"))
    corpus = Corpus.model_validate(
        {
            "language": "swh_Latn",
            "texts": [{"source": "web", "format": "text"}],
            "cleaning": cleaning.model_dump(exclude_unset=True),
        }
    )
    assert corpus.sources == ["languages", "web"]
    cleaner = Cleaner(cleaning, language_identifier(corpus, {"languages": download}))
    assert [cleaner.clean(text) for text in (ENGLISH[0], SWAHILI[0])] == [None, SWAHILI[0]]
    assert cleaner.counts["dropped_other_language"] == 1


def test_unusable_models(download: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no label 'sw'"):
        _load(download, labels=["sw"])
    with pytest.raises(InputError, match=r"no files that match '\*\.ftz'"):
        _load(download, file="*.ftz")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "model.bin").write_bytes(b"no model")
    with pytest.raises(InputError, match="is not a fastText model"):
        _load(tmp_path)
