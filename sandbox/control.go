package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"podsg/sandbox/cloud"
	"podsg/sandbox/kubeapi/calls"
	"podsg/sandbox/kubeapi/faults"
)

// Call is one request that the world received, from whoever.
type Call struct {
	At       time.Time `json:"at"`
	Service  string    `json:"service"` // ec2, rds, …, kubernetes
	Action   string    `json:"action"`  // DescribeVpcs; "patch daemonsets.apps kube-system/aws-node"
	Mutating bool      `json:"mutating"`
	Error    string    `json:"error,omitempty"`
}

// Calls are the requests so far, AWS and Kubernetes in one order.
func (w *World) Calls() []Call {
	var out []Call
	for _, c := range w.account.Calls() {
		out = append(out, Call{At: c.Time, Service: c.Service, Action: c.Action, Mutating: c.Mutating, Error: c.ErrorCode})
	}
	for _, c := range w.kube.Calls() {
		out = append(out, kubeCall(c))
	}
	slices.SortStableFunc(out, func(a, b Call) int { return a.At.Compare(b.At) })
	return out
}

func kubeCall(c calls.Call) Call {
	object := strings.Trim(c.Namespace+"/"+c.Name, "/")
	out := Call{At: c.Time, Service: "kubernetes", Action: strings.TrimSpace(c.Verb + " " + c.Resource + " " + object), Mutating: c.Mutating}
	if c.Status >= 400 {
		out.Error = strconv.Itoa(c.Status)
	}
	return out
}

// controlHandler is the world's own HTTP interface, for drills and tests:
//
//	GET  /calls[?mutating=true]  the requests so far
//	GET  /objects                every object of the account and the cluster, for comparing
//	GET  /requests               the requests of the applications, by flow
//	POST /faults                 {"aws":{…}} or {"kubernetes":{…}} makes calls fail; {} makes AWS calls work again
//	POST /deny?action=GLOB       takes a permission away from the caller; no action gives all back
//	POST /credentials?state=expired|valid
func (w *World) controlHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /calls", func(rw http.ResponseWriter, r *http.Request) {
		calls := w.Calls()
		if r.FormValue("mutating") == "true" {
			calls = slices.DeleteFunc(calls, func(c Call) bool { return !c.Mutating })
		}
		if calls == nil {
			calls = []Call{}
		}
		writeJSON(rw, calls)
	})
	mux.HandleFunc("GET /objects", func(rw http.ResponseWriter, r *http.Request) {
		objects, err := w.Objects()
		if err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
			return
		}
		writeJSON(rw, objects)
	})
	mux.HandleFunc("GET /requests", func(rw http.ResponseWriter, r *http.Request) {
		flows := w.Requests()
		if flows == nil {
			flows = []Flow{}
		}
		writeJSON(rw, flows)
	})
	mux.HandleFunc("POST /faults", w.postFault)
	mux.HandleFunc("POST /deny", func(rw http.ResponseWriter, r *http.Request) {
		var patterns []string
		if err := r.ParseForm(); err == nil {
			patterns = r.Form["action"]
		}
		w.account.Deny(patterns...)
		rw.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /credentials", func(rw http.ResponseWriter, r *http.Request) {
		switch r.FormValue("state") {
		case "expired":
			w.account.ExpireCredentials()
		case "valid":
			w.account.RenewCredentials()
		default:
			http.Error(rw, "state is expired or valid", http.StatusBadRequest)
			return
		}
		rw.WriteHeader(http.StatusNoContent)
	})
	return mux
}

func (w *World) postFault(rw http.ResponseWriter, r *http.Request) {
	body := json.NewDecoder(r.Body)
	body.DisallowUnknownFields()
	var f struct {
		AWS        *cloud.Fault  `json:"aws,omitempty"`
		Kubernetes *faults.Fault `json:"kubernetes,omitempty"`
	}
	if err := body.Decode(&f); err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	if f.AWS != nil {
		w.account.InjectFault(*f.AWS)
	}
	if f.Kubernetes != nil {
		w.kube.InjectFault(*f.Kubernetes)
	}
	if f.AWS == nil && f.Kubernetes == nil {
		w.account.ClearFaults()
	}
	rw.WriteHeader(http.StatusNoContent)
}

func writeJSON(rw http.ResponseWriter, v any) {
	rw.Header().Set("Content-Type", "application/json")
	_, _ = rw.Write(indent(v))
}
