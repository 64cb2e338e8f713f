// Package wire is how requests and answers look on the wire: the protocols of the
// services, and operations as functions of a decoded input.
package wire

import (
	"net/http"

	"podsg/sandbox/cloud/internal/awserr"
)

// Protocol is how a service is spoken to.
type Protocol interface {
	// Name says which action a request wants, even if there is no such action.
	Name(r *http.Request, body []byte) (action string, err error)
	// Decode fills the input of an operation, refusing what it does not know.
	Decode(r *http.Request, body []byte, input any) error
	// Unknown refuses an action that the service has not.
	Unknown(action string) error
	Encode(w http.ResponseWriter, action, requestID string, output any) error
	EncodeError(w http.ResponseWriter, requestID string, e *awserr.Error)
}

// Protocols are the protocols of the services that the account answers for.
func Protocols(operations []Operation) map[string]Protocol {
	return map[string]Protocol{
		"ec2":            ec2Query{},
		"rds":            awsQuery{service: "rds", version: "2014-10-31", namespace: "http://rds.amazonaws.com/doc/2014-10-31/"},
		"iam":            awsQuery{service: "iam", version: "2010-05-08", namespace: "https://iam.amazonaws.com/doc/2010-05-08/"},
		"sts":            awsQuery{service: "sts", version: "2011-06-15", namespace: "https://sts.amazonaws.com/doc/2011-06-15/"},
		"eks":            restJSON{routes: restRoutes(operations)},
		"secretsmanager": json11{},
	}
}

// EncodeError answers a request of which the service is not known.
func EncodeError(w http.ResponseWriter, requestID string, e *awserr.Error) {
	awsQuery{}.EncodeError(w, requestID, e)
}
