package house

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const root = ".."

// folder is a folder with Go files: a package and its tests.
type folder struct {
	path  string // from the root of the repository, with slashes
	set   *token.FileSet
	files map[string]*ast.File // by name
}

// folders reads every package of the repository, with bodies of functions where
// mode says so. Other modules and what is for tests to read are left out.
func folders(t *testing.T, mode parser.Mode) []folder {
	t.Helper()
	var out []folder
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name := d.Name(); path != root && (name == "testdata" || strings.HasPrefix(name, ".")) || path == filepath.Join(root, "e2e") {
			return fs.SkipDir
		}
		names, err := filepath.Glob(filepath.Join(path, "*.go"))
		if err != nil || len(names) == 0 {
			return err
		}
		short, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		f := folder{path: filepath.ToSlash(short), set: token.NewFileSet(), files: map[string]*ast.File{}}
		for _, name := range names {
			file, err := parser.ParseFile(f.set, name, nil, mode)
			if err != nil {
				return err
			}
			f.files[filepath.Base(name)] = file
		}
		out = append(out, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 50 {
		t.Fatalf("only %d packages were found", len(out))
	}
	return out
}

// below tells whether a package is the other one or lies in its folder.
func below(path, top string) bool { return path == top || strings.HasPrefix(path, top+"/") }

const maxFiles = 40

// crowded are the packages that still have more files, with the most that they
// may have. Lower a number when a package shrinks; never raise one.
var crowded = map[string]int{
	"aws":   45,
	"steps": 43,
}

func TestNoPackageHasTooManyFiles(t *testing.T) {
	for _, f := range folders(t, parser.ImportsOnly) {
		limit := cmp.Or(crowded[f.path], maxFiles)
		if len(f.files) > limit {
			t.Errorf("package %s has %d files, more than %d: make a package of those that belong together", f.path, len(f.files), limit)
		}
		if crowded[f.path] > 0 && len(f.files) <= maxFiles {
			t.Errorf("package %s has %d files and needs no row of its own any more", f.path, len(f.files))
		}
	}
}

// imports calls see for each import of a package's files, tests included.
func (f folder) imports(t *testing.T, see func(file, imported string)) {
	t.Helper()
	for name, file := range f.files {
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			see(f.path+"/"+name, imported)
		}
	}
}

// borders say what a package, and those in its folder, may not import. Names of
// podsg's own packages are those of their folders.
var borders = []struct {
	from      string
	forbidden []string
	except    []string
}{
	{
		from: "steps",
		forbidden: []string{
			"podsg/aws", "podsg/kube", "podsg/postgres", "podsg/ui", "podsg/cli", "podsg/sandbox",
			"github.com/aws", "k8s.io/client-go", "charm.land", "github.com/charmbracelet", "github.com/jackc/pgx",
		},
	},
	{
		from:      "sandbox",
		forbidden: []string{"podsg/steps", "podsg/aws", "podsg/kube", "podsg/postgres", "podsg/ui", "podsg/cli"},
		// It guards the environment of the process, which there is once.
		except: []string{"podsg/postgres/neutral"},
	},
	{from: "aws", forbidden: []string{"podsg/kube", "podsg/postgres", "podsg/ui", "podsg/cli"}},
	{from: "kube", forbidden: []string{"podsg/aws", "podsg/postgres", "podsg/ui", "podsg/cli"}},
	{from: "postgres", forbidden: []string{"podsg/aws", "podsg/kube", "podsg/ui", "podsg/cli"}},
	{from: "ui", forbidden: []string{"podsg/aws", "podsg/postgres", "podsg/cli"}},
}

func TestPackagesImportInOneDirection(t *testing.T) {
	for _, f := range folders(t, parser.ImportsOnly) {
		f.imports(t, func(file, imported string) {
			for _, b := range borders {
				if !below(f.path, b.from) || anyBelow(imported, b.except) {
					continue
				}
				if anyBelow(imported, b.forbidden) {
					t.Errorf("%s imports %s, which nothing in %s may know", file, imported, b.from)
				}
			}
			if below(imported, "charm.land/bubbletea") && !below(f.path, "ui") {
				t.Errorf("%s imports %s, which only ui may know", file, imported)
			}
		})
	}
}

func anyBelow(path string, tops []string) bool {
	for _, top := range tops {
		if below(path, top) {
			return true
		}
	}
	return false
}

// layers are the packages in the folder steps, from the lowest layer to the
// highest. A package imports those of lower layers only; the rooms of the
// procedure, which are one layer, import each other too, without a circle.
var layers = [][]string{
	{"clean"},
	{"words", "say", "clean/cleantest"},
	{"world"},
	{"reach", "shell", "workload"},
	{"effects", "access"},
	{"intent"},
	{"check"},
	{"check/checktest", "plan"},
	rooms,
	{"render", "cleanup", "follow", "symptom"},
	{"drift"},
	{""}, // steps itself
}

// rooms are the steps of the procedure and what several of them need.
var rooms = []string{
	"identity", "cluster", "nodes", "network", "database", "iam", "cni", "policy", "proof", "restart",
	"clientlog", "controller", "probe",
}

func TestLayersOfStepsImportLowerOnesOnly(t *testing.T) {
	level := map[string]int{}
	for i, layer := range layers {
		for _, name := range layer {
			level[strings.TrimSuffix("steps/"+name, "/")] = i + 1
		}
	}
	roomLevel := level["steps/"+rooms[0]]
	for _, f := range folders(t, parser.ImportsOnly) {
		if !below(f.path, "steps") {
			continue
		}
		if level[f.path] == 0 {
			t.Errorf("package %s has no layer: say in this test which it is", f.path)
			continue
		}
		f.imports(t, func(file, imported string) {
			imported = strings.TrimPrefix(imported, "podsg/")
			switch to := level[imported]; {
			case to == 0 || to < level[f.path]:
			case to == level[f.path] && to == roomLevel:
			case strings.HasSuffix(file, "_test.go") && (imported == f.path || imported == "steps/check/checktest"):
			default:
				t.Errorf("%s imports %s, which is not of a lower layer", file, imported)
			}
		})
	}
}
