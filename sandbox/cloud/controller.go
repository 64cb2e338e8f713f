package cloud

// serviceActions are what EKS lets the VPC resource controller do with
// permissions of its own; everything else it does as the cluster role.
var serviceActions = map[string]bool{
	"ec2:AssociateTrunkInterface":            true,
	"ec2:DisassociateTrunkInterface":         true,
	"ec2:DescribeTrunkInterfaceAssociations": true,
}

// ControllerCredentials are credentials for a VPC resource controller that
// calls the endpoint, as EKS gives them to its own: those of the cluster role's
// session, which may also associate branch interfaces. Faults with Controller
// set hit the calls that they sign.
func (a *Account) ControllerCredentials(cluster string) (accessKeyID, secretAccessKey, sessionToken string, err error) {
	a.lock()
	defer a.unlock()
	p, err := a.controller(cluster)
	if err != nil {
		return "", "", "", err
	}
	p.controller = true
	p.secretKey, p.sessionToken = a.ids.hex(40), a.ids.hex(64)
	accessKeyID = a.ids.iam("ASIA")
	a.callers[accessKeyID] = p
	return accessKeyID, p.secretKey, p.sessionToken, nil
}

// byController reports whether credentials are a VPC resource controller's.
func (a *Account) byController(accessKeyID string) bool {
	p := a.callers[accessKeyID]
	return p != nil && p.controller
}
