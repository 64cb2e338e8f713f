package engine

import (
	"maps"
	"slices"
)

// systemView returns one of the catalogue's views as a table of this moment, nil when the name
// is not one the engine knows.
func (s *Session) systemView(r relation) *table {
	var v *table
	switch r.schema {
	case "", "pg_catalog":
		v = s.catalogueView(r.name)
	case "information_schema":
		v = s.informationView(r.name)
	}
	if v != nil {
		v.name = r.name
	}
	return v
}

func (s *Session) catalogueView(name string) *table {
	switch name {
	case "pg_stat_ssl":
		return s.statSSL()
	case "pg_stat_activity":
		v := view("datname", Name, "pid", Int4, "usename", Name, "application_name", Text, "client_addr", Inet,
			"client_port", Int4, "state", Text)
		v.rows = [][]Value{{s.db.Name, int64(s.env.PID), s.env.User, s.settings["application_name"],
			address(s.env.ClientAddr), int64(s.env.ClientPort), "active"}}
		return v
	case "pg_database":
		v := view("datname", Name, "encoding", Int4, "datallowconn", Bool)
		for _, d := range s.env.Databases() {
			v.rows = append(v.rows, []Value{d.Name, int64(6), true}) // 6 is UTF8 in pg_char_to_encoding
		}
		return v
	case "pg_tables":
		v := view("schemaname", Name, "tablename", Name, "tableowner", Name)
		for _, t := range s.sortedTables() {
			v.rows = append(v.rows, []Value{"public", t.name, t.owner})
		}
		return v
	case "pg_settings":
		v := view("name", Text, "setting", Text)
		for _, name := range slices.Sorted(maps.Keys(s.settings)) {
			v.rows = append(v.rows, []Value{spelling(name), s.settings[name]})
		}
		return v
	}
	return nil
}

// statSSL shows the session's own row, which is all an ordinary user may see in full.
func (s *Session) statSSL() *table {
	v := view("pid", Int4, "ssl", Bool, "version", Text, "cipher", Text, "bits", Int4, "client_dn", Text,
		"client_serial", Text, "issuer_dn", Text)
	row := []Value{int64(s.env.PID), false, nil, nil, nil, nil, nil, nil}
	if tls := s.env.TLS; tls != nil {
		row = []Value{int64(s.env.PID), true, tls.Version, tls.Cipher, int64(tls.Bits), nil, nil, nil}
	}
	v.rows = [][]Value{row}
	return v
}

func (s *Session) informationView(name string) *table {
	switch name {
	case "tables":
		v := view("table_catalog", Name, "table_schema", Name, "table_name", Name, "table_type", Text)
		for _, t := range s.sortedTables() {
			v.rows = append(v.rows, []Value{s.db.Name, "public", t.name, "BASE TABLE"})
		}
		return v
	case "columns":
		v := view("table_catalog", Name, "table_schema", Name, "table_name", Name, "column_name", Name,
			"ordinal_position", Int4, "is_nullable", Text, "data_type", Text)
		for _, t := range s.sortedTables() {
			for i, c := range t.columns {
				nullable := "YES"
				if c.notNull {
					nullable = "NO"
				}
				v.rows = append(v.rows, []Value{s.db.Name, "public", t.name, c.Name, int64(i + 1), nullable, c.Type.String()})
			}
		}
		return v
	}
	return nil
}

func (s *Session) sortedTables() []*table {
	all := s.tables()
	sorted := make([]*table, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		sorted = append(sorted, all[name])
	}
	return sorted
}

// view makes an empty table from pairs of column name and type.
func view(pairs ...any) *table {
	t := &table{}
	for i := 0; i+1 < len(pairs); i += 2 {
		t.columns = append(t.columns, tableColumn{Column: Column{Name: pairs[i].(string), Type: pairs[i+1].(Type)}})
	}
	return t
}
