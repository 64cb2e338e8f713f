// Package kube is podsg's access to Kubernetes: it implements
// [podsg/steps.Connector] and [podsg/steps.Kube] with client-go.
//
// [Connector] finds the way to a cluster's API server (a kubeconfig context
// that really points at it, or access built from what EKS says about the
// cluster). [Client] observes, changes and waits:
//
//   - observe.go reads everything at the same time; every list is paged, and
//     there is no call per node or pod. The facts have a file each: access.go,
//     nodes.go, cni.go, dns.go, admission.go, policies.go, pods.go,
//     podlogs.go, workloads.go, traffic.go, settings.go, eniconfigs.go, secrets.go,
//     events.go.
//   - apply.go, delete.go and patch_cni.go change objects. Every write names
//     the field manager podsg; nothing that others own is taken over.
//   - wait.go waits by watches, not by polling, and tells in words what it is
//     waiting for; rollout.go, trunk.go, gone.go and wait_pods.go are the waits.
//   - journal.go and lock.go keep podsg's own records in the cluster.
//
// Nothing here writes to standard error: client-go's log and the API server's
// warnings go to the logger of [Settings], and a credential plugin's complaints
// become part of the error.
package kube
