"""The stages of the workflow: what each one reads, and the settings that Snakemake compares.

trainings: the trainings of an experiment, the states of their models, and where these are
settings: a stage's settings as text, and the version of each stage
references: which corpora, downloads, vectors and models a stage reads
"""
