# What lingraft asks of Kubernetes, through kubectl.
# $cores $memory_mb $minutes $gpus $name describe the job; $1 is a script, or a Job's name.
namespace=${LINGRAFT_NAMESPACE:-default}
image=${LINGRAFT_IMAGE:-lingraft:latest}
claim=${LINGRAFT_VOLUME_CLAIM:-lingraft} # a PersistentVolumeClaim that many nodes may write (RWX)
mount=${LINGRAFT_VOLUME_PATH:-$PWD}      # where it is mounted: the same path here and in the pods

submit() { # prints the Job's name
  [ "$gpus" = 0 ] && gpu_limit= || gpu_limit=", \"nvidia.com/gpu\": $gpus"
  kubectl --namespace "$namespace" create --output 'jsonpath={.metadata.name}' --filename - << JSON
{"apiVersion": "batch/v1", "kind": "Job",
 "metadata": {"generateName": "lingraft-", "labels": {"app": "lingraft"}, "annotations": {"rule": "$name"}},
 "spec": {"backoffLimit": 0, "activeDeadlineSeconds": $((minutes * 60)), "ttlSecondsAfterFinished": 86400,
  "template": {"spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 120,
   "containers": [{"name": "job", "image": "$image", "command": ["/bin/sh", "$1"], "workingDir": "$PWD",
    "resources": {"requests": {"cpu": $cores, "memory": "${memory_mb}M"},
                  "limits": {"memory": "${memory_mb}M"$gpu_limit}},
    "volumeMounts": [{"name": "shared", "mountPath": "$mount"}]}],
   "volumes": [{"name": "shared", "persistentVolumeClaim": {"claimName": "$claim"}}]}}}}
JSON
}
is_alive() { # whether it is there and has neither succeeded nor failed
  ended=$(kubectl --namespace "$namespace" get job "$1" --output 'jsonpath={.status.conditions[*].type}') &&
    ! [[ $ended =~ Complete|Failed ]]
}
cancel() {
  kubectl --namespace "$namespace" delete job "$@"
}
