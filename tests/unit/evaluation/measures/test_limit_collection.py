"""The collection of LIMIT: each query has its two documents."""

from collections import Counter

import numpy as np
import pytest

from lingraft.evaluation.measures.limit_collection import generate
from lingraft.evaluation.measures.ranks import cosine, top_hits
from lingraft.evaluation.tasks.limit import Limit

WORDS = [f"word{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(600)]


def test_every_query_has_exactly_its_two_documents() -> None:
    made = generate(WORDS, documents=20, queries=150, seed=0)
    documents, queries = made.texts("{name}: {attributes}.", "{attribute}?")
    assert (len(documents), len(queries)) == (20, 150)
    assert len({tuple(pair) for pair in made.relevant_Q2}) == 150
    for query, pair in zip(queries, made.relevant_Q2, strict=True):
        attribute = query.rstrip("?")
        holders = [i for i, text in enumerate(documents) if attribute in text.lower()[6:]]
        assert holders == sorted(pair)
    degrees = Counter(made.relevant_Q2.ravel().tolist())
    assert sum(degrees.values()) == 300


def test_the_seed_and_the_templates_are_used() -> None:
    made = generate(WORDS, documents=5, queries=10, seed=0)
    settings = Limit(
        document_template="{name} likes {attributes}", query_template="Who likes {attribute}?"
    )
    documents, queries = made.texts(settings.document_template, settings.query_template)
    assert queries[0].startswith("Who likes word")
    assert " likes word" in documents[0]
    assert generate(WORDS, documents=5, queries=10, seed=0).names == made.names
    assert generate(WORDS, documents=5, queries=10, seed=1).names != made.names


@pytest.mark.parametrize("count", [5, 12, 46])
def test_an_oracle_in_four_dimensions_solves_it(count: int) -> None:
    """Points of the trigonometric curve can be cut off in any pair by a hyperplane."""
    t = 2 * np.pi * np.arange(count) / count
    documents_N4 = np.stack([np.cos(t), np.sin(t), np.cos(2 * t), np.sin(2 * t)], axis=1)
    made = generate(WORDS * 3, documents=count, queries=300, seed=0)
    a, b = t[made.relevant_Q2].T
    # (1 - cos(x - a)) (1 - cos(x - b)) is zero at the pair and positive elsewhere.
    queries_Q4 = np.stack(
        [
            np.cos(a) + np.cos(b),
            np.sin(a) + np.sin(b),
            -np.cos(a + b) / 2,
            -np.sin(a + b) / 2,
        ],
        axis=1,
    )
    found = top_hits(
        cosine(queries_Q4.astype(np.float32), documents_N4.astype(np.float32)),
        made.relevant_Q2,
        (2,),
    )
    assert found[2].mean() == 1
