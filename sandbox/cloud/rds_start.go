package cloud

import "strings"

type startDBInstanceInput struct {
	Identifier string `query:"DBInstanceIdentifier,required"`
}

// startDBInstance starts an instance that is stopped. It takes as long as a
// change of one.
func startDBInstance(a *rdsState, _ caller, in *startDBInstanceInput) (*dbInstanceOutput, error) {
	d := a.instances[strings.ToLower(in.Identifier)]
	if d == nil {
		return nil, noDBInstance(in.Identifier)
	}
	if d.Status != "stopped" {
		return nil, fail("InvalidDBInstanceState", "Instance %s is not stopped.", d.Identifier)
	}
	a.setDBStatus(d, "starting")
	a.after(a.delays.DatabaseModify, func() {
		if d.Status == "starting" {
			a.setDBStatus(d, "available")
		}
	})
	out := &dbInstanceOutput{}
	out.Instance = a.dbInstanceXML(d)
	return out, nil
}
