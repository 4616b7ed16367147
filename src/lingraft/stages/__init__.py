"""The stages of the workflow, one row each: what they read, their settings, how they are called.

declaration: what a row says
making: the rows of stages that make artifacts, from a download to a trained model
made_from: what a block is made from, as its stage reads it
initializing: what initializations and the trainings of generators read
measuring: the rows of stages that measure: labelled data, evaluations, the report
rules: what a rule asks about its row: its inputs, its settings, its command line
signatures: what functions ask, looked up once
targets: the files that a whole experiment consists of
resources: memory, time and cores of a job, by the size of its inputs
precedence: which of the jobs that are ready starts first
trainings: the trainings of an experiment, the states of their models, and where these are
settings: a stage's settings as text, and the version of each stage
references: which corpora, downloads, vectors and models a stage reads

To add a stage: its row here, its version in `settings`, its rule in workflow/rules, its program in
scripts/.
"""
