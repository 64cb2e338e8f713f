package engine

import (
	"maps"
	"slices"
	"strings"
)

// settable lists the parameters a user may change, with their spelling in reports.
var settable = map[string]string{
	"application_name": "application_name", "client_encoding": "client_encoding",
	"client_min_messages": "client_min_messages", "datestyle": "DateStyle", "timezone": "TimeZone",
	"extra_float_digits": "extra_float_digits", "search_path": "search_path",
	"statement_timeout": "statement_timeout", "lock_timeout": "lock_timeout",
	"idle_in_transaction_session_timeout": "idle_in_transaction_session_timeout",
	"standard_conforming_strings":         "standard_conforming_strings", "intervalstyle": "IntervalStyle",
	"bytea_output": "bytea_output",
}

// reported lists the parameters a client is told about at start and when they change.
var reported = []string{
	"application_name", "client_encoding", "datestyle", "default_transaction_read_only", "in_hot_standby",
	"integer_datetimes", "intervalstyle", "is_superuser", "server_encoding", "server_version",
	"session_authorization", "standard_conforming_strings", "timezone",
}

// initialSettings are the parameters of a new session.
func (s *Session) initialSettings() map[string]string {
	encrypted := "off"
	if s.env.TLS != nil {
		encrypted = "on"
	}
	settings := map[string]string{
		"application_name":                    "",
		"bytea_output":                        "hex",
		"client_encoding":                     "UTF8",
		"client_min_messages":                 "notice",
		"datestyle":                           "ISO, MDY",
		"default_transaction_isolation":       "read committed",
		"default_transaction_read_only":       "off",
		"extra_float_digits":                  "1",
		"idle_in_transaction_session_timeout": "86400000",
		"in_hot_standby":                      "off",
		"integer_datetimes":                   "on",
		"intervalstyle":                       "postgres",
		"is_superuser":                        "off",
		"lc_collate":                          "en_US.UTF-8",
		"lock_timeout":                        "0",
		"search_path":                         `"$user", public`,
		"server_encoding":                     "UTF8",
		"server_version":                      s.env.Version,
		"server_version_num":                  s.versionNumber(),
		"session_authorization":               s.env.User,
		"ssl":                                 encrypted,
		"standard_conforming_strings":         "on",
		"statement_timeout":                   "0",
		"timezone":                            "UTC",
		"transaction_isolation":               "read committed",
	}
	for name, value := range s.env.Settings {
		settings[strings.ToLower(name)] = value
	}
	return settings
}

// Reported returns the parameters to tell a client about after it has logged in, by the names
// the protocol uses.
func (s *Session) Reported() map[string]string {
	all := map[string]string{}
	for _, name := range reported {
		all[spelling(name)] = s.settings[name]
	}
	return all
}

func spelling(name string) string {
	if spelled, ok := settable[name]; ok {
		return spelled
	}
	return name
}

// setting returns the current value of a parameter.
func (s *Session) setting(name string) (string, bool) {
	value, ok := s.settings[strings.ToLower(name)]
	return value, ok
}

func unknownSetting(name string) *Error {
	return errorAt(nowhere, codeUndefinedObject, "unrecognized configuration parameter %q", name)
}

func (a *analyser) planShow(ast showStatement) (*plan, error) {
	name := ast.name.name
	if name == "all" {
		return a.planShowAll(), nil
	}
	if _, ok := a.session.setting(name); !ok {
		return nil, unknownSetting(name)
	}
	columns := []Column{{Name: spelling(name), Type: Text}}
	return &plan{columns: columns, run: func(sc *scope) (*Result, error) {
		value, _ := sc.session.setting(name)
		return &Result{Columns: columns, Rows: [][]Value{{value}}, Tag: "SHOW"}, nil
	}}, nil
}

func (a *analyser) planShowAll() *plan {
	columns := []Column{{"name", Text}, {"setting", Text}, {"description", Text}}
	return &plan{columns: columns, run: func(sc *scope) (*Result, error) {
		var rows [][]Value
		for _, name := range slices.Sorted(maps.Keys(sc.session.settings)) {
			rows = append(rows, []Value{spelling(name), sc.session.settings[name], nil})
		}
		return &Result{Columns: columns, Rows: rows, Tag: "SHOW"}, nil
	}}
}

// planSet changes a parameter for the rest of the session.
func (a *analyser) planSet(ast setStatement) (*plan, error) {
	name := ast.name.name
	_, known := a.session.setting(name)
	_, changeable := settable[name]
	switch {
	case name == "all" && ast.toDflt:
	case !known && strings.Contains(name, "."):
		// A name in two parts is a parameter of an extension, which anyone may invent.
	case !known:
		return nil, unknownSetting(name)
	case !changeable:
		return nil, errorAt(nowhere, codeCannotChangeParameter, "parameter %q cannot be changed", name)
	case name == "client_encoding" && !ast.toDflt && !isUTF8(ast.value):
		return nil, unsupported(ast.name.offset, "client encoding "+ast.value)
	}
	return &plan{run: func(sc *scope) (*Result, error) {
		s := sc.session
		initial := s.initialSettings()
		switch {
		case name == "all":
			for changed := range settable {
				s.change(changed, initial[changed])
			}
		case ast.toDflt:
			s.change(name, initial[name])
		case name == "client_encoding":
			s.change(name, "UTF8")
		default:
			s.change(name, ast.value)
		}
		return &Result{Tag: ast.tag}, nil
	}}, nil
}

func isUTF8(encoding string) bool {
	return slices.Contains([]string{"utf8", "utf-8", "unicode"}, strings.ToLower(encoding))
}

func (s *Session) change(name, value string) {
	if s.settings[name] == value {
		return
	}
	s.settings[name] = value
	if slices.Contains(reported, name) {
		s.env.Reported(spelling(name), value)
	}
}
