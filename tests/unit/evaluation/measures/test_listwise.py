"""The prompt that has a query and its candidates."""

from lingraft.evaluation.measures.listwise import INSTRUCTION, listwise_prompt


def test_a_prompt_has_instruction_numbered_documents_and_query() -> None:
    prompt = listwise_prompt("who?", ["Asha", "Baraka"], "Rank")
    assert prompt == "Rank:\nDocuments:\n[1] Asha\n[2] Baraka\nQuery: who?"
    assert listwise_prompt("who?", []).splitlines()[0] == f"{INSTRUCTION}:"


def test_long_documents_are_cut_and_the_query_is_not() -> None:
    prompt = listwise_prompt("who is it?", ["Asha Juma"], longest=4)
    assert prompt.splitlines()[-2:] == ["[1] Asha", "Query: who is it?"]
