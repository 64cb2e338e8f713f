package postgres

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// hostile are values of every variable that pgx reads, each of which would
// change or break a connection.
// https://www.postgresql.org/docs/current/libpq-envars.html
var hostile = map[string]string{
	"PGHOST": "elsewhere.example.com", "PGPORT": "no port", "PGDATABASE": "other", "PGUSER": "other", "PGPASSWORD": "other",
	"PGPASSFILE": "/no/such/file", "PGAPPNAME": "other", "PGCONNECT_TIMEOUT": "soon", "PGOPTIONS": "-c search_path=other", "PGTZ": "Mars/Olympus",
	"PGSSLMODE": "sometimes", "PGSSLKEY": "/no/such/key", "PGSSLCERT": "/no/such/cert", "PGSSLROOTCERT": "/no/such/ca", "PGSSLPASSWORD": "other",
	"PGSSLCERTMODE": "require", "PGSSLSNI": "0", "PGSSLNEGOTIATION": "direct", "PGTARGETSESSIONATTRS": "standby",
	"PGSERVICE": "other", "PGSERVICEFILE": "/no/such/services", "PGMINPROTOCOLVERSION": "3.2", "PGMAXPROTOCOLVERSION": "2.0",
	"PGCHANNELBINDING": "require", "PGREQUIREAUTH": "none",
}

// settings are the fields of a configuration that can be compared.
func settings(t *testing.T) map[string]any {
	t.Helper()
	_, ca := certificate(t, endpointName)
	config, err := (&Client{}).config(target(ca), nil)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	collect := func(v reflect.Value) {
		for i := range v.NumField() {
			field, value := v.Type().Field(i), v.Field(i)
			switch {
			case !field.IsExported() || field.Name == "Config" || field.Name == "TLSConfig":
			case value.Kind() == reflect.Func:
				out[field.Name] = value.IsNil()
			default:
				out[field.Name] = value.Interface()
			}
		}
	}
	collect(reflect.ValueOf(config.Config))
	collect(reflect.ValueOf(*config))
	out["server name"] = config.TLSConfig.ServerName
	return out
}

func TestAConnectionTakesNothingFromTheEnvironment(t *testing.T) {
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "PG") {
			t.Setenv(name, "")
		}
	}
	want := settings(t)
	check := func(t *testing.T) {
		t.Helper()
		for name, have := range settings(t) {
			if !reflect.DeepEqual(have, want[name]) {
				t.Errorf("%s = %v, want %v", name, have, want[name])
			}
		}
	}
	for name, value := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, value)
			check(t)
			if os.Getenv(name) != value {
				t.Errorf("%s = %q, want it left as it is", name, os.Getenv(name))
			}
		})
	}
	t.Run("all of them", func(t *testing.T) {
		for name, value := range hostile {
			t.Setenv(name, value)
		}
		check(t)
	})
}
