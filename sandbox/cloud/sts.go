package cloud

// stsOperations are the actions of STS that the account answers.
func stsOperations() []operation {
	return []operation{define("sts", "GetCallerIdentity", reads, getCallerIdentity)}
}

type callerIdentity struct {
	Arn     string `xml:"Arn"`
	UserID  string `xml:"UserId"`
	Account string `xml:"Account"`
}

func getCallerIdentity(a *Account, c *call, _ *nothing) (*callerIdentity, error) {
	return &callerIdentity{Arn: c.caller.arn, UserID: c.caller.userID, Account: a.cfg.AccountID}, nil
}
