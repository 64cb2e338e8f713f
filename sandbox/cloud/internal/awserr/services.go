package awserr

import "net/http"

// The services say the same things in different codes. This file is the table
// of those differences.

// ForService turns the common code of a fault into the service's own code and
// HTTP status, so that one fault can hit the calls of several services.
func ForService(service string, e *Error) *Error {
	var own *Error
	switch e.Code {
	case "Throttling", "ThrottlingException":
		own = throttled(service)
	case "ExpiredToken", "ExpiredTokenException":
		own = ExpiredToken(service).(*Error)
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation":
		own = &Error{Code: accessDeniedCode(service), Message: "You are not authorized to perform this operation.", Status: accessDeniedStatus(service)}
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

func throttled(service string) *Error {
	switch service {
	case "ec2":
		return &Error{Code: "RequestLimitExceeded", Message: "Request limit exceeded.", Status: http.StatusServiceUnavailable}
	case "eks":
		return &Error{Code: "ThrottlingException", Message: "Rate exceeded", Status: http.StatusTooManyRequests}
	case "secretsmanager":
		return &Error{Code: "ThrottlingException", Message: "Rate exceeded"}
	}
	return &Error{Code: "Throttling", Message: "Rate exceeded"}
}

func ExpiredToken(service string) error {
	const text = "The security token included in the request is expired"
	switch service {
	case "ec2":
		return New("RequestExpired", "Request has expired.")
	case "eks":
		return WithStatus(http.StatusForbidden, "ExpiredTokenException", text)
	case "secretsmanager":
		return New("ExpiredTokenException", text)
	}
	return WithStatus(http.StatusForbidden, "ExpiredToken", text)
}

func InvalidKey(service string) error {
	const text = "The security token included in the request is invalid."
	switch service {
	case "ec2":
		return WithStatus(http.StatusUnauthorized, "AuthFailure", "AWS was not able to validate the provided access credentials")
	case "eks":
		return WithStatus(http.StatusForbidden, "UnrecognizedClientException", text)
	case "secretsmanager":
		return New("UnrecognizedClientException", text)
	}
	return WithStatus(http.StatusForbidden, "InvalidClientTokenId", text)
}

func BadSignatureCode(service string) string {
	switch service {
	case "ec2":
		return "AuthFailure"
	case "eks", "secretsmanager":
		return "InvalidSignatureException"
	}
	return "SignatureDoesNotMatch"
}

func accessDeniedCode(service string) string {
	switch service {
	case "ec2":
		return "UnauthorizedOperation"
	case "eks", "secretsmanager":
		return "AccessDeniedException"
	}
	return "AccessDenied"
}

func accessDeniedStatus(service string) int {
	if service == "secretsmanager" {
		return http.StatusBadRequest
	}
	return http.StatusForbidden
}

func AccessDenied(service, text string) error {
	return &Error{Code: accessDeniedCode(service), Message: text, Status: accessDeniedStatus(service)}
}

func UnknownAction(service, action, version string) error {
	switch service {
	case "ec2":
		return New("InvalidAction", "The action %s is not valid for this web service.", action)
	case "eks":
		return WithStatus(http.StatusNotFound, "UnknownOperationException", "The operation %s is not known.", action)
	case "secretsmanager":
		return New("UnknownOperationException", "The operation %s is not known.", action)
	}
	return New("InvalidAction", "Could not find operation %s for version %s", action, version)
}

func UnknownParameter(service, name string) error {
	switch service {
	case "ec2":
		return New("UnknownParameter", "The parameter %s is not recognized", name)
	case "eks":
		return New("InvalidParameterException", "The parameter %s is not recognized", name)
	case "secretsmanager":
		return New("InvalidParameterException", "The parameter %s is not recognized", name)
	}
	return New("ValidationError", "The parameter %s is not recognized", name)
}

func MissingParameter(service, name string) error {
	switch service {
	case "ec2":
		return New("MissingParameter", "The request must contain the parameter %s", name)
	case "rds":
		return New("MissingParameter", "The request must contain the parameter %s.", name)
	case "eks", "secretsmanager":
		return New("InvalidParameterException", "The parameter %s is required.", name)
	}
	return New("ValidationError", "1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", name)
}

func InvalidValue(service, name, value string) error {
	switch service {
	case "ec2":
		return New("InvalidParameterValue", "Value (%s) for parameter %s is invalid.", value, name)
	case "rds":
		return New("InvalidParameterValue", "Invalid value %s for parameter %s.", value, name)
	case "eks", "secretsmanager":
		return New("InvalidParameterException", "Value %s for parameter %s is invalid.", value, name)
	}
	return New("ValidationError", "Value '%s' at '%s' is invalid", value, name)
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
