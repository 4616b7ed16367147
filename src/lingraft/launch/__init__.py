"""From the resources of a job to processes on devices and nodes: torchrun, Slurm, locked GPUs.

command_lines: the words before a program, from Snakemake's resources
devices: gives each job on a machine with GPUs devices of its own
meeting: gives each training on several machines a port of its own
torchrun: torchrun that passes on the exit code of its workers
slurm: queues a job again, stops the jobs of a dead run
signals: the signals that ask a program to stop
forking: programs without their imports: a server that forks a job from a process that has them
interpreter: lets `python` in rules be the Python that runs Snakemake
"""
