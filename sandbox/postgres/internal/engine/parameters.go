package engine

import (
	"slices"
	"strings"

	"podsg/sandbox/postgres/internal/datum"
	"podsg/sandbox/postgres/internal/sqlerror"
	"podsg/sandbox/postgres/internal/syntax"
)

func unknownSetting(name string) *sqlerror.Error {
	return sqlerror.New(sqlerror.CodeUndefinedObject, "unrecognized configuration parameter %q", name)
}

func (a *analyser) planShow(ast syntax.Show) (*plan, error) {
	name := ast.Name.Name
	if name == "all" {
		return nil, sqlerror.Unsupported(ast.Name.Offset, "SHOW ALL")
	}
	if _, ok := a.session.setting(name); !ok {
		return nil, unknownSetting(name)
	}
	columns := []datum.Column{{Name: spelling(name), Type: datum.Text}}
	return &plan{columns: columns, run: func(sc *scope) (*Result, error) {
		value, _ := sc.session.setting(name)
		return &Result{Columns: columns, Rows: [][]datum.Value{{value}}, Tag: "SHOW"}, nil
	}}, nil
}

// planSet changes a parameter for the rest of the session.
func (a *analyser) planSet(ast syntax.Set) (*plan, error) {
	name := ast.Name.Name
	_, known := a.session.setting(name)
	_, changeable := settable[name]
	switch {
	case name == "all" && ast.ToDefault:
	case !known && strings.Contains(name, "."):
		// A name in two parts is a parameter of an extension, which anyone may invent.
	case !known:
		return nil, unknownSetting(name)
	case !changeable:
		return nil, sqlerror.New(sqlerror.CodeCannotChangeParameter, "parameter %q cannot be changed", name)
	case name == "client_encoding" && !ast.ToDefault && !isUTF8(ast.Value):
		return nil, sqlerror.Unsupported(ast.Name.Offset, "client encoding "+ast.Value)
	}
	return &plan{run: func(sc *scope) (*Result, error) {
		s := sc.session
		initial := s.initialSettings()
		switch {
		case name == "all":
			for changed := range settable {
				s.change(changed, initial[changed])
			}
		case ast.ToDefault:
			s.change(name, initial[name])
		case name == "client_encoding":
			s.change(name, "UTF8")
		default:
			s.change(name, ast.Value)
		}
		return &Result{Tag: ast.Tag}, nil
	}}, nil
}

func isUTF8(encoding string) bool {
	return slices.Contains([]string{"utf8", "utf-8", "unicode"}, strings.ToLower(encoding))
}
