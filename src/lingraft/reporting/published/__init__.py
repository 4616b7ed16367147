"""Numbers from papers, beside ours where both measure the same.

- numbers: the table of published numbers and its checks (light: the Snakefile imports it)
- own_numbers: ours, of models, alignments and vectors, as the join reads them
- beside: joins published numbers with ours, or says why not
- levels: published values as horizontal lines in the learning curves
"""
