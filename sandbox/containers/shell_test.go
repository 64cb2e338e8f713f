package containers_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestAScriptSeesOnlyItsContainer(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "host-secret")
	if err := os.WriteFile(secret, []byte("of the host"), 0o644); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	for _, c := range []struct {
		sentence string
		script   string
		want     string
		code     int
	}{
		{"files of the host do not exist", "cat /etc/passwd", "cat: can't open '/etc/passwd': No such file or directory\n", 1},
		{"nor when they are redirected", "cat < " + secret, "sh: can't open " + secret + ": No such file or directory\n", 1},
		{"nor when they are sourced", ". " + secret, "source: sh: can't open " + secret + ": No such file or directory\n", 1},
		{"nor for test", "test -e " + secret + " || [ -r /etc/passwd ] || echo none", "none\n", 0},
		{"nor by a pattern", "echo " + filepath.Dir(secret) + "/*", filepath.Dir(secret) + "/*\n", 0},
		{"nor by walking up", "cd /tmp && cat ../../.." + secret, "cat: can't open '../../.." + secret + "': No such file or directory\n", 1},
		{"programs of the host do not exist", "uname -a", "sh: uname: not found\n", 127},
		{"nor with their path", "/bin/uname", "sh: /bin/uname: not found\n", 127},
		{"nor by exec", "exec uname", "sh: uname: not found\n", 127},
		{"nor by command -v", "command -v uname || echo none", "none\n", 0},
		{"nor by type", "type uname || true", "uname: not found\n", 0},
		{"its own are found", "command -v psql; command -v echo", "/usr/bin/psql\necho\n", 0},
		{"nothing is written outside of /tmp", "echo x > /etc/passwd", "sh: can't create /etc/passwd: Read-only file system\n", 1},
		{"nor where the host has a file", "echo x > " + secret, "sh: can't create " + secret + ": No such file or directory\n", 1},
		{"nor into a mounted file", "echo x > /etc/secret/token", "sh: can't create /etc/secret/token: Read-only file system\n", 1},
		{"mounted files are read", "cat /etc/secret/token; echo /etc/secret/*", "abc\n/etc/secret/token\n", 0},
		{"mounted files are no programs", "/etc/secret/token", "sh: /etc/secret/token: Permission denied\n", 126},
		{"/tmp is writable", "echo one > /tmp/f; echo two >> /tmp/f; cat /tmp/f; rm /tmp/f; [ -e /tmp/f ] || echo gone", "one\ntwo\ngone\n", 0},
		{"a script in /tmp can be sourced", "echo 'X=$1' > /tmp/s; . /tmp/s 7; echo $X", "7\n", 0},
		{"eval runs no process substitution", "eval 'cat <(echo x)'", "cannot create fifo: not a directory\n", -1},
		{"bash runs none either", `bash -c 'cat <(echo x)'`, "cannot create fifo: not a directory\n", -1},
		{"the interpreter's pipes cannot be forged", "echo x > /dev/null/none/sh-interp-1; cat /dev/null/none/sh-interp-1", "", -1},
		{"users of the host do not exist", "echo ~root ~daemon", "/root ~daemon\n", 0},
		{"the user is the container's", "echo $HOME $UID; test -O /etc/secret/token || echo not mine", "/root 0\nnot mine\n", 0},
		{"the environment is the container's", "env | grep -E '^(PGHOST|HOME|HOSTNAME)='", "HOME=/root\nHOSTNAME=green-pod-7d9c\nPGHOST=" + endpoint + "\n", 0},
		{"the working directory too", "pwd; pwd -P; cd /etc/secret && pwd; cd /home/nobody || true", "/\n/\n/etc/secret\ncd: no such file or directory: \"/home/nobody\"\n", 0},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			out, code := w.script(t, c.script)
			if c.want != "" && out != c.want {
				t.Errorf("printed %q, want %q", out, c.want)
			}
			if c.code >= 0 && code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			if strings.Contains(out, "of the host") {
				t.Errorf("read a file of the host: %q", out)
			}
		})
	}
	if data, err := os.ReadFile(secret); err != nil || string(data) != "of the host" {
		t.Errorf("the host's file is now %q, %v", data, err)
	}
}

func TestTheEnvironmentOfTheHostIsNotThere(t *testing.T) {
	t.Setenv("PGPASSFILE", "/tmp/host")
	t.Setenv("HOST_ONLY", "leaked")
	out, _ := newWorld(t).script(t, "env; echo ${HOST_ONLY-unset}")
	if strings.Contains(out, "leaked") || strings.Contains(out, "PGPASSFILE") || !strings.HasSuffix(out, "unset\n") {
		t.Errorf("printed:\n%s", out)
	}
}

