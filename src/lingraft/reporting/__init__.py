"""From the results of an experiment to its report: one offline page with tables and figures.

Rooms, each of which imports only from those above it:

- statistics: intervals, tests and compute-to-match, on arrays
- collected: what the experiment left behind, read from the results folder
- findings: every initialization against the baseline, and who is best
- published: numbers from papers, beside ours where both measure the same
- tables, figures: the findings as values that can be written or drawn
- writing: sentences, sections, and the formats: page, Markdown, model cards, terminal
- stage: `build`, from a results folder to the report folder
"""
