package cloud

import (
	"errors"
	"fmt"
	"net/http"
)

// APIError is an error as the AWS service would answer it.
type APIError struct {
	Code    string
	Message string
	Status  int // HTTP status; 0 means 400
}

func (e *APIError) Error() string { return e.Code + ": " + e.Message }

func (e *APIError) status() int {
	if e.Status == 0 {
		return http.StatusBadRequest
	}
	return e.Status
}

func fail(code, format string, args ...any) error {
	return &APIError{Code: code, Message: fmt.Sprintf(format, args...)}
}

func failStatus(status int, code, format string, args ...any) error {
	return &APIError{Code: code, Message: fmt.Sprintf(format, args...), Status: status}
}

// asAPIError makes every error one that can be sent.
func asAPIError(err error) *APIError {
	var e *APIError
	if errors.As(err, &e) {
		return e
	}
	return &APIError{Code: "InternalFailure", Message: err.Error(), Status: http.StatusInternalServerError}
}
