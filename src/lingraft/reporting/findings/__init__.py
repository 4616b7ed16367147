"""What follows from the results: comparisons with the baseline, and who is best.

- finding: `Finding`, one cell of a table, and `Criterion`, what was measured
- wording: how steps, metrics and numbers are written everywhere
- example_sums: from saved predictions to what each metric sums over which examples
- cells: scores by criterion and initialization, and tests between two initializations
- vocabularies: bits per byte beside what a vocabulary costs without a model
- comparing: every initialization against the baseline
- language_means: means over languages and groups of languages
- leading: the best initialization of a criterion and all that are level with it
- studies: which runs are a study over many languages, and groups of its languages
- contrasts: one method minus another, in a language, in a mean, and the best other one
- across_languages: what a study shows: means, the leading method against each other one
- measured_alike: which trainings were measured as the evaluation measures
- gains: every sentence encoder against the model that it was tuned from
- curves: learning curves and compute-to-match
- vocabulary_arms: one model with several tokenizers, at equal text and at equal work
- vocabulary_scores: the headline scores of such runs
- merging_curves: scores by how many tokens of their texts were merged
"""
