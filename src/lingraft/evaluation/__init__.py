"""Evaluation: measuring models, tokenizers, vectors, alignments; writing down what was measured.

outcome.py        Score, Outcome: what a task finds
precision.py      in what arithmetic models are read
data/             what is measured on: texts, labelled sets, sentence pairs, word lists
dynamic/          texts whose tokens are merged further
measures/         the mathematics: vectors of texts, losses, ranks, probes, costs
results.py        the result file of a task, with its predictions
subject.py        what is measured, with its data: a model, a tokenizer
word_subjects.py  the same for static vectors: an alignment, a set of vectors
task.py           what a task declares, and the registry of tasks
dynamic_reading.py  the key `dynamic` of tasks, and an outcome for each number of merges
sentence_search.py  what tasks share that search translations of sentences
fine_tuning/      training a classifier or a tagger, and testing it
words/            the mathematics of tasks on static vectors, and what these share
tasks/            the tasks, one class in one file each
configuration.py  the `evaluation` block of the configuration, made from the registry
stage.py          the entry: the loop that runs tasks and keeps results that are current

A module imports from its own folder and from what is above it in this list.
"""
