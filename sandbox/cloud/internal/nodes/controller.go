// Package nodes is what the nodes of a cluster and the components on them do in
// an account: instance metadata, addresses of pods, trunk and branch interfaces.
package nodes

import (
	"podsg/sandbox/cloud/internal/core"
	"podsg/sandbox/cloud/internal/ec2"
	"podsg/sandbox/cloud/internal/eks"
	"podsg/sandbox/cloud/internal/faults"
	"podsg/sandbox/cloud/internal/iam"
)

// Service is what a cluster's nodes and controllers do in the account. Its
// exported methods take the account's lock.
type Service struct {
	*core.Base
	ec2    *ec2.State
	iam    *iam.State
	eks    *eks.State
	faults *faults.List
}

// NewService is the nodes' side of the services' states.
func NewService(b *core.Base, ec2 *ec2.State, iam *iam.State, eks *eks.State, faults *faults.List) *Service {
	return &Service{b, ec2, iam, eks, faults}
}

// ControllerCredentials are credentials for a VPC resource controller that
// calls the endpoint, as EKS gives them to its own: those of the cluster role's
// session, which may also associate branch interfaces. Faults with Controller
// set hit the calls that they sign.
func (a *Service) ControllerCredentials(cluster string) (accessKeyID, secretAccessKey, sessionToken string, err error) {
	a.Lock()
	defer a.Unlock()
	p, err := a.controller(cluster)
	if err != nil {
		return "", "", "", err
	}
	p.Controller = true
	accessKeyID = a.iam.GiveCredentials(p)
	return accessKeyID, p.SecretKey, p.SessionToken, nil
}
