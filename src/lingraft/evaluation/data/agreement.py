"""Minimal pairs of subject-verb agreement, cut from a treebank.

The shape is that of MultiBLiMP (Jumelet et al. 2025): two sentences that differ in one verb, which
agrees with its subject in one of them only. The wrong form is not made up: the treebank has it
elsewhere, for the same lemma in the same cell of the paradigm but for the number or the person.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lingraft.evaluation.data.minimal_pairs import MinimalPair
from lingraft.evaluation.data.treebanks import Features, TreeSentence, Word

KINDS: Mapping[str, str] = {"number": "Number", "person": "Person"}
_VERBS = ("VERB", "AUX")
_CARRIERS = ("aux", "cop")  # dependents of a predicate that may agree with its subject
_NOUNS = ("NOUN", "PROPN")
_UNSURE = ("conj", "cc", "nummod", "num", "det:numgov")  # with them a subject's number is not plain
_SUBJECTS = ("nsubj", "nsubjpass")
_NO_LEMMA = "_"
_ENOUGH = 0.9  # of the verbs of such subjects; where fewer agree, another form is not wrong

_Key = tuple[str, Features, Features]  # lemma, cell, and the other agreement features
_Paradigm = Mapping[_Key, Mapping[str, Counter[str]]]  # form -> how often it has each value


@dataclass(frozen=True)
class _Agreement:
    """A verb with a feature that its subject has too, and the value that the subject asks for."""

    sentence: TreeSentence
    verb: Word
    kind: str
    asked: str

    @property
    def given(self) -> str:
        """What the verb is said to have."""
        return self.verb.features[KINDS[self.kind]]


def agreement_pairs(sentences: Sequence[TreeSentence]) -> list[MinimalPair]:
    """All minimal pairs that a treebank's own forms allow, in the order of the sentences.

    The kind of a pair is `number` or `person`, and its group is the sentence. A value is asked of
    a verb only where at least nine in ten subjects with it have a verb whose form shows it. In
    Turkish many verbs of plural subjects have the form of the singular, which is not wrong there,
    so plural subjects give no pairs.

    Args:
        sentences: of one language.
    """
    paradigms = {kind: _paradigm(sentences, feature) for kind, feature in KINDS.items()}
    found = [a for sentence in sentences for a in _agreements(sentence)]
    asked = Counter((a.kind, a.asked) for a in found)
    shown = Counter((a.kind, a.asked) for a in found if _shown(a, paradigms[a.kind]) == a.asked)
    pairs = (
        _pair(a, paradigms[a.kind])
        for a in found
        if shown[a.kind, a.asked] >= _ENOUGH * asked[a.kind, a.asked]
    )
    return list({pair.id: pair for pair in pairs if pair is not None}.values())


def _agreements(sentence: TreeSentence) -> Iterator[_Agreement]:
    for subject in sentence.words:
        if subject.relation.partition(":")[0] not in _SUBJECTS:
            continue
        predicate = next((w for w in sentence.words if subject.head in w.lines), None)
        if predicate is None or _is_unsure(sentence, subject):
            continue
        for verb in (predicate, *_carriers(sentence, predicate)):
            for kind, feature in KINDS.items():
                asked = _asked(subject, feature)
                if _is_verb(verb) and feature in verb.features and asked is not None:
                    yield _Agreement(sentence, verb, kind, asked)


def _is_verb(word: Word) -> bool:
    return word.tag in _VERBS and word.lemma != _NO_LEMMA and word.start is not None


def _is_unsure(sentence: TreeSentence, subject: Word) -> bool:
    return any(word.relation in _UNSURE for word in sentence.dependents(subject))


def _carriers(sentence: TreeSentence, predicate: Word) -> Iterable[Word]:
    return (
        word
        for word in sentence.dependents(predicate)
        if word.relation.partition(":")[0] in _CARRIERS
    )


def _asked(subject: Word, feature: str) -> str | None:
    """What a subject asks of its verb; a noun without a person asks for the third."""
    value = subject.features.get(feature)
    return "3" if value is None and feature == "Person" and subject.tag in _NOUNS else value


def _paradigm(sentences: Iterable[TreeSentence], feature: str) -> _Paradigm:
    found: dict[_Key, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for sentence in sentences:
        for word in filter(_is_verb, sentence.words):
            if feature in word.features:
                found[_key(word, feature)][word.form][word.features[feature]] += 1
    return found


def _key(verb: Word, feature: str) -> _Key:
    others = sorted(pair for pair in verb.features.items() if pair[0] != feature)
    return verb.lemma, verb.cell, tuple(others)


def _shown(found: _Agreement, paradigm: _Paradigm) -> str:
    """The value that a verb's form mostly has, whatever is said of it here."""
    values = paradigm[_key(found.verb, KINDS[found.kind])][found.verb.form]
    return max(values, key=lambda value: (values[value], value == found.given))


def _pair(found: _Agreement, paradigm: _Paradigm) -> MinimalPair | None:
    verb = found.verb
    if found.given != found.asked or verb.start is None:
        return None
    forms = paradigm[_key(verb, KINDS[found.kind])]
    wrong = [
        (-values.total(), form)
        for form, values in forms.items()
        # `1,2,3` is what some treebanks write of a form that stands for each of them.
        if not any(found.asked in value.split(",") for value in values)
        and form[:1].isupper() == verb.form[:1].isupper()
    ]
    if not wrong:
        return None
    text, end = found.sentence.text, verb.start + len(verb.form)
    changed = text[: verb.start] + min(wrong)[1] + text[end:]
    name = f"{found.sentence.id}/{verb.lines[-1]}/{found.kind}"
    return MinimalPair(name, text, changed, found.kind, found.sentence.id)
