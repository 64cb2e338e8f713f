package rds

import (
	"strings"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/wire"
)

type startDBInstanceInput struct {
	Identifier string `query:"DBInstanceIdentifier,required"`
}

// startDBInstance starts an instance that is stopped. It takes as long as a
// change of one.
func startDBInstance(a *State, _ wire.Caller, in *startDBInstanceInput) (*dbInstanceOutput, error) {
	d := a.instances[strings.ToLower(in.Identifier)]
	if d == nil {
		return nil, noDBInstance(in.Identifier)
	}
	if d.Status != "stopped" {
		return nil, awserr.New("InvalidDBInstanceState", "Instance %s is not stopped.", d.Identifier)
	}
	a.passThrough(d, "starting", a.delays.DatabaseModify)
	return &dbInstanceOutput{a.dbInstanceXML(d)}, nil
}
