"""The words of the report and the formats that it is written in.

- content: the whole report as a value: sections with sentences, tables and figures
- sections: composes it: which section has which tables, figures and sentences
- studies: the section for a study over many languages, and its lines for the terminal
- conclusions: who is best, how sure that is, and at what cost
- outcomes: who leads by one criterion, as a sentence
- vocabularies: the section on one model with several vocabularies
- merging_curves: the section on dynamic tokenization
- tuned: what became of the models as sentence encoders
- limitations: what the numbers do not show
- page: index.html, one offline page (with the files in assets/)
- markdown: report.md
- model_card, hub_metadata: the card of every model, and what the hub checks in it
- summary: the outcome in a few lines for the terminal
"""
