package engine

import (
	"slices"
	"strconv"
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
		"server_version_num":                  versionNumber(s.env.Version),
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

func (s *Session) change(name, value string) {
	if s.settings[name] == value {
		return
	}
	s.settings[name] = value
	if slices.Contains(reported, name) {
		s.env.Reported(spelling(name), value)
	}
}

// versionNumber is server_version_num, such as 170005 for 17.5.
func versionNumber(version string) string {
	first, second, _ := strings.Cut(version, ".")
	major, _ := strconv.Atoi(first)
	minor, _ := strconv.Atoi(second)
	return strconv.Itoa(major*10000 + minor)
}
