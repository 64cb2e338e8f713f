package cloud

// nodesService is what a cluster's nodes and controllers do in the account. Its
// exported methods take the account's lock.
type nodesService struct {
	*base
	ec2    *ec2State
	iam    *iamState
	eks    *eksState
	faults *faultList
}

func newNodesService(b *base, ec2 *ec2State, iam *iamState, eks *eksState, faults *faultList) *nodesService {
	return &nodesService{b, ec2, iam, eks, faults}
}

// ControllerCredentials are credentials for a VPC resource controller that
// calls the endpoint, as EKS gives them to its own: those of the cluster role's
// session, which may also associate branch interfaces. Faults with Controller
// set hit the calls that they sign.
func (a *nodesService) ControllerCredentials(cluster string) (accessKeyID, secretAccessKey, sessionToken string, err error) {
	a.lock()
	defer a.unlock()
	p, err := a.controller(cluster)
	if err != nil {
		return "", "", "", err
	}
	p.controller = true
	accessKeyID = a.iam.giveCredentials(p)
	return accessKeyID, p.secretKey, p.sessionToken, nil
}
