package postgres

import (
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgproto3"

	"podsg/sandbox/postgres/internal/datum"
	"podsg/sandbox/postgres/internal/engine"
	"podsg/sandbox/postgres/internal/sqlerror"
)

// portal is a prepared statement with its arguments, and its result as far as it was fetched.
type portal struct {
	statement *engine.Statement
	args      []datum.Value
	formats   []int16
	result    *engine.Result // nil before the first Execute
	sent      int
}

// extended carries out one message of the extended protocol.
func (k *connection) extended(message pgproto3.FrontendMessage) error {
	switch m := message.(type) {
	case *pgproto3.Parse:
		return k.parse(m)
	case *pgproto3.Bind:
		return k.bind(m)
	case *pgproto3.Describe:
		return k.describe(m)
	case *pgproto3.Execute:
		return k.executePortal(m)
	case *pgproto3.Close:
		if m.ObjectType == 'S' {
			delete(k.prepared, m.Name)
		} else {
			delete(k.portals, m.Name)
		}
		k.backend.Send(&pgproto3.CloseComplete{})
		return nil
	}
	return &sqlerror.Error{Code: "0A000", Message: fmt.Sprintf("%T messages are not supported by the practice database", message)}
}

func (k *connection) parse(m *pgproto3.Parse) error {
	if m.Name != "" && k.prepared[m.Name] != nil {
		return &sqlerror.Error{Code: "42P05", Message: fmt.Sprintf("prepared statement %q already exists", m.Name)}
	}
	statements, err := k.session.Parse(m.Query)
	if err != nil {
		return err
	}
	if len(statements) > 1 {
		return &sqlerror.Error{Code: "42601", Message: "cannot insert multiple commands into a prepared statement"}
	}
	st := engine.NoStatement()
	if len(statements) == 1 {
		st = statements[0]
		given := make([]datum.Type, len(m.ParameterOIDs))
		for i, oid := range m.ParameterOIDs {
			given[i] = datum.Type(oid)
		}
		if err := k.session.Analyse(st, given); err != nil {
			return err
		}
	}
	k.prepared[m.Name] = st
	k.backend.Send(&pgproto3.ParseComplete{})
	return nil
}

func (k *connection) statement(name string) (*engine.Statement, error) {
	if st := k.prepared[name]; st != nil {
		return st, nil
	}
	if name == "" {
		return nil, &sqlerror.Error{Code: "26000", Message: "unnamed prepared statement does not exist"}
	}
	return nil, &sqlerror.Error{Code: "26000", Message: fmt.Sprintf("prepared statement %q does not exist", name)}
}

func (k *connection) portal(name string) (*portal, error) {
	if p := k.portals[name]; p != nil {
		return p, nil
	}
	return nil, &sqlerror.Error{Code: "34000", Message: fmt.Sprintf("portal %q does not exist", name)}
}

func (k *connection) bind(m *pgproto3.Bind) error {
	st, err := k.statement(m.PreparedStatement)
	if err != nil {
		return err
	}
	if len(m.Parameters) != len(st.Params) {
		return &sqlerror.Error{Code: "08P01", Message: fmt.Sprintf(
			"bind message supplies %d parameters, but prepared statement %q requires %d",
			len(m.Parameters), m.PreparedStatement, len(st.Params))}
	}
	if n := len(m.ParameterFormatCodes); n > 1 && n != len(m.Parameters) {
		return &sqlerror.Error{Code: "08P01", Message: fmt.Sprintf(
			"bind message has %d parameter formats but %d parameters", n, len(m.Parameters))}
	}
	if n := len(m.ResultFormatCodes); n > 1 && n != len(st.Columns) {
		return &sqlerror.Error{Code: "08P01", Message: fmt.Sprintf(
			"bind message has %d result formats but query has %d columns", n, len(st.Columns))}
	}
	p := &portal{statement: st, formats: slices.Clone(m.ResultFormatCodes), args: make([]datum.Value, len(m.Parameters))}
	for i, raw := range m.Parameters {
		if raw == nil {
			continue
		}
		if formatOf(m.ParameterFormatCodes, i) == pgproto3.BinaryFormat {
			p.args[i], err = datum.ParseBinary(st.Params[i], raw)
		} else {
			p.args[i], err = datum.ParseText(st.Params[i], string(raw))
		}
		if err != nil {
			return err
		}
	}
	k.portals[m.DestinationPortal] = p
	k.backend.Send(&pgproto3.BindComplete{})
	return nil
}

func (k *connection) describe(m *pgproto3.Describe) error {
	if m.ObjectType == 'P' {
		p, err := k.portal(m.Name)
		if err != nil {
			return err
		}
		k.sendDescription(p.statement.Columns, p.formats)
		return nil
	}
	st, err := k.statement(m.Name)
	if err != nil {
		return err
	}
	oids := make([]uint32, len(st.Params))
	for i, t := range st.Params {
		oids[i] = uint32(t)
	}
	k.backend.Send(&pgproto3.ParameterDescription{ParameterOIDs: oids})
	k.sendDescription(st.Columns, nil)
	return nil
}

func (k *connection) executePortal(m *pgproto3.Execute) error {
	p, err := k.portal(m.Portal)
	if err != nil {
		return err
	}
	if p.statement.Empty() {
		k.backend.Send(&pgproto3.EmptyQueryResponse{})
		return nil
	}
	if p.result == nil {
		if p.result, err = k.execute(p.statement, p.args); err != nil {
			return err
		}
	}
	rows := p.result.Rows[p.sent:]
	if m.MaxRows > 0 && uint64(len(rows)) > uint64(m.MaxRows) {
		rows = rows[:m.MaxRows]
	}
	k.sendRows(p.result.Columns, rows, p.formats)
	p.sent += len(rows)
	if p.sent < len(p.result.Rows) {
		k.backend.Send(&pgproto3.PortalSuspended{})
		return nil
	}
	k.backend.Send(&pgproto3.CommandComplete{CommandTag: []byte(p.result.Tag)})
	return nil
}
