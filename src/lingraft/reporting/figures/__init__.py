"""The figures of the report.

- figure: `Figure`, `Series` and `Panel`, values that can be drawn, and the palette
- results: differences to the baseline with their intervals
- studies: many languages: groups of them, and the best other method of each
- study_panels: many languages: small multiples, curves, results by amount of text
- encoders: the loss of pairs along tuning
- curves: learning curves, with published values as levels
- vocabularies: learning curves of one model with several vocabularies
- merging_curves: scores by the tokens that are read of a text
- noise_curves: scores by the share of wrong characters
- initialization: where new rows come from, and their norms
- neighborhoods: words and their nearest words in the plane
- static: a figure as SVG
- static_panels: the panels of a figure in an SVG
- interactive: a figure as a Plotly specification
- interactive_panels: the panels of a figure for Plotly
"""
