package codec

import (
	"encoding/json"
	"fmt"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/sandbox/kubeapi/apierror"
)

// WriteJSON answers with value as JSON.
func WriteJSON(w http.ResponseWriter, status int, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return apierrors.NewInternalError(err)
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("Cache-Control", "no-cache, private")
	w.WriteHeader(status)
	// A client that has gone needs no answer.
	_, _ = w.Write(append(body, '\n'))
	return nil
}

// WriteError answers with a Status object.
func WriteError(w http.ResponseWriter, err error) {
	status := apierror.StatusOf(err)
	if seconds := retryAfter(status); seconds > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(seconds))
	}
	w.Header().Set("Content-Type", "application/json")
	_ = WriteJSON(w, int(status.Code), status)
}

func retryAfter(status metav1.Status) int32 {
	if status.Details == nil {
		return 0
	}
	return status.Details.RetryAfterSeconds
}
