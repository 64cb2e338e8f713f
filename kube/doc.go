// Package kube is podsg's access to Kubernetes: it implements
// [podsg/steps.Connector] and [podsg/steps.Kube] with client-go.
//
// [Connector] finds the way to a cluster's API server (a kubeconfig context
// that really points at it, or access built from what EKS says about the
// cluster). [Client] joins what is done there:
//
//   - observe reads, change writes, wait waits for what happens; each is made of
//     the clients of api, whose requests go through internal/transport.
//   - facts reduces objects to what podsg looks at.
//   - access lists the permissions that all of this needs.
//   - internal/follow keeps a reduced copy of objects current; live feeds the
//     panes with it.
//
// Nothing here writes to standard error: client-go's log and the API server's
// warnings go to the logger of [Settings], and a credential plugin's complaints
// become part of the error.
package kube
