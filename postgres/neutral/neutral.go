// Package neutral makes configurations of pgx that take nothing from the machine.
package neutral

import (
	"os"
	"sync"
)

// connection is a connection string with everything that pgx would else take from
// PG* variables and files, which are meant for psql: pgx insists on a parsed
// string, and what is in it comes before the environment. The password never is
// part of a string that is parsed and could be quoted in an error.
// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
const connection = "host=localhost port=5432 user=podsg dbname='' password='' passfile='' connect_timeout=10 " +
	"sslmode=disable sslrootcert='' sslcert='' sslkey='' sslpassword='' sslcertmode=allow sslsni=1 sslnegotiation=postgres " +
	"target_session_attrs=any channel_binding=prefer require_auth='' min_protocol_version=3.0 max_protocol_version=3.0"

// parsing guards the environment while [Config] has changed it.
var parsing sync.Mutex

// Config calls parse, which is pgx.ParseConfig or pgconn.ParseConfig. The caller
// replaces the host, the user and whatever else matters. A service that PGSERVICE
// names is read whatever the string says, so the variable is hidden meanwhile.
func Config[C any](parse func(connection string) (C, error)) (C, error) {
	const service = "PGSERVICE"
	parsing.Lock()
	defer parsing.Unlock()
	if name := os.Getenv(service); name != "" {
		if err := os.Setenv(service, ""); err != nil {
			var none C
			return none, err
		}
		defer func() { _ = os.Setenv(service, name) }() // it was valid a moment ago
	}
	return parse(connection)
}
