package cloud

import (
	"net/http"
)

// The services say the same things in different codes. This file is the table
// of those differences.

// serviceCode turns the common code of a fault into the service's own code and
// HTTP status, so that one fault can hit the calls of several services.
func serviceCode(service string, e *APIError) *APIError {
	var own *APIError
	switch e.Code {
	case "Throttling", "ThrottlingException":
		own = throttled(service)
	case "ExpiredToken", "ExpiredTokenException":
		own = expiredToken(service).(*APIError)
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation":
		own = &APIError{Code: accessDeniedCode(service), Message: "You are not authorized to perform this operation.", Status: accessDeniedStatus(service)}
	default:
		return e
	}
	if e.Status != 0 && e.Status != http.StatusForbidden {
		own.Status = e.Status
	}
	if e.Message != faultMessage(e.Code) {
		own.Message = e.Message
	}
	return own
}

func throttled(service string) *APIError {
	switch service {
	case "ec2":
		return &APIError{Code: "RequestLimitExceeded", Message: "Request limit exceeded.", Status: http.StatusServiceUnavailable}
	case "eks":
		return &APIError{Code: "ThrottlingException", Message: "Rate exceeded", Status: http.StatusTooManyRequests}
	case "secretsmanager":
		return &APIError{Code: "ThrottlingException", Message: "Rate exceeded"}
	}
	return &APIError{Code: "Throttling", Message: "Rate exceeded"}
}

func expiredToken(service string) error {
	const text = "The security token included in the request is expired"
	switch service {
	case "ec2":
		return fail("RequestExpired", "Request has expired.")
	case "eks":
		return failStatus(http.StatusForbidden, "ExpiredTokenException", text)
	case "secretsmanager":
		return fail("ExpiredTokenException", text)
	}
	return failStatus(http.StatusForbidden, "ExpiredToken", text)
}

func invalidKey(service string) error {
	const text = "The security token included in the request is invalid."
	switch service {
	case "ec2":
		return failStatus(http.StatusUnauthorized, "AuthFailure", "AWS was not able to validate the provided access credentials")
	case "eks":
		return failStatus(http.StatusForbidden, "UnrecognizedClientException", text)
	case "secretsmanager":
		return fail("UnrecognizedClientException", text)
	}
	return failStatus(http.StatusForbidden, "InvalidClientTokenId", text)
}

func badSignatureCode(service string) string {
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

func accessDenied(service, text string) error {
	return &APIError{Code: accessDeniedCode(service), Message: text, Status: accessDeniedStatus(service)}
}

func unknownAction(service, action, version string) error {
	switch service {
	case "ec2":
		return fail("InvalidAction", "The action %s is not valid for this web service.", action)
	case "eks":
		return failStatus(http.StatusNotFound, "UnknownOperationException", "The operation %s is not known.", action)
	case "secretsmanager":
		return fail("UnknownOperationException", "The operation %s is not known.", action)
	}
	return fail("InvalidAction", "Could not find operation %s for version %s", action, version)
}

func unknownParameter(service, name string) error {
	switch service {
	case "ec2":
		return fail("UnknownParameter", "The parameter %s is not recognized", name)
	case "eks":
		return fail("InvalidParameterException", "The parameter %s is not recognized", name)
	case "secretsmanager":
		return fail("InvalidParameterException", "The parameter %s is not recognized", name)
	}
	return fail("ValidationError", "The parameter %s is not recognized", name)
}

func missingParameter(service, name string) error {
	switch service {
	case "ec2":
		return fail("MissingParameter", "The request must contain the parameter %s", name)
	case "rds":
		return fail("MissingParameter", "The request must contain the parameter %s.", name)
	case "eks", "secretsmanager":
		return fail("InvalidParameterException", "The parameter %s is required.", name)
	}
	return fail("ValidationError", "1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", name)
}

func invalidValue(service, name, value string) error {
	switch service {
	case "ec2":
		return fail("InvalidParameterValue", "Value (%s) for parameter %s is invalid.", value, name)
	case "rds":
		return fail("InvalidParameterValue", "Invalid value %s for parameter %s.", value, name)
	case "eks", "secretsmanager":
		return fail("InvalidParameterException", "Value %s for parameter %s is invalid.", value, name)
	}
	return fail("ValidationError", "Value '%s' at '%s' is invalid", value, name)
}

// faultMessage is the usual text of a common code.
func faultMessage(code string) string {
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
