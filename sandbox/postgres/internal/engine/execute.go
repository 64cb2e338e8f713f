package engine

import (
	"context"
	"errors"

	"podsg/sandbox/postgres/internal/datum"
	"podsg/sandbox/postgres/internal/sqlerror"
	"podsg/sandbox/postgres/internal/syntax"
)

// Statement is a parsed statement with the types of its parameters and result.
type Statement struct {
	Params  []datum.Type
	Columns []datum.Column // nil when the statement returns no rows

	text string
	ast  syntax.Statement
}

// NoStatement is what an empty query text prepares.
func NoStatement() *Statement { return &Statement{} }

// Empty reports whether there is nothing to execute.
func (st *Statement) Empty() bool { return st.ast == nil }

// Parse splits a query text in statements. The whole text must be well formed.
func (s *Session) Parse(text string) ([]*Statement, error) {
	parsed, err := syntax.Parse(text, recognise)
	if err != nil {
		return nil, sqlerror.Locate(text, err)
	}
	statements := make([]*Statement, len(parsed))
	for i, ast := range parsed {
		statements[i] = &Statement{text: text, ast: ast}
	}
	return statements, nil
}

// Analyse resolves names and types of a statement, filling in its Params and Columns.
// Types given by the client come first; the others are inferred.
func (s *Session) Analyse(st *Statement, given []datum.Type) error {
	if err := s.refuseInFailed(st.ast); err != nil {
		return err
	}
	a := s.newAnalyser(given)
	p, err := a.plan(st.ast)
	if err != nil {
		return sqlerror.Locate(st.text, err)
	}
	st.Columns = p.columns
	st.Params = a.paramTypes()
	return nil
}

// Execute runs a statement. args are the values of its parameters.
func (s *Session) Execute(ctx context.Context, st *Statement, args []datum.Value) (*Result, error) {
	if err := s.refuseInFailed(st.ast); err != nil {
		return nil, err
	}
	result, err := s.execute(ctx, st, args)
	if err == nil {
		return result, nil
	}
	s.Fail()
	if ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		err = sqlerror.New(sqlerror.CodeQueryCanceled, "canceling statement due to user request")
	}
	return nil, sqlerror.Locate(st.text, err)
}

// refuseInFailed lets only the end of a transaction through after an error in it.
func (s *Session) refuseInFailed(ast syntax.Statement) error {
	if !s.inBlock() || !s.tx.failed {
		return nil
	}
	switch ast.(type) {
	case syntax.Commit, syntax.Rollback:
		return nil
	}
	return sqlerror.New(sqlerror.CodeInFailedTransaction,
		"current transaction is aborted, commands ignored until end of transaction block")
}

func (s *Session) execute(ctx context.Context, st *Statement, args []datum.Value) (*Result, error) {
	if result, done := s.control(st.ast); done {
		return result, nil
	}
	s.transaction()
	for _, r := range written(st.ast) {
		if err := s.db.hold(ctx, s, r.Name); err != nil {
			return nil, err
		}
	}
	// Names are resolved again: tables may have changed since Analyse, or while waiting.
	p, err := s.newAnalyser(st.Params).plan(st.ast)
	if err != nil {
		return nil, err
	}
	return p.run(&scope{ctx: ctx, session: s, args: args})
}

// written lists the tables a statement writes.
func written(ast syntax.Statement) []syntax.Relation {
	switch ast := ast.(type) {
	case syntax.Insert:
		return []syntax.Relation{ast.Table}
	case syntax.Delete:
		return []syntax.Relation{ast.Table}
	case syntax.CreateTable:
		return []syntax.Relation{ast.Table}
	case syntax.DropTable:
		return ast.Tables
	}
	return nil
}

// control runs BEGIN, COMMIT and ROLLBACK.
func (s *Session) control(ast syntax.Statement) (*Result, bool) {
	switch ast := ast.(type) {
	case syntax.Begin:
		tx := s.transaction()
		if tx.explicit {
			s.warn(sqlerror.CodeActiveTransaction, "there is already a transaction in progress")
		}
		tx.explicit = true
		return &Result{Tag: ast.Tag}, true
	case syntax.Commit:
		tag := "COMMIT"
		if !s.inBlock() {
			s.warn(sqlerror.CodeNoActiveTransaction, "there is no transaction in progress")
		} else if s.tx.failed {
			tag = "ROLLBACK"
		}
		s.end(s.tx != nil && !s.tx.failed)
		return &Result{Tag: tag}, true
	case syntax.Rollback:
		if !s.inBlock() {
			s.warn(sqlerror.CodeNoActiveTransaction, "there is no transaction in progress")
		}
		s.end(false)
		return &Result{Tag: "ROLLBACK"}, true
	}
	return nil, false
}
