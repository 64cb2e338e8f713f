package cloud

import "net/http"

// protocol is how a service is spoken to.
type protocol interface {
	// Name says which action a request wants, even if there is no such action.
	Name(r *http.Request, body []byte) (action string, err error)
	// Decode fills the input of an operation, refusing what it does not know.
	Decode(r *http.Request, body []byte, input any) error
	// Unknown refuses an action that the service has not.
	Unknown(action string) error
	Encode(w http.ResponseWriter, action, requestID string, output any) error
	EncodeError(w http.ResponseWriter, requestID string, e *APIError)
}

// protocolsOf are the protocols of the services that the account answers for.
func protocolsOf(operations []operation) map[string]protocol {
	return map[string]protocol{
		"ec2":            ec2Query{},
		"rds":            awsQuery{service: "rds", version: "2014-10-31", namespace: "http://rds.amazonaws.com/doc/2014-10-31/"},
		"iam":            awsQuery{service: "iam", version: "2010-05-08", namespace: "https://iam.amazonaws.com/doc/2010-05-08/"},
		"sts":            awsQuery{service: "sts", version: "2011-06-15", namespace: "https://sts.amazonaws.com/doc/2011-06-15/"},
		"eks":            restJSON{routes: restRoutes(operations)},
		"secretsmanager": json11{},
	}
}

// encodeError answers a request of which the service is not known.
func encodeError(w http.ResponseWriter, requestID string, e *APIError) {
	awsQuery{}.EncodeError(w, requestID, e)
}
