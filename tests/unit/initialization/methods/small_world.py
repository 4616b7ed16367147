"""Two vocabularies small enough to compute every row by hand, and what is known about them."""

import numpy as np
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from lingraft.corpus.documents import Document, Pair, write_lines
from lingraft.initialization.request import Evidence, Request
from lingraft.tokenizers.token_table import TokenTable

ROLES = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
SOURCE_WORDS = [
    *ROLES.values(),
    "the", "house", "red", "tree", "big", "##s", "##hold", "1", "2", ".",
]  # fmt: skip
TARGET_PIECES = [
    "<pad>", "<unk>", "<s>", "</s>", "<mask>",
    "▁nyumba", "▁nyekundu", "▁mti", "▁red", "s", "▁household", "▁houses", "▁reds", "▁1", "▁", "zz",
]  # fmt: skip
TARGET_ROLES = {"pad": "<pad>", "unk": "<unk>", "cls": "<s>", "sep": "</s>", "mask": "<mask>"}
ROWS, DIMENSIONS = len(SOURCE_WORDS), 6


def source_tokenizer() -> PreTrainedTokenizerFast:
    vocabulary = {word: index for index, word in enumerate(SOURCE_WORDS)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return wrapped(tokenizer, ROLES)


def target_tokenizer(pieces=TARGET_PIECES) -> PreTrainedTokenizerFast:
    scores = [(piece, -1.0 - 0.01 * index) for index, piece in enumerate(pieces)]
    tokenizer = Tokenizer(models.Unigram(scores, unk_id=1))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    return wrapped(tokenizer, TARGET_ROLES)


def wrapped(tokenizer, roles) -> PreTrainedTokenizerFast:
    names = {f"{role}_token": token for role, token in roles.items()}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)


def small_request(target=None, rows=ROWS, seed=0, **evidence) -> Request:
    """A request whose source rows are random and distinct."""
    embeddings_SD = np.random.default_rng(seed).standard_normal((rows, DIMENSIONS))
    return Request(
        TokenTable(source_tokenizer()),
        TokenTable(target or target_tokenizer()),
        embeddings_SD.astype(np.float32),
        evidence=Evidence(**evidence),
    )


def write_parallel(folder, pairs):
    """A corpus folder with aligned texts and the target side as training text."""
    folder.mkdir(exist_ok=True)
    texts = [Pair(f"a/{number}", *pair) for number, pair in enumerate(pairs)]
    write_lines(folder / "parallel.jsonl.zst", texts)
    write_lines(folder / "train.jsonl.zst", (Document(pair.id, pair.target) for pair in texts))
    return folder


def row(weights, request, token):
    """Weights of a target token as a dictionary of source tokens."""
    dense = weights.matrix_TS[[request.target.ids[token]]].toarray()[0]
    return {
        request.source.tokens[index]: round(float(dense[index]), 6)
        for index in np.flatnonzero(dense)
    }
