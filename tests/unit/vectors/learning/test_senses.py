"""Senses: the loss by loops, and pseudo-words, of which the context says what they were."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import adjusted_rand_score

from lingraft.vectors.learning.sampling import Sampling, Stretch, stretches
from lingraft.vectors.learning.senses import DisambiguatedSkipGram, SenseVectors, train_senses
from lingraft.vectors.learning.text import EncodedText, encode

WINDOW = 3
SAMPLING = Sampling(
    window=WINDOW, negatives=5, sampling_threshold=1.0, learning_rate=0.05, epochs=5, seed=0
)
TOPICS, WORDS = 4, 8


def planted(seed: int) -> EncodedText:
    """Lines of one topic each; word 0 of topics 0 and 2, and of 1 and 3, is one pseudo-word."""
    generator, lines = np.random.default_rng(seed), []
    for number in range(400):
        topic = number % TOPICS
        words = generator.integers(0, WORDS, 10).tolist()
        lines.append([f"{topic}-{word}" if word else f"merged-{topic % 2}" for word in words])
    return encode(lines, minimum_count=1)


def trained(text: EncodedText, seed: int) -> DisambiguatedSkipGram:
    sampling = replace(SAMPLING, seed=seed)
    model = DisambiguatedSkipGram(len(text.words), 8, 3, 0.1, seed)
    losses = list(train_senses(text, model, sampling, shared_epochs=2))
    assert len(losses) == 5 and losses[-1] < losses[0]
    return model


def topic_beside(stretch: Stretch, target: int, words: list[str]) -> str | None:
    """The topic of the nearest word of the window that is not merged."""
    for offset in sorted(stretch.offsets(), key=lambda place: abs(place - WINDOW)):
        number = int(stretch.ids_N[target + offset])
        if number < len(words) and not words[number].startswith("merged"):
            return words[number].split("-")[0]
    return None


@pytest.mark.parametrize("seed", [0, 1])
def test_the_context_says_which_word_was_merged(seed: int) -> None:
    text = planted(seed)
    model = trained(text, seed)
    truth: dict[str, list[str]] = {"merged-0": [], "merged-1": []}
    chosen: dict[str, list[int]] = {"merged-0": [], "merged-1": []}
    for stretch in stretches(text, SAMPLING, np.random.default_rng(5)):
        best_T = model.probabilities_TS(stretch).argmax(dim=1).tolist()
        ids_T = stretch.target_ids_T.tolist()
        for target, number, sense in zip(stretch.targets_T.tolist(), ids_T, best_T, strict=True):
            topic = topic_beside(stretch, target, text.words)
            if (word := text.words[number]) in truth and topic is not None:
                truth[word].append(topic)
                chosen[word].append(sense)
    for word, topics in truth.items():
        assert adjusted_rand_score(topics, chosen[word]) > 0.8
    priors_WS = model.found(text, SAMPLING, 0.05).priors_WS
    live = dict(zip(text.words, (priors_WS > 0).sum(axis=1).tolist(), strict=True))
    assert min(live.pop(word) for word in truth) >= 2
    assert np.mean([count == 1 for count in live.values()]) > 0.9


def test_the_same_seed_gives_the_same_senses() -> None:
    text = planted(0)
    one, two = (trained(text, 3).found(text, SAMPLING, 0.05) for _ in range(2))
    assert np.array_equal(one.vectors_WSE, two.vectors_WSE)
    assert np.array_equal(one.priors_WS, two.priors_WS)


def test_rare_senses_are_pruned_but_never_all() -> None:
    text = planted(0)
    model = trained(text, 0)
    all_of = model.found(text, SAMPLING, 0.0).priors_WS
    np.testing.assert_allclose(all_of.sum(axis=1), 1, rtol=1e-5)
    assert (all_of > 0).all()
    assert ((model.found(text, SAMPLING, 0.99).priors_WS > 0).sum(axis=1) == 1).all()
    kept = model.found(text, SAMPLING, 0.05).priors_WS
    assert np.array_equal(kept > 0, all_of >= 0.05)


def test_collapsed_vectors_are_a_mean_or_one_sense() -> None:
    vectors_WSE = np.arange(12, dtype=np.float32).reshape(2, 3, 2)
    priors_WS = np.array([[0.5, 0.5, 0], [0.2, 0.1, 0.7]], np.float32)
    senses = SenseVectors(vectors_WSE, priors_WS)
    mean = [(vectors_WSE[w] * priors_WS[w][:, None]).sum(axis=0) for w in (0, 1)]
    np.testing.assert_allclose(senses.collapsed("prior-mean"), mean)
    np.testing.assert_allclose(senses.collapsed("most-frequent"), vectors_WSE[[0, 1], [0, 2]])


@pytest.mark.parametrize("shared", [True, False])
def test_the_loss_is_that_of_loops(shared: bool) -> None:
    text = encode([["aa", "b", "cd", "b"], ["cd"], ["b", "aa", "aa"]], minimum_count=1)
    (stretch,) = stretches(text, SAMPLING, np.random.default_rng(0))
    model = DisambiguatedSkipGram(3, 4, 2, 0.3, 0)
    if not shared:
        model.separate()
    for table in (model.senses, model.output, model.weights, model.biases):
        table.values_RE.normal_(generator=model.generator)
    state = model.generator.get_state()
    found = float(model.loss(stretch, SAMPLING).detach())
    model.generator.set_state(state)
    draws_TS = torch.empty(len(stretch.targets_T), 2).exponential_(generator=model.generator)
    output, senses = model.output.values_RE, model.senses.values_RE.view(3, 2, 4)
    weights, biases = model.weights.values_RE.view(-1, 2, 4), model.biases.values_RE
    expected = 0.0
    for row, target in enumerate(stretch.targets_T.tolist()):
        ids = stretch.ids_N[target : target + 2 * WINDOW + 1].tolist()
        word, around = ids[WINDOW], [i for i in ids[:WINDOW] + ids[WINDOW + 1 :] if i < 3]
        own = 0 if shared else word
        logits = weights[own] @ output[around].mean(dim=0) + biases[own]
        share = (logits if shared else logits - draws_TS[row].log()).softmax(dim=0)
        center = share @ senses[word]
        for context in around:
            negatives = [i for i in stretch.negatives_K.tolist() if i != context]
            expected += float(torch.log1p(torch.exp(-center @ output[context])))
            scores = torch.log1p(torch.exp(output[negatives] @ center))
            expected += 5 / len(stretch.negatives_K) * float(scores.sum())
            expected += 0.3 * float((share * share.log()).sum()) if shared else 0.0
    assert found == pytest.approx(expected, rel=1e-5)
