"""Minimal pairs: the wrong form is attested, differs in one feature, and is wrong."""

from pathlib import Path

import pytest

from lingraft.config.datasets import AgreementDataset
from lingraft.errors import InputError
from lingraft.evaluation.data.agreement import agreement_pairs
from lingraft.evaluation.data.minimal_pairs import MinimalPair, draw_pairs, read_minimal_pairs
from lingraft.evaluation.data.treebanks import read_trees

S, P = "Number=Sing", "Number=Plur"
NOUNS = {"girl": S, "girls": P, "I": f"{S}|Person=1"}


def clause(subject: str, verb: str, features: str, lemma: str, tense: str = "Pres") -> str:
    """A sentence of a subject and its verb, as CoNLL-U."""
    tag = "PRON" if subject == "I" else "NOUN"
    given = f"{features}|Tense={tense}"
    rows = [
        ["1", subject, subject, tag, "_", NOUNS[subject], "2", "nsubj", "_", "_"],
        ["2", verb, lemma, "VERB", "_", given, "0", "root", "_", "SpaceAfter=No"],
        ["3", ".", ".", "PUNCT", "_", "_", "2", "punct", "_", "_"],
    ]
    return "".join("\t".join(row) + "\n" for row in rows) + "\n"


def cut(tmp_path: Path, *clauses: str) -> list[MinimalPair]:
    path = tmp_path / "t.conllu"
    path.write_text("".join(clauses), "utf-8")
    return agreement_pairs(list(read_trees(path)))


def test_the_wrong_form_is_that_of_the_other_number(tmp_path: Path) -> None:
    pairs = cut(
        tmp_path,
        clause("girl", "sings", f"{S}|Person=3", "sing"),
        clause("girls", "sing", f"{P}|Person=3", "sing"),
        clause("girl", "runs", f"{S}|Person=3", "run"),  # its plural is attested nowhere
        clause("girls", "sang", f"{P}|Person=3", "sing", "Past"),  # another cell
    )
    assert pairs == [
        MinimalPair("t:0/2/number", "girl sings.", "girl sing.", "number", "t:0"),
        MinimalPair("t:1/2/number", "girls sing.", "girls sings.", "number", "t:1"),
    ]


def test_the_person_is_asked_for_where_features_tell_it(tmp_path: Path) -> None:
    pairs = cut(
        tmp_path,
        clause("I", "sing", f"{S}|Person=1", "sing"),
        clause("girl", "sings", f"{S}|Person=3", "sing"),
    )
    assert [(p.kind, p.right, p.wrong) for p in pairs] == [
        ("person", "I sing.", "I sings."),
        ("person", "girl sings.", "girl sing."),  # a noun asks for the third person
    ]


def test_a_form_of_both_numbers_is_not_wrong(tmp_path: Path) -> None:
    put = [clause("girl", "put", f"{S}|Person=3", "put", "Past")] * 3
    assert cut(tmp_path, *put, clause("girls", "put", f"{P}|Person=3", "put", "Past")) == []
    # Of several forms only those that never stand for the right number are taken.
    both = clause("girls", "putten", f"{P}|Person=3", "put", "Past")
    pairs = cut(tmp_path, *put, both, clause("girls", "put", f"{P}|Person=3", "put", "Past"))
    assert {(p.right, p.wrong) for p in pairs} == {("girl put.", "girl putten.")}


def test_a_number_that_verbs_do_not_follow_is_not_asked_for(tmp_path: Path) -> None:
    """As in Turkish: the verb of a plural subject may have the form of the singular."""
    singular = [clause("girl", "geldi", f"{S}|Person=3", "gel")] * 8
    plural = [clause("girls", "geldiler", f"{P}|Person=3", "gel")] * 8
    few = cut(tmp_path, *singular, *plural)
    assert {p.right for p in few} == {"girl geldi.", "girls geldiler."}
    free = [clause("girls", "geldi", f"{S}|Person=3", "gel")] * 2
    assert {p.right for p in cut(tmp_path, *singular, *plural, *free)} == {"girl geldi."}
    # A treebank may call the same form a plural one; what counts is the form.
    named = [clause("girls", "geldi", f"{P}|Person=3", "gel")] * 2
    assert not {p.right for p in cut(tmp_path, *singular, *plural, *named)} - {"girl geldi."}


def test_subjects_whose_number_is_not_plain_are_left_out(tmp_path: Path) -> None:
    more = "4\tboy\tboy\tNOUN\t_\tNumber=Sing\t1\tconj\t_\t_\n\n"
    joined = clause("girl", "sings", f"{S}|Person=3", "sing").rstrip("\n") + "\n" + more
    assert len(cut(tmp_path, joined, clause("girls", "sing", f"{P}|Person=3", "sing"))) == 1


def test_an_auxiliary_carries_the_agreement(tmp_path: Path) -> None:
    def sleeping(subject: str, verb: str, number: str) -> str:
        rows = [
            ["1", subject, subject, "NOUN", "_", NOUNS[subject], "3", "nsubj", "_", "_"],
            ["2", verb, "be", "AUX", "_", number, "3", "aux", "_", "_"],
            ["3", "asleep", "asleep", "ADJ", "_", "_", "0", "root", "_", "_"],
        ]
        return "".join("\t".join(row) + "\n" for row in rows) + "\n"

    pairs = cut(tmp_path, sleeping("girl", "is", S), sleeping("girls", "are", P))
    assert [p.wrong for p in pairs] == ["girl are asleep", "girls is asleep"]


def test_one_pair_of_a_sentence_is_drawn_whatever_the_order() -> None:
    pairs = [MinimalPair(str(i), "a", "b", "", str(i // 2)) for i in range(40)]
    drawn = draw_pairs(pairs, 10)
    assert len({pair.group for pair in drawn}) == 10
    assert drawn == draw_pairs(pairs[::-1], 10)
    assert set(drawn) < set(draw_pairs(pairs, None))


@pytest.mark.parametrize("record", ['{"right": "a", "wrong": "a"}', '{"right": "a", "wrong": " "}'])
def test_what_is_not_a_pair_is_refused(tmp_path: Path, record: str) -> None:
    (tmp_path / "test.jsonl").write_text(record + "\n", "utf-8")
    with pytest.raises(InputError, match=r"pair 0: .* must be two sentences"):
        read_minimal_pairs(tmp_path)


def test_the_block_names_its_files() -> None:
    block = {"source": "s", "format": "agreement", "languages": {"tur_Latn": "tr"}, "files": "*.x"}
    assert AgreementDataset.model_validate(block).files == "*.x"
