"""What is measured on.

reading.py       held-out documents, translated pairs and labelled examples of a folder
ranked_lists.py  queries with candidates and their relevance
tag_files.py     sentences with a tag for each word
treebanks.py     sentences with lemmas, features and trees
minimal_pairs.py two sentences of which one is right
agreement.py     minimal pairs of subject-verb agreement, cut from a treebank
word_lists.py    dictionaries, word pairs, analogies, synonyms
question_templates.py questions about words in many languages
word_questions.py questions about the letters of words
bigbench.py      tasks of BIG-bench as labelled sets
alike.py         labelled data, written as the text that a model learned
noise.py         texts with wrong characters
digests.py       digests of models, tokenizers and data
kept_files.py    digests for files that another library keeps
stage.py         the entry: makes the dataset artifact from a download
"""
