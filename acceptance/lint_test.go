package acceptance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"podsg/cli"
	"podsg/cli/lint"
	"podsg/cli/listing"
)

func TestManifestsAreComparedWithTheClusterBeforeTheyAreApplied(t *testing.T) {
	t.Parallel()
	l := newLab(t, "ready")
	const policy = `
apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: {name: api, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  securityGroups: {groupIds: [GROUP]}
`
	write := func(group string) string {
		file := filepath.Join(t.TempDir(), "policy.yaml")
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(policy, "GROUP", group)), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	accesses := decode[listing.List](l.podsg("list", "-o", "json").exits(0)).Accesses
	there, gone := write(accesses[0].Groups[0]), write("sg-0123456789abcdef0")
	l.unchanged(func() {
		l.podsg("lint", there).exits(0).says("1 object, 0 errors, 0 warnings")
		r := decode[lint.Result](l.podsg("lint", gone, "-o", "json").exits(cli.ExitChecks))
		if r.Cluster != "workshop" || len(r.Findings) != 1 || r.Findings[0].Rule != "L13" {
			t.Errorf("got %+v", r)
		}
	})
	l.podsg("lint").exits(cli.ExitUsage)
	l.podsg("lint", filepath.Join(t.TempDir(), "none.yaml")).exits(cli.ExitUsage).says("none.yaml")
}
