package aws

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"podsg/steps"
)

// statuses serves an RDS that answers DescribeDBInstances with an instance of
// one status after the other, the last for ever. An empty status is that there
// is no such instance.
func statuses(t *testing.T, list ...string) (client *Client, looks *int) {
	t.Helper()
	looks = new(int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		status := list[min(*looks, len(list)-1)]
		*looks++
		w.Header().Set("Content-Type", "text/xml")
		if status == "" {
			w.WriteHeader(http.StatusNotFound)
			_, _ = fmt.Fprint(w, queryError("DBInstanceNotFound", "DBInstance db not found."))
			return
		}
		_, _ = fmt.Fprintf(w, `<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance>`+
			`<DBInstanceIdentifier>db</DBInstanceIdentifier><DBInstanceStatus>%s</DBInstanceStatus>`+
			`<Endpoint><Address>db.example.com</Address><Port>5432</Port></Endpoint>`+
			`</DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>`, status)
	}))
	t.Cleanup(server.Close)
	return New(testConfig(server.URL), WithClock(&instantClock{})), looks
}

// wait is one case of a wait for or without an instance.
type wait struct {
	name     string
	statuses []string
	looks    int
	kind     steps.ProblemKind
	says     string // in the error; empty: no error
}

func (tt wait) check(t *testing.T, err error, looks int) {
	t.Helper()
	if (err != nil) != (tt.says != "") || err != nil && (steps.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.says)) {
		t.Errorf("error = %v, want %q of kind %d", err, tt.says, tt.kind)
	}
	if looks != tt.looks {
		t.Errorf("%d looks, want %d", looks, tt.looks)
	}
}

func TestAWaitForADatabaseEndsWhenItIsUsableOrWillNotBe(t *testing.T) {
	for _, tt := range []wait{
		{name: "an instance that is not listed yet", statuses: []string{"", "", "creating", "available"}, looks: 4},
		{name: "an instance that never is", statuses: []string{""}, looks: settledLooks + 1, kind: steps.ProblemChanged, says: "not found"},
		{name: "one whose storage is optimised for hours", statuses: []string{"modifying", "storage-optimization"}, looks: 2},
		{name: "one that is being upgraded", statuses: []string{"storage-config-upgrade", "upgrading", "available"}, looks: 3},
		{name: "one that AWS has no room for", statuses: []string{"creating", "insufficient-capacity"}, looks: 2, says: "insufficient-capacity"},
		{name: "an instance that was there and is gone", statuses: []string{"creating", ""}, looks: 2, kind: steps.ProblemChanged, says: "not found"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client, looks := statuses(t, tt.statuses...)
			_, err := client.WaitDatabase(t.Context(), "db", nil)
			tt.check(t, err, *looks)
		})
	}
}

func TestAWaitForADeletionOutlastsTheStatusOfBefore(t *testing.T) {
	for _, tt := range []wait{
		{name: "the status of before", statuses: []string{"available", "backing-up", "deleting", ""}, looks: 4},
		{name: "a check before the deletion", statuses: append(slices.Repeat([]string{"delete-precheck"}, 30), ""), looks: 31},
		{name: "a deletion that takes long", statuses: append(slices.Repeat([]string{"deleting"}, 60), ""), looks: 61},
		{name: "an instance that stays", statuses: []string{"available"}, looks: undeletedLooks + 1, kind: steps.ProblemChanged, says: `not being deleted; its status is "available"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client, looks := statuses(t, tt.statuses...)
			tt.check(t, client.WaitDatabaseDeleted(t.Context(), "db", nil), *looks)
		})
	}
}

func TestTheClassesThatCanBeOrderedAreReadInOnePage(t *testing.T) {
	w := newWorld(t, worldOptions{})
	classes, err := w.client.orderableClasses(t.Context(), "", "")
	if err != nil || len(classes) == 0 {
		t.Fatalf("classes = %v, error %v", classes, err)
	}
	if calls := w.account.Calls(); len(calls) != 1 {
		t.Errorf("%d calls for %d classes, want 1", len(calls), len(classes))
	}
}
