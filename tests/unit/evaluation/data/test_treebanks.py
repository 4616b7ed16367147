"""Sentences of CoNLL-U: what is written, where, and what belongs to one word."""

from pathlib import Path

import pytest

from lingraft.errors import InputError
from lingraft.evaluation.data.treebanks import TreeSentence, read_trees

UNIVERSAL = """# sent_id = a
# text = Vámonos ya, que llueve.
1-2\tVámonos\t_\t_\t_\t_\t_\t_\t_\t_
1\tVamos\tir\tVERB\t_\tNumber=Plur|Person=1\t0\troot\t_\t_
2\tnos\tyo\tPRON\t_\tNumber=Plur|Person=1\t1\tobj\t_\t_
3\tya\tya\tADV\t_\t_\t1\tadvmod\t_\tSpaceAfter=No
3.1\telided\t_\t_\t_\t_\t_\t_\t_\t_
4\t,\t,\tPUNCT\t_\t_\t6\tpunct\t_\t_
5\tque\tque\tSCONJ\t_\t_\t6\tmark\t_\t_
6\tllueve\tllover\tVERB\t_\tMood=Ind|Number=Sing|Person=3\t1\tadvcl\t_\tSpaceAfter=No
7\t.\t.\tPUNCT\t_\t_\t1\tpunct\t_\t_

"""
# Derivations of one word on lines of their own, as the Turkish Web Treebank has them.
DERIVED = """# sent_id = b
1\tcevap\tcevap\tNOUN\tNN\tPersonNumber=A3sg|Case=Bare\t3\tdobj\t_\t_
2\tbul\tbul\tVERB\tVB\tProper=False\t3\tig\t_\tSpaceAfter=No
3\tamadım\t_\tVERB\tVB\tDerivation=Able|PersonNumber=V1sg\t0\troot\t_\tSpaceAfter=No
4\t.\t.\tPUNCT\t.\t_\t3\tp\t_\t_
5\tkiloyla\tkilo\tVERB\tNOMP\tPersonNumber=A3pl|Case=Ins|PersonNumber=V3sg\t3\tdep\t_\t_
"""


def read(tmp_path: Path, text: str) -> list[TreeSentence]:
    path = tmp_path / "t.conllu"
    path.write_text(text, "utf-8")
    return list(read_trees(path))


def test_forms_stand_where_they_are_written(tmp_path: Path) -> None:
    [sentence] = read(tmp_path, UNIVERSAL)
    assert (sentence.id, sentence.text) == ("a", "Vámonos ya, que llueve.")
    starts = {word.form: word.start for word in sentence.words}
    assert starts == {
        "Vamos": None, "nos": None, "ya": 8, ",": 10, "que": 12, "llueve": 16, ".": 22
    }  # fmt: skip
    rains = sentence.words[5]
    assert rains.features == {"Number": "Sing", "Person": "3"}
    assert ("Mood", "Ind") in rains.cell
    assert [word.form for word in sentence.dependents(rains)] == [",", "que"]


def test_derivations_of_a_word_are_one_word(tmp_path: Path) -> None:
    [sentence] = read(tmp_path, DERIVED)
    assert sentence.text == "cevap bulamadım. kiloyla"
    answer, found, _, with_kilos = sentence.words
    assert (found.form, found.lemma, found.lines, found.start) == ("bulamadım", "bul", (2, 3), 6)
    assert found.features == {"Person": "1", "Number": "Sing"}
    assert ("0.features", "Proper=False") in found.cell
    assert sentence.dependents(found) == [answer, sentence.words[2], with_kilos]
    # The verb's person, not that of the noun it is made of; the noun's is of its cell.
    assert with_kilos.features == {"Person": "3", "Number": "Sing"}
    assert ("PersonNumber", "A3pl") in with_kilos.cell


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1\tword\tlemma\n", "line 1: 10 columns"),
        ("1\ta\ta\tX\t_\t_\tx\tdep\t_\t_\n", "the head 'x'"),
    ],
)
def test_faults_are_named(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path, line)


def test_sentences_without_a_name_get_one(tmp_path: Path) -> None:
    line = "1\ta\ta\tX\t_\t_\t0\troot\t_\t_\n"
    assert [s.id for s in read(tmp_path, f"{line}\n\n{line}")] == ["t:0", "t:1"]
