"""The figures of the report.

- figure: `Figure` and `Series`, values that can be drawn, and the palette
- results: differences to the baseline with their intervals
- curves: learning curves, with published values as levels
- initialization: where new rows come from, and their norms
- static: a figure as SVG
- interactive: a figure as a Plotly specification
"""
