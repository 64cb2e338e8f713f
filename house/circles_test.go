package house

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// longestCircle is how many files of a package may depend on each other in a
// circle: such files can only be read, moved and changed together.
var longestCircle = map[string]int{"steps": 12, "ui": 12, "cli": 12, "aws": 12, "kube": 12, "sandbox": 20}

func TestFilesDoNotDependOnEachOtherInLongCircles(t *testing.T) {
	for _, f := range folders(t, 0) {
		top, _, _ := strings.Cut(f.path, "/")
		allowed, limited := longestCircle[top]
		if !limited {
			continue
		}
		longest := slices.MaxFunc(append(circles(f.uses()), nil), func(a, b []string) int { return cmp.Compare(len(a), len(b)) })
		if len(longest) > allowed {
			t.Errorf("package %s: %d files depend on each other in a circle, more than %d: %s", f.path, len(longest), allowed, strings.Join(longest, " "))
		}
	}
}

func TestCirclesAreFound(t *testing.T) {
	got := circles(map[string][]string{
		"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, // a circle of three, from which d hangs
		"d": {"e"}, "e": nil,
		"f": {"a", "g"}, "g": {"f"}, // a circle of two, which uses the other
	})
	var long [][]string
	for _, circle := range got {
		if len(circle) > 1 {
			long = append(long, circle)
		}
	}
	slices.SortFunc(long, slices.Compare)
	if want := [][]string{{"a", "b", "c"}, {"f", "g"}}; !slices.EqualFunc(long, want, slices.Equal) {
		t.Errorf("found %v, want %v", long, want)
	}
}

// uses maps each file of a package, tests left out, to the other files whose
// package-level names or methods it uses.
func (f folder) uses() map[string][]string {
	var files []*ast.File
	found := map[string]map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(f.files)) {
		if !strings.HasSuffix(name, "_test.go") {
			files = append(files, f.files[name])
			found[name] = map[string]bool{}
		}
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	// What is imported is empty, so there are errors: they do not matter here.
	config := types.Config{Importer: hollow{}, Error: func(error) {}}
	pkg, _ := config.Check(f.path, f.set, files, info)
	name := func(at token.Pos) string { return filepath.Base(f.set.Position(at).Filename) }
	for id, object := range info.Uses {
		if object.Pkg() != pkg || !object.Pos().IsValid() {
			continue
		}
		function, isFunction := object.(*types.Func)
		isMethod := isFunction && function.Signature().Recv() != nil
		if object.Parent() != pkg.Scope() && !isMethod {
			continue
		}
		if from, to := name(id.Pos()), name(object.Pos()); from != to {
			found[from][to] = true
		}
	}
	out := map[string][]string{}
	for file, others := range found {
		out[file] = slices.Sorted(maps.Keys(others))
	}
	return out
}

// hollow imports every package as an empty one: what matters is within one.
type hollow map[string]*types.Package

// Import implements [types.Importer].
func (h hollow) Import(path string) (*types.Package, error) {
	if h[path] == nil {
		h[path] = types.NewPackage(path, path[strings.LastIndex(path, "/")+1:])
		h[path].MarkComplete()
	}
	return h[path], nil
}

// circles returns the strongly connected components of a graph, each sorted, by
// Tarjan's algorithm.
// https://en.wikipedia.org/wiki/Tarjan%27s_strongly_connected_components_algorithm
func circles(edges map[string][]string) [][]string {
	s := search{edges: edges, index: map[string]int{}, low: map[string]int{}, open: map[string]bool{}}
	for _, v := range slices.Sorted(maps.Keys(edges)) {
		if s.index[v] == 0 {
			s.visit(v)
		}
	}
	return s.found
}

// search is the state of the algorithm: the order in which nodes were seen,
// counted from 1; the earliest node that each leads back to; and those whose
// component is not complete yet.
type search struct {
	edges map[string][]string
	index map[string]int
	low   map[string]int
	stack []string
	open  map[string]bool
	found [][]string
}

func (s *search) visit(v string) {
	s.index[v] = len(s.index) + 1
	s.low[v] = s.index[v]
	s.stack, s.open[v] = append(s.stack, v), true
	for _, w := range s.edges[v] {
		if s.index[w] == 0 {
			s.visit(w)
			s.low[v] = min(s.low[v], s.low[w])
		} else if s.open[w] {
			s.low[v] = min(s.low[v], s.index[w])
		}
	}
	if s.low[v] != s.index[v] {
		return
	}
	at := slices.Index(s.stack, v)
	component := slices.Sorted(slices.Values(s.stack[at:]))
	s.stack = s.stack[:at]
	for _, w := range component {
		s.open[w] = false
	}
	s.found = append(s.found, component)
}
