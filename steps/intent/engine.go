package intent

import (
	"cmp"
	"slices"
	"strings"
)

// Engine is a database engine that a pod is connected to.
type Engine struct {
	Name     string   // as its makers write it
	RDS      string   // the RDS engine of a new instance
	Speaking []string // the RDS engines whose databases are spoken to in its way
	Port     int      // its own
	Database string   // the one that every instance has
	TLSModes []string // how clients check the certificate, the strictest first

	client     string // repository of the image that has its client
	clientTag  string // what follows the major version in the image's tag
	usualMajor string // for a version that is not known
}

// PostgreSQL is the engine that podsg makes, seeds and probes.
func PostgreSQL() Engine {
	return Engine{
		Name: "PostgreSQL", RDS: "postgres", Speaking: []string{"postgres", "aurora-postgresql"},
		Port: DefaultDBPort, Database: "postgres", TLSModes: []string{TLSVerifyFull, TLSRequire},
		client: "public.ecr.aws/docker/library/postgres", clientTag: "-alpine", usualMajor: "17",
	}
}

// Speaks reports whether databases of an RDS engine are spoken to in this
// engine's way.
func (e Engine) Speaks(rds string) bool { return slices.Contains(e.Speaking, rds) }

// ClientImage is the container image that has the client of an engine version.
func (e Engine) ClientImage(version string) string {
	major, _, _ := strings.Cut(version, ".")
	return e.client + ":" + cmp.Or(major, e.usualMajor) + e.clientTag
}
