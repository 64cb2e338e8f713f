package engine

import (
	"podsg/sandbox/postgres/internal/datum"
	"podsg/sandbox/postgres/internal/syntax"
)

// systemView returns pg_stat_ssl, the one view of the catalogue that the engine knows, as a
// table of this moment; nil for another name. It shows the session's own row, which is all an
// ordinary user may see in full.
func (s *Session) systemView(r syntax.Relation) *table {
	if r.Name != "pg_stat_ssl" || r.Schema != "" && r.Schema != "pg_catalog" {
		return nil
	}
	row := []datum.Value{int64(s.env.PID), false, nil, nil, nil, nil, nil, nil}
	if tls := s.env.TLS; tls != nil {
		row = []datum.Value{int64(s.env.PID), true, tls.Version, tls.Cipher, int64(tls.Bits), nil, nil, nil}
	}
	return &table{name: r.Name, rows: [][]datum.Value{row}, columns: []datum.Column{
		{Name: "pid", Type: datum.Int4}, {Name: "ssl", Type: datum.Bool}, {Name: "version", Type: datum.Text},
		{Name: "cipher", Type: datum.Text}, {Name: "bits", Type: datum.Int4}, {Name: "client_dn", Type: datum.Text},
		{Name: "client_serial", Type: datum.Text}, {Name: "issuer_dn", Type: datum.Text},
	}}
}
