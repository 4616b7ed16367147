"""What an experiment left behind, as values; what is missing is a named gap.

- collection: the values: scores, curves, accounts of initialization, costs, gaps
- reading: `collect` reads them from a results folder
- files: reads single files of artifacts and checks their digests
- vocabularies: the sizes of models and of encoded text, where vocabularies are compared
- neighborhoods: words and their nearest words, where the configuration asks for them
- job_costs: seconds and memory of every job that Snakemake measured
- hours: CPU-hours or GPU-hours up to every line of a training
- pooling: runs that differ only in their trainings become one run
"""
