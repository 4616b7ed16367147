"""What the code is like, measured from its syntax trees.

code: modules, classes and functions as values
imports: which room imports which; floors, circles
measure: a report of sizes, types, documents and repetition (a report: nothing here is a limit)
options: every option of a configuration, and where somebody can read of it
picture: the picture of docs/architecture.md, drawn from imports and stages
"""
