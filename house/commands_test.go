package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// command is how a command that podsg prints begins.
var command = regexp.MustCompile(`^(aws|kubectl|eksctl) |^podsg (setup|plan|diagnose|list|cleanup|permissions|bundle|explain|watch --)`)

// A command that is put together of texts carries other people's words: it is made
// by shell.Command alone, which quotes them.
func TestCommandsAreMadeByOneFunctionThatQuotes(t *testing.T) {
	for _, f := range folders(t, parser.SkipObjectResolution) {
		if below(f.path, "sandbox") || below(f.path, "acceptance") || below(f.path, "docs") {
			continue // they print nothing to paste that was read
		}
		for name, file := range f.files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.BinaryExpr:
					if n.Op != token.ADD {
						return true
					}
					first, rest := operands(n)
					if text, literal := literal(first); literal && command.MatchString(text) && !plain(rest) {
						t.Errorf("%s/%s: a command is put together of texts: %q…; make it with shell.Command", f.path, name, text)
					}
					return false
				case *ast.CallExpr:
					if s, ok := n.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Sprintf" && len(n.Args) > 1 {
						if text, literal := literal(n.Args[0]); literal && command.MatchString(text) {
							t.Errorf("%s/%s: a command is put together of texts: %q; make it with shell.Command", f.path, name, text)
						}
					}
				}
				return true
			})
		}
	}
}

// operands are the first text of a sum and the others.
func operands(sum *ast.BinaryExpr) (ast.Expr, []ast.Expr) {
	if b, ok := sum.X.(*ast.BinaryExpr); ok && b.Op == token.ADD {
		first, rest := operands(b)
		return first, append(rest, sum.Y)
	}
	return sum.X, []ast.Expr{sum.Y}
}

// plain reports whether texts are podsg's own: literals and constants of the
// package, or what package shell has made.
func plain(texts []ast.Expr) bool {
	for _, x := range texts {
		switch x := x.(type) {
		case *ast.BasicLit, *ast.Ident:
		case *ast.CallExpr:
			if s, ok := x.Fun.(*ast.SelectorExpr); !ok || nameOf(s.X) != "shell" {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func nameOf(x ast.Expr) string {
	if id, ok := x.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

func literal(x ast.Expr) (string, bool) {
	l, ok := x.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}