func TestShellsFollowTheirOptions(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		sentence string
		command  []string
		want     string
		code     int
	}{
		{"a failed command ends sh -e", []string{"sh", "-ec", "false; echo on"}, "", 1},
		{"an unset variable ends sh -u", []string{"sh", "-uc", "echo $NONE; echo on"}, "NONE: unbound variable\n", 1},
		{"arguments follow the name", []string{"sh", "-c", `echo "$0 $1 $2"`, "me", "a b", "c"}, "me a b c\n", 0},
		{"pipefail is known to bash", []string{"bash", "-eo", "pipefail", "-c", "false | true; echo on"}, "", 1},
		{"a syntax error leaves with 2", []string{"sh", "-c", "if"}, "", 2},
		{"bash's own syntax is not sh's", []string{"sh", "-c", "cat <(echo x)"}, "", 2},
		{"a shell starts another", []string{"sh", "-c", `sh -c 'exit 7'; echo $?`}, "7\n", 0},
		{"functions, loops and pipes work", []string{"sh", "-c", `f() { for i in 1 2 3; do echo "$1$i"; done; }; f x | tail -n 2 | tr x y`}, "y2\ny3\n", 0},
		{"a trap on EXIT runs, one on TERM is accepted", []string{"sh", "-c", `trap 'echo bye' EXIT TERM; trap '' INT; echo hi`}, "hi\nbye\n", 0},
		{"a program runs without a shell", []string{"cat", "/etc/secret/token"}, "abc\n", 0},
		{"a builtin does too", []string{"echo", "a  b"}, "a  b\n", 0},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			out, code := finish(t, start(t, w.spec(c.command...)))
			if code != c.code || c.want != "" && out != c.want {
				t.Errorf("exit code %d, printed %q; want %d, %q", code, out, c.code, c.want)
			}
		})
	}
}

func TestSmallProgramsDoTheirWork(t *testing.T) {
	w := newWorld(t)
	for script, want := range map[string]string{
		`printf 'one\ntwo\nthree\n' | grep -v o`:       "three\n",
		`printf 'one\ntwo\n' | grep -qi TWO && echo y`: "y\n",
		`printf 'a+b\naab\n' | grep 'a+b'`:             "a+b\n",
		`printf 'a+b\naab\n' | grep -E 'a+b'`:          "aab\n",
		`printf '1\n2\n3\n' | head -2 | tail -n 1`:     "2\n",
		`printf 'Hello' | tr '[:lower:]' '[:upper:]'`:  "HELLO\n",
		`date -u '+%Y-%m-%dT%H:%M:%SZ %s'`:             "2026-03-01T10:00:00Z 1772359200\n",
		`hostname; hostname -i`:                        "green-pod-7d9c\n192.168.63.249\n",
		`getent hosts alias.example`:                   "192.168.112.9   alias.example\n",
		`nslookup nope.example || echo $?`:             "** server can't find nope.example: NXDOMAIN\n\n1\n",
		`A=1 env | grep ^A=; env -i B=2 printenv B`:    "A=1\n2\n",
		`timeout 5 echo in time`:                       "in time\n",
	} {
		if out, _ := w.script(t, script); strings.TrimSuffix(out, "\n") != strings.TrimSuffix(want, "\n") {
			t.Errorf("%s printed %q, want %q", script, out, want)
		}
	}
}

func TestSleepCountsTheWorldsTime(t *testing.T) {
	w := newWorld(t)
	p := start(t, w.spec("sh", "-c", "for i in 1 2 3; do echo $i; sleep 60; done; timeout 10 sleep infinity; echo code $?"))
	for _, line := range []string{"1", "2", "3"} {
		awaitLine(t, p, line)
		w.awaitTimer(t)
		w.clock.Step(time.Minute)
	}
	w.awaitTimer(t)
	w.clock.Step(10 * time.Second)
	if out, code := finish(t, p); out != "1\n2\n3\ncode 143\n" || code != 0 {
		t.Errorf("exit code %d, printed %q", code, out)
	}
	if ran := p.FinishedAt().Sub(p.StartedAt()); ran != 190*time.Second {
		t.Errorf("ran for %s, want 3m10s", ran)
	}
}

func TestStopEndsEverythingInAContainer(t *testing.T) {
	w := newWorld(t)
	for _, script := range []string{
		"sleep infinity", "sleep infinity & wait", "nc -l -p 9000", "while true; do sleep 1; done", "sleep infinity | cat",
	} {
		p := start(t, w.spec("sh", "-c", "echo up; "+script))
		awaitLine(t, p, "up")
		p.Stop()
		if _, code := finish(t, p); code != 137 {
			t.Errorf("%s: exit code %s, want 137", script, strconv.Itoa(code))
		}
	}
}
