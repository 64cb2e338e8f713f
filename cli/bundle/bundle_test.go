package bundle

import (
	"strings"
	"testing"

	"podsg/steps/world"
)

func TestABundleTellsNeitherWhoNorWhere(t *testing.T) {
	s := &world.Snapshot{}
	s.Cloud.Identity = world.Identity{Account: "111122223333", ARN: "arn:aws:sts::111122223333:assumed-role/admin/jane"}
	s.Cloud.Cluster = world.Cluster{Name: "workshop", Endpoint: "https://ABCDEF.gr7.us-west-2.eks.amazonaws.com", CAData: "Q0E="}
	s.Kube.Server, s.Kube.TLSServerName, s.Kube.CAData = "https://127.0.0.1:8443", "ABCDEF.gr7.us-west-2.eks.amazonaws.com", "Q0E="
	s.Kube.Lock = &world.LockFacts{Holder: "jane@her-laptop pid 42"}
	text, err := Redacted(Bundle{Snapshot: s})
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"111122223333", "jane", "her-laptop", "ABCDEF", "127.0.0.1", "Q0E="} {
		if strings.Contains(text, word) {
			t.Errorf("the bundle tells %q:\n%s", word, text)
		}
	}
	if s.Kube.Lock.Holder != "jane@her-laptop pid 42" || s.Kube.CAData == "" {
		t.Error("the snapshot itself was changed")
	}
}
