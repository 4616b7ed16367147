# What lingraft asks of Kubernetes, through kubectl.
# $cores $memory_mb $minutes $gpus $name describe the job; $1 is a script, or a Job's name.
namespace=${LINGRAFT_NAMESPACE:-default}
image=${LINGRAFT_IMAGE:-lingraft:latest}
claim=${LINGRAFT_VOLUME_CLAIM:-lingraft} # a PersistentVolumeClaim that many nodes may write (RWX)
mount=${LINGRAFT_VOLUME_PATH:-$PWD}      # where it is mounted: the same path here and in the pods

submit() { # prints the Job's name
  name=$name cores=$cores memory_mb=$memory_mb minutes=$minutes gpus=$gpus image=$image claim=$claim \
    mount=$mount python - "$1" "$PWD" << 'PYTHON' |
import json, os, sys

try:  # names are bytes; what the locale makes of them is not asked
    wanted = ("name", "cores", "memory_mb", "minutes", "gpus", "image", "claim", "mount")
    said = {key: os.fsencode(os.environ[key]).decode() for key in wanted}
    script, folder = (os.fsencode(word).decode() for word in sys.argv[1:])
except UnicodeDecodeError as error:
    sys.exit(f"error: Kubernetes needs names in UTF-8, which {error.object!r} is not")
memory = said["memory_mb"] + "M"
limits = {"memory": memory}
if said["gpus"] != "0":
    limits["nvidia.com/gpu"] = int(said["gpus"])
container = {
    "name": "job",
    "image": said["image"],
    "command": ["/bin/sh", script],
    "workingDir": folder,
    "resources": {"requests": {"cpu": int(said["cores"]), "memory": memory}, "limits": limits},
    "volumeMounts": [{"name": "shared", "mountPath": said["mount"]}],
}
pod = {
    "restartPolicy": "Never",
    "terminationGracePeriodSeconds": 120,  # for a training to save
    "containers": [container],
    "volumes": [{"name": "shared", "persistentVolumeClaim": {"claimName": said["claim"]}}],
}
job = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {
        "generateName": "lingraft-",
        "labels": {"app": "lingraft"},
        "annotations": {"rule": said["name"]},
    },
    "spec": {
        "backoffLimit": 0,
        "activeDeadlineSeconds": int(said["minutes"]) * 60,
        "ttlSecondsAfterFinished": 86400,
        "template": {"spec": pod},
    },
}
print(json.dumps(job))
PYTHON
    kubectl --namespace "$namespace" create --output 'jsonpath={.metadata.name}' --filename -
}
is_alive() { # whether it is there and has neither succeeded nor failed
  ended=$(kubectl --namespace "$namespace" get job "$1" --output 'jsonpath={.status.conditions[*].type}') &&
    ! [[ $ended =~ Complete|Failed ]]
}
cancel() {
  kubectl --namespace "$namespace" delete job "$@"
}
