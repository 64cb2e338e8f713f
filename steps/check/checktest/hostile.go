package checktest

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"
)

// Hostile are texts that somebody may have given a name, and that would do
// something if a shell took them for more than a word. Each would leave a file. The
// empty place of each is where the name itself stands.
func Hostile() []func(name string) string {
	return []func(string) string{
		func(name string) string { return name + "$(:>substituted)`:>backquoted`${x:=$(:>expanded)}" },
		func(name string) string { return name + `';:>single;'";:>double;"\` + "\n:>line\nEOF\n:>document\n#" },
		func(name string) string { return "--hostile=" + name },
	}
}

// Replace puts another text in the place of one, wherever it is a whole text of a
// value: in its fields, lists and maps, and what they point to.
func Replace(value any, old, text string) {
	r := replacer{old: old, text: text, seen: map[reflect.Value]bool{}}
	r.in(reflect.ValueOf(value))
}

// Texts calls see for each text in a value.
func Texts(value any, see func(string)) {
	r := replacer{see: see, seen: map[reflect.Value]bool{}}
	r.in(reflect.ValueOf(value))
}

type replacer struct {
	old, text string
	see       func(string)
	seen      map[reflect.Value]bool
}

func (r *replacer) in(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if r.see != nil {
			r.see(v.String())
		} else if v.String() == r.old && v.CanSet() {
			v.SetString(r.text)
		}
	case reflect.Pointer:
		if !v.IsNil() && !r.seen[v] {
			r.seen[v] = true
			if r.see == nil && v.CanSet() { // cases share what they point to
				own := reflect.New(v.Type().Elem())
				own.Elem().Set(v.Elem())
				v.Set(own)
			}
			r.in(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				r.in(v.Field(i))
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && r.see == nil && v.CanSet() && !v.IsNil() {
			v.Set(reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, v.Len()), v))
		}
		for i := range v.Len() {
			r.in(v.Index(i))
		}
	case reflect.Interface:
		if !v.IsNil() {
			c := r.copy(v.Elem())
			if v.CanSet() {
				v.Set(c)
			}
		}
	case reflect.Map:
		if r.see == nil && v.CanSet() && !v.IsNil() {
			own := reflect.MakeMapWithSize(v.Type(), v.Len())
			for _, key := range v.MapKeys() {
				own.SetMapIndex(key, v.MapIndex(key))
			}
			v.Set(own)
		}
		for _, key := range v.MapKeys() {
			k, x := r.copy(key), r.copy(v.MapIndex(key))
			if r.see == nil {
				v.SetMapIndex(key, reflect.Value{})
				v.SetMapIndex(k, x)
			}
		}
	}
}

// copy is a value that can be set, with its texts replaced.
func (r *replacer) copy(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	r.in(c)
	return c
}

// programs are those that podsg's commands call, as functions that do nothing but
// notice a word of somebody else's that has become an option.
const programs = `
note() { for word; do case $word in --hostile*) :>option ;; esac; done; }
for name in aws kubectl podsg eksctl curl base64 grep head tr cut; do eval "$name() { note \"\$@\"; }"; done
sleep() { exit 0; }
`

// Harmless runs commands in a shell in which no program does anything, in an empty
// folder, and fails the test if one of them leaves something there. Commands are run
// on their own, so that what one breaks does not hide the next.
func Harmless(t *testing.T, shell string, commands ...string) {
	t.Helper()
	path, err := exec.LookPath(shell)
	if err != nil {
		t.Skipf("there is no %s: %v", shell, err)
	}
	folder := t.TempDir()
	if runShell(t, path, folder, commands...); clean(t, folder) {
		return
	}
	for _, c := range commands {
		if runShell(t, path, folder, c); !clean(t, folder) {
			t.Errorf("a name that was read becomes a command of its own in\n%s", c)
		}
	}
}

// runShell runs commands, each in a shell of its own.
func runShell(t *testing.T, shell, folder string, commands ...string) {
	t.Helper()
	variant := syntax.LangPOSIX
	if filepath.Base(shell) == "bash" {
		variant = syntax.LangBash
	}
	script := programs
	for _, c := range commands {
		if _, err := syntax.NewParser(syntax.Variant(variant)).Parse(strings.NewReader(c), ""); err != nil {
			t.Errorf("a shell cannot read (%v)\n%s", err, c)
		}
		script += "( eval '" + strings.ReplaceAll(c, "'", `'\''`) + "' ) </dev/null >/dev/null 2>&1\n"
	}
	cmd := exec.Command(shell, "-s")
	cmd.Dir, cmd.Env, cmd.Stdin = folder, []string{"PATH=", "RDS_PASSWORD=x", "GIB=30"}, strings.NewReader(script)
	if out, err := cmd.CombinedOutput(); len(out) > 0 {
		t.Errorf("%s: %v\n%s", shell, err, out)
	}
}

// clean reports whether nothing is in a folder, and empties it.
func clean(t *testing.T, folder string) bool {
	t.Helper()
	left, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range left {
		t.Logf("left: %s", entry.Name())
		if err := os.Remove(filepath.Join(folder, entry.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return len(left) == 0
}
