package aws

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"podsg/sandbox/cloud"
	"podsg/steps/plan"
	"podsg/steps/world"
)

const cniRole = "arn:aws:iam::111122223333:role/cni"

func TestAnUpdateOfTheAddonKeepsTheRoleOfItsServiceAccount(t *testing.T) {
	w := newWorld(t, worldOptions{addonRole: cniRole})
	values := `{"env":{"ENABLE_POD_ENI":"true"}}`
	if _, err := w.client.UpdateAddon(t.Context(), plan.AddonUpdate{Cluster: workshop, Addon: addonVPCCNI, ConfigurationValues: values}); err != nil {
		t.Fatal(err)
	}
	addon, err := w.client.addon(t.Context(), workshop, addonVPCCNI)
	if err != nil {
		t.Fatal(err)
	}
	if addon.ConfigurationValues != values || addon.ServiceAccountRole != cniRole {
		t.Errorf("add-on = %+v, want the new values and role %s", addon, cniRole)
	}
}

func TestADenialToPassTheRoleOfTheAddonNamesTheRole(t *testing.T) {
	w := newWorld(t, worldOptions{addonRole: cniRole})
	w.account.InjectFault(cloud.Fault{Action: "eks:UpdateAddon", Code: "AccessDeniedException", HTTPStatus: http.StatusForbidden,
		Message: "User: arn:aws:iam::111122223333:user/x is not authorized to perform: iam:PassRole on resource: " + cniRole})
	_, err := w.client.UpdateAddon(t.Context(), plan.AddonUpdate{Cluster: workshop, Addon: addonVPCCNI, ConfigurationValues: "{}"})
	if hint, command := world.HintOf(err); world.KindOf(err) != world.ProblemPermission || !strings.Contains(hint, "iam:PassRole on "+cniRole) || command != "" {
		t.Errorf("error = %v, hint = %q, command = %q", err, hint, command)
	}
}

func TestAMissingAddonIsNotAMissingCluster(t *testing.T) {
	w := newWorld(t, worldOptions{noAddon: true})
	if addon, err := w.client.addon(t.Context(), workshop, addonVPCCNI); addon != nil || err != nil {
		t.Errorf("an add-on that is not there: %+v, %v", addon, err)
	}
	if _, err := w.client.addon(t.Context(), "nowhere", addonVPCCNI); world.KindOf(err) != world.ProblemNotFound {
		t.Errorf("a cluster that is not there: %v", err)
	}
}

func TestAnAddonThatIsGoneIsNotUpdated(t *testing.T) {
	w := newWorld(t, worldOptions{noAddon: true})
	_, err := w.client.UpdateAddon(t.Context(), plan.AddonUpdate{Cluster: workshop, Addon: addonVPCCNI, ConfigurationValues: "{}"})
	if world.KindOf(err) != world.ProblemChanged {
		t.Errorf("error = %v, want that the world has changed", err)
	}
}

// updates serves an EKS that answers DescribeUpdate with one answer after the
// other, the last for ever, and DescribeAddon with an add-on of a status.
func updates(t *testing.T, status string, answers ...string) (client *Client, looks *int) {
	t.Helper()
	looks = new(int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if !strings.Contains(r.URL.Path, "/updates/") {
			_, _ = fmt.Fprintf(w, `{"addon":{"addonName":"vpc-cni","status":%q}}`, status)
			return
		}
		answer := answers[min(*looks, len(answers)-1)]
		*looks++
		if code, failed := strings.CutPrefix(answer, "!"); failed {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, `{"__type":%q,"message":"no"}`, code)
			return
		}
		_, _ = fmt.Fprintf(w, `{"update":{"id":"u-1","status":%s}}`, answer)
	}))
	t.Cleanup(server.Close)
	return New(testConfig(server.URL), WithClock(&instantClock{})), looks
}

func TestAnUpdateOfTheAddonIsFollowedToItsEnd(t *testing.T) {
	const running, succeeded = `"InProgress"`, `"Successful"`
	for _, tt := range []struct {
		name    string
		status  string // of the add-on, from the first look on
		answers []string
		looks   int
		says    []string // in the error; none: no error
	}{
		{"the status of before does not end it", "ACTIVE", []string{running, running, succeeded}, 3, nil},
		{"an update that EKS does not know yet is waited for", "ACTIVE", []string{"!ResourceNotFoundException", succeeded}, 2, nil},
		{"an update that EKS never knows is an error", "ACTIVE", []string{"!ResourceNotFoundException"}, settledLooks + 1, []string{"ResourceNotFoundException"}},
		{"where updates may not be read the status ends it", "ACTIVE", []string{"!AccessDeniedException"}, 1, nil},
		{"a failure has EKS's own reasons", "ACTIVE", []string{
			running, `"Failed","errors":[{"errorCode":"ConfigurationConflict","errorMessage":"Conflicts found."},{"errorCode":"AccessDenied","errorMessage":"patch"}]`,
		}, 2, []string{"it failed: ConfigurationConflict: Conflicts found; AccessDenied: patch"}},
		{"a failure of an earlier update does not end it", "UPDATE_FAILED", []string{running, `"Cancelled"`}, 2, []string{"it was cancelled"}},
		{"pods that take long may still become ready", "ACTIVE", []string{
			`"Failed","errors":[{"errorCode":"InsufficientNumberOfReplicas","errorMessage":"too few"}]`,
		}, 1, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client, looks := updates(t, tt.status, tt.answers...)
			err := client.WaitAddon(t.Context(), workshop, addonVPCCNI, "u-1", nil)
			if (err != nil) != (len(tt.says) > 0) {
				t.Errorf("error = %v", err)
			}
			for _, want := range tt.says {
				if err != nil && !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in %q", want, err)
				}
			}
			if *looks != tt.looks {
				t.Errorf("%d looks, want %d", *looks, tt.looks)
			}
		})
	}
}
