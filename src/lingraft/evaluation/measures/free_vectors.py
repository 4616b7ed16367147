"""Free vectors on LIMIT: how many documents can so few dimensions tell apart, whatever the model?

Weller et al. (2025, arXiv:2508.21038, section 4): vectors of queries and documents are parameters
themselves, and every pair of documents is the answer to a query. In four dimensions a closed form
separates any number of documents (the trigonometric curve; a test has it), so the number found here
measures how far the optimizer gets with the margins that are left, not what is possible.

Shapes: N documents, Q = N (N - 1) / 2 queries, E dimensions.
"""

import itertools

import torch
from torch import Tensor
from torch.nn.functional import log_softmax, normalize

# As in the paper's experiment.
_TEMPERATURE = 0.1
_LEARNING_RATE = 0.01
_MOST_STEPS = 100_000
_PATIENCE = 1000  # steps without this gain over the best loss
_LEAST_GAIN = 1e-5

_CHECKED = 20  # steps from one look at the ranks to the next


def critical_documents(dimensions: int, seed: int) -> int:
    """The largest number of documents all of whose pairs were separated.

    The number is doubled until a fit fails, and then halved in between. A fit that succeeds above a
    failed one is not looked for.

    Args:
        dimensions: of the vectors, at least two.
        seed: of their first values.
    """
    solved, failed = 2, 3
    while separates(failed, dimensions, seed):
        solved, failed = failed, 2 * failed
    while failed - solved > 1:
        middle = (solved + failed) // 2
        if separates(middle, dimensions, seed):
            solved = middle
        else:
            failed = middle
    return solved


def separates(documents: int, dimensions: int, seed: int) -> bool:
    """Whether free vectors can be fitted so that each query finds its two documents first.

    InfoNCE over all documents, Adam, and unit vectors again after each step; it ends when all are
    found, or when the loss no longer falls.

    Args:
        documents: number of documents; each pair of them has a query.
        dimensions: of the vectors.
        seed: of their first values.
    """
    generator = torch.Generator().manual_seed(seed)
    relevant_Q2 = torch.tensor(list(itertools.combinations(range(documents), 2)))
    queries_QE, documents_NE = (
        normalize(torch.randn(rows, dimensions, generator=generator)).requires_grad_()
        for rows in (len(relevant_Q2), documents)
    )
    vectors = [queries_QE, documents_NE]
    optimizer = torch.optim.Adam(vectors, lr=_LEARNING_RATE, fused=True)
    best, waited = float("inf"), 0
    for step in range(_MOST_STEPS):
        cosine_QN = queries_QE @ documents_NE.T
        if step % _CHECKED == 0 and finds_all(cosine_QN.detach(), relevant_Q2):
            return True
        loss = -log_softmax(cosine_QN / _TEMPERATURE, dim=1).gather(1, relevant_Q2).mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        with torch.no_grad():
            for vector in vectors:
                vector.copy_(normalize(vector))
        waited += 1
        if loss.item() < best - _LEAST_GAIN:
            best, waited = loss.item(), 0
        if waited == _PATIENCE:
            break
    return finds_all((queries_QE @ documents_NE.T).detach(), relevant_Q2)


def finds_all(similarity_QN: Tensor, relevant_Q2: Tensor) -> bool:
    """Whether every query is nearer to both of its documents than to any other.

    Args:
        similarity_QN: similarity of queries and documents.
        relevant_Q2: the two documents of each query.
    """
    right_Q = similarity_QN.gather(1, relevant_Q2).min(dim=1).values
    others_QN = similarity_QN.scatter(1, relevant_Q2, float("-inf"))
    return bool((right_Q > others_QN.max(dim=1).values).all())
