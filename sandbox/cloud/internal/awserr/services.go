package awserr

import (
	"fmt"
	"net/http"
)

// phrase is how a service says something.
type phrase struct {
	code   string
	status int // HTTP status; 0 means 400
	format string
}

func (p phrase) of(args ...any) *Error {
	return &Error{Code: p.code, Message: fmt.Sprintf(p.format, args...), Status: p.status}
}

// dialect is how a service says what all of them say.
type dialect struct {
	throttled, expired, invalidKey, denied phrase
	badSignature                           string // code
	unknownAction                          phrase // of action and version
	unknownParameter, missingParameter     phrase // of name
	invalidValue                           phrase // of value and name
}

const (
	deniedText  = "You are not authorized to perform this operation."
	expiredText = "The security token included in the request is expired"
	invalidText = "The security token included in the request is invalid."
	notKnown    = "The parameter %s is not recognized"
)

// dialects are the services' own; that of IAM and STS is under "".
var dialects = map[string]dialect{
	"": {
		throttled:        phrase{"Throttling", 0, "Rate exceeded"},
		expired:          phrase{"ExpiredToken", http.StatusForbidden, expiredText},
		invalidKey:       phrase{"InvalidClientTokenId", http.StatusForbidden, invalidText},
		denied:           phrase{"AccessDenied", http.StatusForbidden, deniedText},
		badSignature:     "SignatureDoesNotMatch",
		unknownAction:    phrase{"InvalidAction", 0, "Could not find operation %s for version %s"},
		unknownParameter: phrase{"ValidationError", 0, notKnown},
		missingParameter: phrase{"ValidationError", 0, "1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null"},
		invalidValue:     phrase{"ValidationError", 0, "Value '%s' at '%s' is invalid"},
	},
	"rds": {
		throttled:        phrase{"Throttling", 0, "Rate exceeded"},
		expired:          phrase{"ExpiredToken", http.StatusForbidden, expiredText},
		invalidKey:       phrase{"InvalidClientTokenId", http.StatusForbidden, invalidText},
		denied:           phrase{"AccessDenied", http.StatusForbidden, deniedText},
		badSignature:     "SignatureDoesNotMatch",
		unknownAction:    phrase{"InvalidAction", 0, "Could not find operation %s for version %s"},
		unknownParameter: phrase{"ValidationError", 0, notKnown},
		missingParameter: phrase{"MissingParameter", 0, "The request must contain the parameter %s."},
		invalidValue:     phrase{"InvalidParameterValue", 0, "Invalid value %s for parameter %s."},
	},
	"ec2": {
		throttled:        phrase{"RequestLimitExceeded", http.StatusServiceUnavailable, "Request limit exceeded."},
		expired:          phrase{"RequestExpired", 0, "Request has expired."},
		invalidKey:       phrase{"AuthFailure", http.StatusUnauthorized, "AWS was not able to validate the provided access credentials"},
		denied:           phrase{"UnauthorizedOperation", http.StatusForbidden, deniedText},
		badSignature:     "AuthFailure",
		unknownAction:    phrase{"InvalidAction", 0, "The action %[1]s is not valid for this web service."},
		unknownParameter: phrase{"UnknownParameter", 0, notKnown},
		missingParameter: phrase{"MissingParameter", 0, "The request must contain the parameter %s"},
		invalidValue:     phrase{"InvalidParameterValue", 0, "Value (%s) for parameter %s is invalid."},
	},
	"eks": {
		throttled:        phrase{"ThrottlingException", http.StatusTooManyRequests, "Rate exceeded"},
		expired:          phrase{"ExpiredTokenException", http.StatusForbidden, expiredText},
		invalidKey:       phrase{"UnrecognizedClientException", http.StatusForbidden, invalidText},
		denied:           phrase{"AccessDeniedException", http.StatusForbidden, deniedText},
		badSignature:     "InvalidSignatureException",
		unknownAction:    phrase{"UnknownOperationException", http.StatusNotFound, "The operation %[1]s is not known."},
		unknownParameter: phrase{"InvalidParameterException", 0, notKnown},
		missingParameter: phrase{"InvalidParameterException", 0, "The parameter %s is required."},
		invalidValue:     phrase{"InvalidParameterException", 0, "Value %s for parameter %s is invalid."},
	},
	"secretsmanager": {
		throttled:        phrase{"ThrottlingException", 0, "Rate exceeded"},
		expired:          phrase{"ExpiredTokenException", 0, expiredText},
		invalidKey:       phrase{"UnrecognizedClientException", 0, invalidText},
		denied:           phrase{"AccessDeniedException", 0, deniedText},
		badSignature:     "InvalidSignatureException",
		unknownAction:    phrase{"UnknownOperationException", 0, "The operation %[1]s is not known."},
		unknownParameter: phrase{"InvalidParameterException", 0, notKnown},
		missingParameter: phrase{"InvalidParameterException", 0, "The parameter %s is required."},
		invalidValue:     phrase{"InvalidParameterException", 0, "Value %s for parameter %s is invalid."},
	},
}

func of(service string) dialect {
	if d, ok := dialects[service]; ok {
		return d
	}
	return dialects[""]
}

// ForService turns the common code of a fault into the service's own code and
// HTTP status, so that one fault can hit the calls of several services.
func ForService(service string, e *Error) *Error {
	var own *Error
	switch d := of(service); e.Code {
	case "Throttling", "ThrottlingException":
		own = d.throttled.of()
	case "ExpiredToken", "ExpiredTokenException":
		own = d.expired.of()
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation":
		own = d.denied.of()
	default:
		return e
	}
	if e.Status != 0 && e.Status != http.StatusForbidden {
		own.Status = e.Status
	}
	if e.Message != Text(e.Code) {
		own.Message = e.Message
	}
	return own
}

// Text is the usual text of a common code.
func Text(code string) string {
	switch code {
	case "Throttling", "ThrottlingException":
		return "Rate exceeded"
	case "RequestLimitExceeded":
		return "Request limit exceeded."
	case "ExpiredToken", "ExpiredTokenException":
		return "The security token included in the request is expired"
	case "InternalError":
		return "An internal error has occurred"
	case "ServiceUnavailable", "Unavailable":
		return "Service is unable to handle request."
	}
	return "The request was refused."
}

// ExpiredToken says that credentials are no longer valid.
func ExpiredToken(service string) error { return of(service).expired.of() }

// InvalidKey says that nobody has an access key.
func InvalidKey(service string) error { return of(service).invalidKey.of() }

// BadSignature says what is wrong with a signature.
func BadSignature(service, format string, args ...any) error {
	return WithStatus(http.StatusForbidden, of(service).badSignature, format, args...)
}

// AccessDenied says why a caller may not do something.
func AccessDenied(service, text string) error {
	e := of(service).denied.of()
	e.Message = text
	return e
}

// UnknownAction says that a service has no such action.
func UnknownAction(service, action, version string) error {
	return of(service).unknownAction.of(action, version)
}

// UnknownParameter says that an action does not take a parameter.
func UnknownParameter(service, name string) error { return of(service).unknownParameter.of(name) }

// MissingParameter says that an action needs a parameter.
func MissingParameter(service, name string) error { return of(service).missingParameter.of(name) }

// InvalidValue says that a parameter cannot have a value.
func InvalidValue(service, name, value string) error { return of(service).invalidValue.of(value, name) }
