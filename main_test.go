package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"podsg/sandbox"
)

// TestMain lets the scripts run podsg itself: the test binary under that name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"podsg": main})
}

// testSpeed is how much faster than life the practice worlds of the scripts run:
// a database is made in a second.
const testSpeed = 500

// TestCommands runs the scripts in testdata/script. Besides the commands of
// package testscript they know:
//
//	world [SCENARIO]        start a practice world and take over its environment
//	exits CODE podsg …      run a command that must end with an exit code
//	nosecret FILE...        the password of the world's database is in none of the files
//	deny ACTION             take an IAM permission away from the caller
//	expire                  let the caller's credentials expire
//	called ACTION           wait until the world has seen a call of an AWS action
func TestCommands(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Values[stateKey] = &scriptState{}
			// Nothing of the machine's own configuration may be found.
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			env.Setenv("AWS_CONFIG_FILE", env.WorkDir+"/no-aws-config")
			env.Setenv("AWS_SHARED_CREDENTIALS_FILE", env.WorkDir+"/no-aws-credentials")
			env.Setenv("KUBECONFIG", env.WorkDir+"/no-kubeconfig")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"world": startWorld, "exits": exits, "nosecret": noSecret, "deny": deny, "expire": expire, "called": called,
		},
	})
}

// scriptState is what the commands of one script share.
type scriptState struct{ world *sandbox.World }

const stateKey = "state"

func stateOf(ts *testscript.TestScript) *scriptState {
	state, ok := ts.Value(stateKey).(*scriptState)
	if !ok {
		ts.Fatalf("the script has no state")
	}
	return state
}

func worldOf(ts *testscript.TestScript) *sandbox.World {
	w := stateOf(ts).world
	if w == nil {
		ts.Fatalf("the script has started no world")
	}
	return w
}

func startWorld(ts *testscript.TestScript, _ bool, args []string) {
	w, err := sandbox.Start(context.Background(), sandbox.Options{Scenario: strings.Join(args, ""), Speed: testSpeed})
	ts.Check(err)
	ts.Defer(w.Close)
	for _, v := range w.Env() {
		ts.Setenv(v.Name, v.Value)
	}
	stateOf(ts).world = w
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	err = ts.Exec(args[1], args[2:]...)
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed):
		code = failed.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

func noSecret(ts *testscript.TestScript, _ bool, files []string) {
	objects, err := worldOf(ts).Objects()
	ts.Check(err)
	passwords := 0
	for name, raw := range objects {
		if !strings.HasPrefix(name, "k8s secrets") {
			continue
		}
		var secret struct{ Data map[string]string }
		ts.Check(json.Unmarshal(raw, &secret))
		password, err := base64.StdEncoding.DecodeString(secret.Data["password"])
		ts.Check(err)
		if len(password) == 0 {
			continue
		}
		passwords++
		for _, file := range files {
			if text := ts.ReadFile(file); strings.Contains(text, string(password)) || strings.Contains(text, secret.Data["password"]) {
				ts.Fatalf("%s shows the password of %s", file, name)
			}
		}
	}
	if passwords == 0 {
		ts.Fatalf("the world has no password to look for")
	}
}

func deny(ts *testscript.TestScript, _ bool, args []string) { worldOf(ts).Account().Deny(args...) }

func expire(ts *testscript.TestScript, _ bool, _ []string) {
	worldOf(ts).Account().ExpireCredentials()
}

func called(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	deadline := time.After(time.Minute)
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		for _, c := range w.Calls() {
			if c.Action == args[0] {
				return
			}
		}
		select {
		case <-deadline:
			ts.Fatalf("%s has not been called", args[0])
		case <-look.C:
		}
	}
}
