package cloud

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
	accessKeyID = a.giveCredentials(p)
	return accessKeyID, p.secretKey, p.sessionToken, nil
}
