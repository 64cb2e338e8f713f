package acceptance

import (
	"testing"

	"podsg/cli"
	"podsg/steps/intent"
)

func TestADatabaseThatIsBeingDeletedOrStoppedStopsSetupBeforeAnyChange(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	l.podsg("setup", "--yes", "--verify=false").exits(0)
	for status, command := range map[string]string{"deleting": "aws rds wait db-instance-deleted", "stopped": "aws rds start-db-instance"} {
		if err := l.Account().SetDatabaseStatus(intent.DefaultDBIdentifier, status); err != nil {
			t.Fatal(err)
		}
		l.unchanged(func() { l.podsg("setup", "--yes").exits(cli.ExitChecks).says("P03", "is "+status, command) })
	}
}
