package acceptance

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/sandbox/cloud"
	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestThePasswordIsNowhereButInTheDatabaseAndTheSecret(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		fail string // action that fails
	}{
		{name: "after a setup"},
		{name: "after a setup whose last part failed", fail: "rds:DescribeDBInstances"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "workshop")
			log := t.TempDir() + "/podsg.log"
			surfaces := map[string]string{}
			keep := func(o outcome) {
				name := strings.Join(o.args, " ")
				surfaces["standard output of "+name] = o.stdout
				surfaces["standard error of "+name] = o.stderr
			}
			code := 0
			if c.fail != "" {
				code = 1
				l.Account().InjectFault(cloud.Fault{Action: c.fail, Code: "InvalidParameterValue", StopAtCall: 2})
			}
			keep(l.podsg("setup", "--yes", "-o", "json", "--log-file", log).exits(code))
			l.Account().ClearFaults()
			password := l.secretPassword()
			if c.fail != "" {
				keep(l.podsg("setup", "--yes", "--log-file", log).exits(0))
			}
			for _, args := range [][]string{
				{"plan"}, {"plan", "-o", "json"}, {"plan", "-o", "shell"}, {"plan", "-o", "terraform"},
				{"plan", "--db-tls", "require", "-o", "shell"}, {"plan", "--db-tls", "require", "-o", "terraform"},
				{"diagnose"}, {"diagnose", "-o", "json"}, {"diagnose", "-o", "junit"}, {"diagnose", "-o", "markdown"},
				{"bundle"}, {"explain", "--labels", "app=green-pod"}, {"watch", "--once"}, {"cleanup", "--dry-run", "-o", "json"},
			} {
				keep(l.podsg(append(args, "--log-file", log)...))
			}
			text, err := os.ReadFile(log)
			if err != nil || len(text) == 0 {
				t.Fatalf("the log file: %d bytes, %v", len(text), err)
			}
			surfaces["the log file"] = string(text)
			maps.Copy(surfaces, l.clusterTexts(t))
			for name, text := range surfaces {
				for _, form := range secretForms(password) {
					if strings.Contains(text, form) {
						t.Errorf("the password is in %s", name)
					}
				}
			}
			if len(surfaces) < 40 {
				t.Errorf("only %d places were looked at", len(surfaces))
			}
		})
	}
}

// secretPassword reads the password as any pod of the namespace could.
func (l *lab) secretPassword() string {
	l.t.Helper()
	s, err := l.kubernetes().CoreV1().Secrets(intent.DefaultNamespace).Get(l.t.Context(), intent.DefaultSecretName, metav1.GetOptions{})
	if err != nil {
		l.t.Fatal(err)
	}
	if len(s.Data["password"]) < 20 {
		l.t.Fatalf("the password has %d characters", len(s.Data["password"]))
	}
	return string(s.Data["password"])
}

// clusterTexts are all objects of account and cluster but the Secret, with
// events and journal, and the logs of the test pods.
func (l *lab) clusterTexts(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	objects, err := l.Objects()
	if err != nil {
		t.Fatal(err)
	}
	secret := "k8s secrets " + intent.DefaultNamespace + "/" + intent.DefaultSecretName
	if _, ok := objects[secret]; !ok {
		t.Fatalf("there is no object %q among %v", secret, slices.Sorted(maps.Keys(objects)))
	}
	for key, raw := range objects {
		if key != secret {
			out["object "+key] = string(raw)
		}
	}
	client := l.kubernetes()
	events, err := client.CoreV1().Events("").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	out["the events"] = string(text)
	journal, err := client.CoreV1().ConfigMaps(world.JournalNamespace).Get(t.Context(), world.JournalName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for key, text := range journal.Data {
		out["the journal's "+key] = text
	}
	for _, app := range []string{intent.GreenLabel, intent.RedLabel} {
		out["the log of "+app] = l.podLog(app)
	}
	return out
}
