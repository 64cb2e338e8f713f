package aws

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// simulator serves SimulatePrincipalPolicy: it refuses the requests that refuse
// says, and denies one action.
type simulator struct {
	refuse func(actions, resources []string) bool
	denied string

	mu    sync.Mutex
	asked map[string]int
}

func (s *simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm() // the SDK's own request
	members := func(name string) (out []string) {
		for i := 1; r.Form.Has(fmt.Sprintf("%s.member.%d", name, i)); i++ {
			out = append(out, r.Form.Get(fmt.Sprintf("%s.member.%d", name, i)))
		}
		return out
	}
	actions, resources := members("ActionNames"), members("ResourceArns")
	w.Header().Set("Content-Type", "text/xml")
	if s.refuse(actions, resources) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, queryError("InvalidInput", "Invalid Input Actions: [a] and [b] require different authorization information."))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var results strings.Builder
	for _, action := range actions {
		s.asked[action]++
		decision := "allowed"
		if action == s.denied {
			decision = "implicitDeny"
		}
		for _, resource := range resources {
			fmt.Fprintf(&results, "<member><EvalActionName>%s</EvalActionName><EvalResourceName>%s</EvalResourceName><EvalDecision>%s</EvalDecision></member>", action, resource, decision)
		}
	}
	_, _ = fmt.Fprintf(w, `<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults>%s</EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`, &results)
}

func TestPermissionsAreSimulatedApartWhereIAMWantsIt(t *testing.T) {
	const denied = "ec2:DeleteSecurityGroup"
	tests := []struct {
		name    string
		refuse  func(actions, resources []string) bool
		denied  []string
		unasked string
		fails   bool
	}{
		{
			name: "services, resources and conditions are not mixed", denied: []string{denied},
			refuse: func(actions, resources []string) bool {
				service, _, _ := strings.Cut(actions[0], ":")
				return len(resources) != 1 || slices.Contains(actions, "ec2:CreateSecurityGroup") && len(actions) > 1 ||
					slices.ContainsFunc(actions, func(a string) bool { return !strings.HasPrefix(a, service+":") })
			},
		},
		{
			name: "actions that are refused together are asked one by one", denied: []string{denied},
			refuse: func(actions, _ []string) bool { return len(actions) > 1 },
		},
		{
			name: "an action that cannot be simulated is not called denied", unasked: denied,
			refuse: func(actions, _ []string) bool { return slices.Contains(actions, denied) },
		},
		{
			name: "that nothing can be simulated is an error", fails: true,
			refuse: func([]string, []string) bool { return true },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &simulator{refuse: tt.refuse, denied: denied, asked: map[string]int{}}
			server := httptest.NewServer(s)
			defer server.Close()
			client := New(testConfig(server.URL))
			client.caller.Store(&world.Identity{Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/x", Region: "us-west-2", Partition: "aws"})
			got, err := client.deniedActions(t.Context(), plan.CloudScope{Actions: Actions(ModeWrite)})
			if (err != nil) != tt.fails || !slices.Equal(got, tt.denied) {
				t.Errorf("denied = %v, error = %v", got, err)
			}
			for _, action := range Actions(ModeWrite) {
				want := 1
				if tt.fails || action == tt.unasked {
					want = 0
				}
				if s.asked[action] != want {
					t.Errorf("%s was simulated %d times, want %d", action, s.asked[action], want)
				}
			}
		})
	}
}
