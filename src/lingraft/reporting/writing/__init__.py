"""The words of the report and the formats that it is written in.

- sections: the order of the report: which section has which tables, figures and sentences
- conclusions: who is best, how sure that is, and at what cost
- limitations: what the numbers do not show
- page: index.html, one offline page (with the files in assets/)
- markdown: report.md
- model_card: the card of every model
- summary: the outcome in a few lines for the terminal
"""
