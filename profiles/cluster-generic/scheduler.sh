# The three things that lingraft asks of a scheduler. As shipped: PBS (OpenPBS, PBS Pro, Torque).
# $cores $memory_mb $minutes $gpus $name $log describe the job; $1 is a script, or a job's number.

submit() { # prints the job's number
  qsub -V -j oe -o "$log" -N "$name" -l "walltime=$((minutes * 60))" \
    -l "select=1:ncpus=$cores:mem=${memory_mb}mb:ngpus=$gpus" "$1"
}
is_alive() { # whether the scheduler still has it, waiting or running
  qstat "$1" > /dev/null 2>&1
}
cancel() {
  qdel "$@"
}

# SGE:  qsub -terse -V -cwd -j y -o "$log" -N "$name" -pe smp "$cores" \
#         -l "h_vmem=$((memory_mb / cores))M,h_rt=$((minutes * 60)),gpu=$gpus" "$1"
#       qstat -j "$1"                qdel "$@"
# LSF:  bsub -o "$log" -J "$name" -n "$cores" -W "$minutes" -M "$memory_mb" \
#         -gpu "num=$gpus" < "$1" | sed 's/[^<]*<\([0-9]*\)>.*/\1/'
#       bjobs -noheader "$1" | grep -Eq 'PEND|RUN|SUSP'       bkill "$@"
