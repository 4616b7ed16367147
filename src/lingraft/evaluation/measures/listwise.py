"""The text of a query together with the documents to be ranked (E2Rank, Liu et al. 2025).

Its vector has seen the candidates, and ranks them by its cosine with the vectors of each alone.
"""

from collections.abc import Sequence

INSTRUCTION = "Rank these documents by how well each of them answers the query"


def listwise_prompt(
    query: str, documents: Sequence[str], instruction: str = INSTRUCTION, longest: int | None = None
) -> str:
    """An instruction, the numbered documents, and the query.

    Args:
        query: what is asked.
        documents: in the order of a first search, or in any that does not tell their ranks.
        instruction: what is to be done.
        longest: characters after which a document is cut here; None for never.
    """
    numbered = [f"[{n}] {document[:longest]}" for n, document in enumerate(documents, 1)]
    return "\n".join([f"{instruction}:", "Documents:", *numbered, f"Query: {query}"])
