"""From the resources of a job to processes on devices and nodes: torchrun, Slurm, locked GPUs."""
