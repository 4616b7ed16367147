"""Measuring a model: one task per file, one result schema, one program (`scripts/evaluate.py`).

- `data/`: the texts, labelled sets and sentence pairs that are measured on.
- `measures/`: what several tasks compute: vectors of texts, probes, baselines.
- `fine_tuning/`: training a classifier or tagger, testing it.
- `tasks/`: the tasks, one file each.
- `results`: the result file of a task.
- `subject`: what is measured.
- `stage`: the loop that runs the tasks.
"""
