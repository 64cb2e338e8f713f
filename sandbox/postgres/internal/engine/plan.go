package engine

import "podsg/sandbox/postgres/internal/syntax"

// plan resolves a statement.
func (a *analyser) plan(ast syntax.Statement) (*plan, error) {
	switch ast := ast.(type) {
	case syntax.Select:
		return a.planSelect(ast)
	case syntax.Insert:
		return a.planInsert(ast)
	case syntax.Delete:
		return a.planDelete(ast)
	case syntax.CreateTable:
		return a.planCreateTable(ast)
	case syntax.DropTable:
		return a.planDropTable(ast)
	case syntax.Set:
		return a.planSet(ast)
	case syntax.Show:
		return a.planShow(ast)
	case catalogueQuery:
		return ast.plan(), nil
	case syntax.Deallocate:
		return &plan{run: func(*scope) (*Result, error) { return &Result{Tag: "DEALLOCATE"}, nil }}, nil
	}
	// BEGIN and its kin need no plan.
	return &plan{}, nil
}
