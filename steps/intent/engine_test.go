package intent

import "testing"

func TestTheClientsImageIsOfTheEnginesMajorVersion(t *testing.T) {
	for version, want := range map[string]string{
		"16.10": "public.ecr.aws/docker/library/postgres:16-alpine",
		"17":    "public.ecr.aws/docker/library/postgres:17-alpine",
		"":      "public.ecr.aws/docker/library/postgres:17-alpine",
	} {
		if got := PostgreSQL().ClientImage(version); got != want {
			t.Errorf("%q: %s, want %s", version, got, want)
		}
	}
}

func TestAuroraSpeaksPostgreSQLAndMySQLDoesNot(t *testing.T) {
	for engine, want := range map[string]bool{"postgres": true, "aurora-postgresql": true, "mysql": false, "aurora-mysql": false} {
		if got := PostgreSQL().Speaks(engine); got != want {
			t.Errorf("%s: %v", engine, got)
		}
	}
}
