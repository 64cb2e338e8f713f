package aws

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"podsg/steps/world"
)

// faults are what stands between may make of an answer.
var faults = map[string]func(w http.ResponseWriter, answer *httptest.ResponseRecorder){
	"an empty 200": func(w http.ResponseWriter, _ *httptest.ResponseRecorder) { w.WriteHeader(http.StatusOK) },
	"an empty document": func(w http.ResponseWriter, a *httptest.ResponseRecorder) {
		if kind := a.Header().Get("Content-Type"); strings.Contains(kind, "xml") {
			w.Header().Set("Content-Type", kind)
			_, _ = io.WriteString(w, "<Response><Result/></Response>")
			return
		}
		_, _ = io.WriteString(w, "{}")
	},
	"an object without fields": func(w http.ResponseWriter, _ *httptest.ResponseRecorder) { _, _ = io.WriteString(w, "{}") },
	"a portal's page": func(w http.ResponseWriter, _ *httptest.ResponseRecorder) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!DOCTYPE html><html><body>Please log in</body></html>")
	},
	"a proxy's refusal": func(w http.ResponseWriter, _ *httptest.ResponseRecorder) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusProxyAuthRequired)
		_, _ = io.WriteString(w, "<html>407</html>")
	},
	"half an answer": func(w http.ResponseWriter, a *httptest.ResponseRecorder) {
		w.Header().Set("Content-Type", a.Header().Get("Content-Type"))
		_, _ = w.Write(a.Body.Bytes()[:a.Body.Len()/2])
	},
	"bytes that mean nothing": func(w http.ResponseWriter, _ *httptest.ResponseRecorder) {
		_, _ = w.Write([]byte{0, 0xff, 0x17, '<', '{', 0})
	},
}

// unknown are the actions whose answers are worth a fact that may stay unknown: of
// instance types podsg has a table, and whether TLS is forced may be nil.
var unknown = map[string]bool{"DescribeInstanceTypes": true, "DescribeDBParameters": true}

// askedAction is the action that a request asks for.
func askedAction(r *http.Request, body string) string {
	if form, err := url.ParseQuery(body); err == nil && form.Get("Action") != "" {
		return form.Get("Action")
	}
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return target
	}
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	for i := 1; i < len(path); i += 2 {
		path[i] = "*" // the names
	}
	return r.Method + " " + strings.Join(path, "/")
}

// behind is the world's client behind something that spoils answers.
func (w *testWorld) behind(t *testing.T, spoil func(action string) func(http.ResponseWriter, *httptest.ResponseRecorder)) *Client {
	t.Helper()
	handler := w.account.Handler()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		if fault := spoil(askedAction(r, string(body))); fault != nil {
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, r)
			fault(rw, answer)
			return
		}
		handler.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	id, secret, session := w.account.Credentials()
	return New(awssdk.Config{
		Region: w.account.Region(), BaseEndpoint: awssdk.String(server.URL), HTTPClient: newHTTPClient(),
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, session),
		Retryer:     func() awssdk.Retryer { return retry.AddWithMaxAttempts(retry.NewStandard(), 1) },
	})
}

func TestAnAnswerThatIsNotOfAWSIsAGapAndNeverAFact(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{addonRole: "arn:aws:iam::111122223333:role/cni"})
	w.addDatabase(t)
	scope := w.scope(t)
	var noted sync.Mutex
	read := map[string]bool{}
	asking := w.behind(t, func(action string) func(http.ResponseWriter, *httptest.ResponseRecorder) {
		noted.Lock()
		defer noted.Unlock()
		read[action] = true
		return nil
	})
	if _, gaps := asking.Observe(t.Context(), scope); len(gaps) > 0 {
		t.Fatalf("gaps without a fault: %v", gaps)
	}
	for action := range read {
		for name, fault := range faults {
			t.Run(name+" to "+action, func(t *testing.T) {
				t.Parallel()
				c := w.behind(t, func(asked string) func(http.ResponseWriter, *httptest.ResponseRecorder) {
					if asked == action {
						return fault
					}
					return nil
				})
				_, gaps := c.Observe(t.Context(), scope)
				_, clusterErr := c.Cluster(t.Context(), workshop)
				_, callerErr := c.Identity(t.Context())
				if len(gaps) == 0 && clusterErr == nil && callerErr == nil && !unknown[action] {
					t.Error("what was read is taken for AWS's answer")
				}
				for _, err := range append([]error{clusterErr, callerErr}, slices.Collect(maps.Values(gaps))...) {
					var p *world.Problem
					if err != nil && (!errors.As(err, &p) || strings.Contains(err.Error(), "UnknownError") || strings.Contains(err.Error(), "unexpected:")) {
						t.Errorf("it is told as %v", err)
					}
				}
			})
		}
	}
}
