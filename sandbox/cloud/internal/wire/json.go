package wire

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"podsg/sandbox/cloud/internal/awserr"
)

// restJSON is the protocol of EKS: the action is in the method and the path.
// https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
type restJSON struct{ routes *http.ServeMux }

// newRESTRoutes maps methods and paths to operations. The handlers only say
// which operation it is; the request's path values are set on the way.
func restRoutes(operations []Operation) *http.ServeMux {
	mux := http.NewServeMux()
	for _, op := range operations {
		if op.Pattern != "" {
			mux.HandleFunc(op.Method+" "+op.Pattern, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set(operationHeader, op.name)
			})
		}
	}
	return mux
}

const operationHeader = "Operation"

// headerOnly receives the name of the operation from the routes.
type headerOnly struct{ header http.Header }

func (h headerOnly) Header() http.Header         { return h.header }
func (h headerOnly) Write(b []byte) (int, error) { return len(b), nil }
func (h headerOnly) WriteHeader(int)             {}

func (p restJSON) Name(r *http.Request, _ []byte) (string, error) {
	w := headerOnly{header: http.Header{}}
	p.routes.ServeHTTP(w, r)
	if name := w.header.Get(operationHeader); name != "" {
		return name, nil
	}
	return r.Method + " " + r.URL.Path, nil
}

// Decode fills the input from the path, the query and the body: fields tagged
// path, query and json.
func (restJSON) Decode(r *http.Request, body []byte, input any) error {
	known := map[string]bool{}
	if err := decodeURL(r, reflect.ValueOf(input).Elem(), known); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(r.URL.Query())) {
		if !known[name] {
			return awserr.UnknownParameter("eks", name)
		}
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	return decodeJSON("eks", body, input)
}

// decodeURL fills the fields of a struct, and of those embedded in it, that are
// in the path or the query, and notes the names of the query that it knows.
func decodeURL(r *http.Request, v reflect.Value, known map[string]bool) error {
	for i := range v.NumField() {
		field, target := v.Type().Field(i), v.Field(i)
		if field.Anonymous {
			if err := decodeURL(r, target, known); err != nil {
				return err
			}
			continue
		}
		if name := field.Tag.Get("path"); name != "" {
			target.SetString(r.PathValue(name))
		}
		name := field.Tag.Get("query")
		known[name] = true
		if name == "" || !r.URL.Query().Has(name) {
			continue
		}
		value := r.URL.Query().Get(name)
		if target.Kind() != reflect.Int {
			target.SetString(value)
			continue
		}
		n, err := strconv.Atoi(value)
		if err != nil {
			return awserr.InvalidValue("eks", name, value)
		}
		target.SetInt(int64(n))
	}
	return nil
}

func (restJSON) Unknown(action string) error { return awserr.UnknownAction("eks", action, "") }

func (restJSON) Encode(w http.ResponseWriter, _, requestID string, output any) error {
	w.Header().Set("X-Amzn-RequestId", requestID)
	return writeJSON(w, "application/json", http.StatusOK, output)
}

func (restJSON) EncodeError(w http.ResponseWriter, requestID string, e *awserr.Error) {
	w.Header().Set("X-Amzn-RequestId", requestID)
	w.Header().Set("X-Amzn-ErrorType", e.Code)
	_ = writeJSON(w, "application/json", e.HTTPStatus(), map[string]string{"message": e.Message})
}

// json11 is the protocol of Secrets Manager.
// https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
type json11 struct{}

const json11Type = "application/x-amz-json-1.1"

func (json11) Name(r *http.Request, _ []byte) (string, error) {
	target := r.Header.Get("X-Amz-Target")
	name, ok := strings.CutPrefix(target, "secretsmanager.")
	if !ok {
		return target, awserr.UnknownAction("secretsmanager", target, "")
	}
	return name, nil
}

func (json11) Decode(_ *http.Request, body []byte, input any) error {
	return decodeJSON("secretsmanager", body, input)
}

func (json11) Unknown(action string) error { return awserr.UnknownAction("secretsmanager", action, "") }

func (json11) Encode(w http.ResponseWriter, _, requestID string, output any) error {
	w.Header().Set("X-Amzn-RequestId", requestID)
	return writeJSON(w, json11Type, http.StatusOK, output)
}

func (json11) EncodeError(w http.ResponseWriter, requestID string, e *awserr.Error) {
	w.Header().Set("X-Amzn-RequestId", requestID)
	_ = writeJSON(w, json11Type, e.HTTPStatus(), map[string]string{"__type": e.Code, "Message": e.Message})
}

func decodeJSON(service string, body []byte, input any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(input); err != nil {
		if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			return awserr.UnknownParameter(service, strings.Trim(name, `"`))
		}
		return awserr.New("SerializationException", "%s", err.Error())
	}
	if _, err := d.Token(); err != io.EOF {
		return awserr.New("SerializationException", "The body holds more than one value.")
	}
	return nil
}

func writeJSON(w http.ResponseWriter, contentType string, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, err = w.Write(body)
	return err
}

// Epoch is a time in the JSON protocols: seconds since 1970 with a fraction.
type Epoch time.Time

// MarshalJSON writes a number.
func (t Epoch) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(time.Time(t).UnixMilli())/1000, 'f', 3, 64), nil
}
