"""Programs without their imports: a server of a local run forks one process for each job.

A program of a rule takes up to six CPU seconds to import its libraries, and a tenth of a second to
work on a small language. So a run on one machine has a server, and `python` in its rules asks that
server first. It forks the job from a process (a zygote) that has already imported what earlier jobs
of the same program imported. The job has the command line, environment, folder, files and signals
of an ordinary start, and computes the same. Wherever something is unusual (a GPU, a cluster, a
container, a library with threads, a server that has died), the program starts ordinarily.

running: starts the server when Snakemake starts; puts the folder of `python` first on PATH
folders: the folders of servers; removes those that killed runs have left
client: what rules call: hands a job over and waits for its end; imports the standard library only
server: has a zygote for each program and environment, and hands jobs on to it
zygote: imports, forks, and says how jobs ended
child: the life of a forked process
settled: what programs set in the environment before they import libraries
costs: puts CPU time and memory of forked jobs into Snakemake's benchmark files
"""
