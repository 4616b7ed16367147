#!/usr/bin/env bash
# A real Slurm on this one machine, for tests: munge, slurmctld and two slurmd from Debian's packages.
#
#   tests/slurm/setup.sh         install what is missing and start it (needs root)
#   tests/slurm/setup.sh stop    stop the daemons that this script started
#
# The two nodes pretend to have more cores, memory and GPUs than there are, so that the shipped
# profiles are tested as they are. Exit 77: this machine cannot have one (not root, no packages).
set -euo pipefail
base=${LINGRAFT_SLURM:-/var/tmp/lingraft-slurm}
host=$(hostname -s)
nodes="lingraft-n1 lingraft-n2"

stop() {
  for pid in "$base"/*.pid; do
    [ -s "$pid" ] && kill "$(cat "$pid")" 2> /dev/null && rm -f "$pid"
  done
  return 0
}

install_packages() {
  command -v slurmctld > /dev/null && command -v munged > /dev/null && return
  command -v apt-get > /dev/null || { echo "no apt-get: install slurm-wlm and munge yourself" >&2; exit 77; }
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y -qq --no-install-recommends slurm-wlm munge > /dev/null ||
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends slurm-wlm munge > /dev/null; } ||
    { echo "the packages slurm-wlm and munge cannot be installed" >&2; exit 77; }
}

start_munge() {
  mkdir -p /run/munge
  chown munge:munge /run/munge
  chmod 755 /run/munge
  if [ ! -s /etc/munge/munge.key ]; then
    dd if=/dev/urandom bs=1 count=1024 of=/etc/munge/munge.key 2> /dev/null
    chown munge:munge /etc/munge/munge.key
    chmod 400 /etc/munge/munge.key
  fi
  munge -n 2> /dev/null | unmunge > /dev/null 2>&1 ||
    setpriv --reuid=munge --regid=munge --clear-groups /usr/sbin/munged --force 2> /dev/null
  munge -n | unmunge > /dev/null
}

write_configuration() {
  for node in $nodes; do
    grep -q "$node" /etc/hosts || echo "127.0.0.1 $node" >> /etc/hosts
    mkdir -p "$base/spool-$node"
  done
  mkdir -p "$base/state" /etc/slurm
  # Devices that stand for GPUs: Slurm wants a file for each.
  for i in 0 1 2 3; do [ -e "/dev/fakegpu$i" ] || mknod "/dev/fakegpu$i" c 1 3; done
  cat > /etc/slurm/gres.conf << CONF
AutoDetect=off
NodeName=lingraft-n1 Name=gpu File=/dev/fakegpu[0-1]
NodeName=lingraft-n2 Name=gpu File=/dev/fakegpu[2-3]
CONF
  cat > /etc/slurm/slurm.conf << CONF
ClusterName=lingraft
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A requeued job waits until its old credential is void: seconds here, two minutes by default.
AuthInfo=cred_expire=5
StateSaveLocation=$base/state
SlurmdSpoolDir=$base/spool-%n
SlurmctldPidFile=$base/slurmctld.pid
SlurmdPidFile=$base/slurmd-%n.pid
SlurmctldLogFile=$base/slurmctld.log
SlurmdLogFile=$base/slurmd-%n.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=5
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
MpiDefault=none
ReturnToService=2
SlurmdTimeout=60
KillWait=30
MinJobAge=600
AccountingStorageType=accounting_storage/none
# No cgroups here: slurmd itself looks every few seconds who uses more memory than he asked for.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
GresTypes=gpu
NodeName=lingraft-n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=17001 CPUs=16 RealMemory=64000 Gres=gpu:2 State=UNKNOWN
NodeName=lingraft-n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=17002 CPUs=16 RealMemory=64000 Gres=gpu:2 State=UNKNOWN
PartitionName=main Nodes=lingraft-n1,lingraft-n2 Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
CONF
}

start() {
  slurmctld
  for node in $nodes; do slurmd -N "$node"; done
  for _ in $(seq 60); do
    [ "$(sinfo -h -N -o %T 2> /dev/null | grep -c idle)" = 2 ] && return
    sleep 0.5
  done
  sinfo -N -l >&2
  tail -n 20 "$base"/*.log >&2
  exit 1
}

[ "$(id -u)" = 0 ] || { echo "Slurm for tests needs root" >&2; exit 77; }
if [ "${1:-start}" = stop ]; then stop; exit; fi
install_packages
start_munge
if [ "$(sinfo -h -N -o %N 2> /dev/null | grep -c lingraft-n)" != 2 ]; then
  write_configuration
  start
fi
sinfo -N -o "%N %T %c cores %m MB %G"
