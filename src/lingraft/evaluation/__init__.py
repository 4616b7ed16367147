"""Measuring a model: one task per file, one result schema, one program (`scripts/evaluate.py`)."""
