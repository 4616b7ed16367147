"""Whether token files belong to a model."""

from pathlib import Path

from lingraft.corpus.token_files import TokenFile
from lingraft.errors import InputError


def check_size(model: Path, name: str, file: TokenFile, rows: int) -> None:
    """Refuse text without tokens, or with more ids than the model has rows.

    Args:
        model: folder of the model.
        name: of the corpus.
        file: its tokens.
        rows: of the model's embeddings.

    Raises:
        InputError: it does not fit.
    """
    if not file.counts.content_tokens:
        raise InputError(f"corpus {name} has no training text ({file.path} is empty)")
    needed = file.meta.specials.vocabulary_size
    if needed > rows:
        raise InputError(
            f"corpus {name} has ids up to {needed - 1}, but the model in {model} has only {rows} "
            "embeddings: the text was encoded with another tokenizer"
        )


def check_vocabulary(model: Path, name: str, file: TokenFile, vocabulary: str) -> None:
    """Refuse text of another vocabulary.

    Args:
        model: folder of the model.
        name: of the corpus.
        file: its tokens.
        vocabulary: digest of the model's vocabulary.

    Raises:
        InputError: it does not fit.
    """
    if file.meta.vocabulary_digest != vocabulary:
        raise InputError(
            f"corpus {name} was encoded with another tokenizer than that in {model}; encode it "
            "with scripts/encode_corpus.py and this one"
        )


def check_ids(file: TokenFile) -> None:
    """Refuse ids that no token has; reads the whole file.

    Raises:
        InputError: there is one.
    """
    largest, size = int(file.tokens_N.max()), file.meta.specials.vocabulary_size
    if largest >= size:
        raise InputError(
            f"{file.path} has the id {largest}, but its vocabulary has only {size} entries; encode "
            "the corpus again"
        )
