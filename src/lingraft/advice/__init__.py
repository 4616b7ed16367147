"""Does another vocabulary pay? What each would cost, and what was measured, as a recommendation.

- `questions`: the models and texts of a configuration for which a vocabulary is to be chosen.
- `candidates`: the vocabularies: kept, extended, pruned, replaced; made where they are missing.
- `rows`: what text and a model cost with each of them.
- `recommending`: the rule, in sentences.
- `printing`: the table and the sentences for the terminal.
- `stage`: `advise`, what the program calls.
"""
