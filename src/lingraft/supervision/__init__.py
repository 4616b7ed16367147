"""Looks after a workflow that nobody watches: restarts it, guards it, reports its state.

request: checks the options of a run before anything starts
snapshot: the copy of the configuration that a run uses, and its digest
restart: starts Snakemake again after it was killed
cleaning: removes unfinished artifacts, corrects dates that are in the future
local_files: the files of a local source, as Snakemake can watch them
dry_run: the plan of Snakemake, as a program that writes JSON
planned: the same plan as Python objects
retraining: refuses to repeat finished, expensive trainings
progress: how long jobs have run, and how long the rest will take
status: what is done, running, failed and still to do
environments: conda environments of jobs, looked up when somebody asks for them
forked_costs: completes Snakemake's benchmarks of jobs that the run's server forked
notification: runs the user's command when a run has ended
"""
