"""The counts behind the reference rows: a sample of the training part that ids decide."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from evaluation_samples import make_tokenizer, sentences

from lingraft.evaluation.measures.reference_rows import count_training_part


def test_the_whole_training_part_is_counted_unless_it_is_too_large(
    make_corpus: Callable[..., Path],
) -> None:
    texts = {str(i): text for i, text in enumerate(sentences(200))}
    corpus = make_corpus("c", {}, train=texts)
    tokenizer = make_tokenizer()
    total = sum(len(text.split()) for text in texts.values())
    for most in (None, 10**9):
        assert count_training_part(tokenizer, corpus, most).tokens_S.sum() == total
    half = sum(map(len, texts.values())) // 2
    sampled = [count_training_part(tokenizer, corpus, half).tokens_S for _ in range(2)]
    assert 0.3 < sampled[0].sum() / total <= 0.51
    np.testing.assert_array_equal(*sampled)
