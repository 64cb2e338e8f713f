package plain

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"podsg/steps/world"
	"podsg/ui/fullscreen"
	"podsg/ui/internal/scripted"
	"podsg/ui/wizard"
)

// linesToThePlan are the empty lines that take every default up to the
// confirmation of the scene's plan.
const linesToThePlan = 22

// plainRun runs a plain session in a real account whose input is a text.
func plainRun(t *testing.T, input string, change ...func(o *wizard.Options, e *scripted.Engine)) (out wizard.Outcome, text string, e *scripted.Engine, err error) {
	t.Helper()
	var written bytes.Buffer
	e = scripted.New()
	options := wizard.Options{Engine: e, Region: scripted.Region, Version: "test", Terminal: fullscreen.Terminal{Input: strings.NewReader(input), Output: &written}}
	for _, c := range change {
		c(&options, e)
	}
	out, err = Run(context.Background(), options)
	return out, written.String(), e, err
}

func defaults(n int) string { return strings.Repeat("\n", n) }

func contains(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("it does not say %q:\n%s", w, text)
		}
	}
}

func TestEmptyLinesTakeEveryDefaultAndATypedYesAppliesThePlan(t *testing.T) {
	out, text, e, err := plainRun(t, defaults(linesToThePlan)+"yes\n")
	if err != nil || out.Failure() != nil {
		t.Fatalf("error %v, failure %v:\n%s", err, out.Failure(), text)
	}
	if e.Applied != 1 {
		t.Errorf("the plan was applied %d times", e.Applied)
	}
	contains(t, text, "Step 1 of 11", "Step 11 of 11", "Database port [5432", "Plan for cluster workshop", "account "+scripted.Account, "started: ", "done: ")
	contains(t, out.Summary, "Proven", "podsg cleanup --cluster workshop")
	if strings.ContainsAny(text, "\x1b\r") {
		t.Error("there are control characters in the text")
	}
}

func TestNothingButATypedYesAppliesThePlan(t *testing.T) {
	for _, answer := range []string{"", "y", "no", "Yes", "yes please", ":back"} {
		out, text, e, err := plainRun(t, defaults(linesToThePlan)+answer+"\n:quit\n")
		if err != nil || e.Applied != 0 || !out.Left {
			t.Errorf("%q: error %v, applied %d times, left %v:\n%s", answer, err, e.Applied, out.Left, text)
		}
	}
}

func TestTheEndOfTheInputIsAnErrorThatNamesTheQuestion(t *testing.T) {
	asked := map[string]bool{}
	keys := map[string]string{
		"Cluster": "cluster", "Database port": "database.port", "Namespace": "namespace", "Labels": "policy.podSelector",
		"User": "database.create.username", "Enforcing mode": "cni.enforcingMode", "Secret": "secret.name", "Test table": "database.seed",
	}
	for n := range linesToThePlan + 1 {
		_, text, e, err := plainRun(t, defaults(n), func(o *wizard.Options, _ *scripted.Engine) {
			o.Flag = func(key string) string { return "--flag-of-" + key }
		})
		var p *world.Problem
		if !errors.As(err, &p) || p.Kind != world.ProblemUsage || p.Object == "" {
			t.Fatalf("after %d lines: error %v:\n%s", n, err, text)
		}
		if e.Applied != 0 {
			t.Fatalf("after %d lines the plan was applied", n)
		}
		asked[p.Object] = true
		if key := keys[p.Object]; key != "" && !strings.Contains(p.Hint, "the key "+key+" or with --flag-of-"+key) {
			t.Errorf("%s: the hint does not name the key %s: %s", p.Object, key, p.Hint)
		}
	}
	for _, label := range []string{"Cluster", "Database port", "Namespace", "Test pods"} {
		if !asked[label] {
			t.Errorf("%s is never asked: %v", label, asked)
		}
	}
}

func TestAnInputLineWithoutAnEndIsAnAnswer(t *testing.T) {
	if out, text, _, err := plainRun(t, defaults(linesToThePlan)+"yes"); err != nil || out.Result == nil {
		t.Errorf("error %v:\n%s", err, text)
	}
}

func TestARefusedAnswerSaysWhyAndIsAskedAgain(t *testing.T) {
	for _, c := range []struct {
		name, input string
		wants       []string
	}{
		{"a cluster that is not there", "nowhere\n", []string{`There is no "nowhere" here; give a number from 1 to 2`}},
		{"a number that is not there", "7\n", []string{"give a number from 1 to 2"}},
		{"a row that cannot be chosen", defaults(4) + "legacy\n", []string{"cannot be chosen"}},
		{"a port that is no number", defaults(12) + "abc\n", []string{"A number from 1150 to 65535"}},
		{"a port that RDS does not take", defaults(12) + "80\n", []string{"1150"}},
		{"labels that are none", defaults(16) + "a=b=c\n", []string{"is no label selector; allowed: conditions such as app=api"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, text, _, err := plainRun(t, c.input, func(_ *wizard.Options, e *scripted.Engine) { scripted.AddDatabases(e.Snapshot) })
			if world.KindOf(err) != world.ProblemUsage {
				t.Errorf("error %v", err)
			}
			contains(t, text, c.wants...)
			if strings.Count(text, "Not possible:") != 1 {
				t.Errorf("it is not refused once:\n%s", text)
			}
		})
	}
}

func TestBackPutsTheQuestionBeforeAgain(t *testing.T) {
	_, text, _, _ := plainRun(t, defaults(13)+"shop\n:back\n:back\n")
	if n := strings.Count(text, "Database port ["); n != 2 {
		t.Errorf("the port is asked %d times:\n%s", n, text)
	}
	contains(t, text, "Namespace [shop; your answer]")
}

func TestAnAnswerShowsWhereItCameFrom(t *testing.T) {
	_, text, _, _ := plainRun(t, defaults(linesToThePlan), func(o *wizard.Options, _ *scripted.Engine) {
		o.Intent.Namespace, o.Intent.Cluster = "shop", "workshop-2"
		o.Sources = map[string]string{"namespace": "--namespace", "cluster": "PODSG_CLUSTER"}
	})
	contains(t, text, "Namespace [shop; from --namespace]", "Number [2, workshop-2; from PODSG_CLUSTER]", "RDS's default in this region", "discovered")
}

func TestAQuestionMarkExplainsTheQuestion(t *testing.T) {
	_, text, _, _ := plainRun(t, defaults(12)+"?\n")
	if strings.Count(text, "Database port [") != 2 {
		t.Errorf("the question is not put again:\n%s", text)
	}
	contains(t, text, "Command: aws ec2 authorize-security-group-ingress")
}

func TestAProblemIsToldWithWhatMendsItAndCanBeTriedAgain(t *testing.T) {
	expired := &world.Problem{Kind: world.ProblemCredentials, Doing: "tell who is calling", Err: errors.New("the token has expired"), Command: "aws sso login"}
	broken := func(_ *wizard.Options, e *scripted.Engine) { e.IdentityErr = expired }
	_, text, _, err := plainRun(t, "\n", broken)
	if !errors.Is(err, expired) || world.KindOf(err) != world.ProblemCredentials {
		t.Errorf("error %v", err)
	}
	contains(t, text, "the token has expired", "Command: aws sso login")
	if n := strings.Count(text, "Asking AWS"); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

func TestAFailedChangeEndsTheRunWithItsReason(t *testing.T) {
	out, text, _, err := plainRun(t, defaults(linesToThePlan)+"yes\n", func(_ *wizard.Options, e *scripted.Engine) {
		e.FailChange, e.FailErr = "pod-security-group", &world.Problem{Kind: world.ProblemPermission, Doing: "create security group", Object: "POD_SG", Err: errors.New("denied")}
	})
	if err != nil || world.KindOf(out.Failure()) != world.ProblemPermission {
		t.Errorf("error %v, failure %v:\n%s", err, out.Failure(), text)
	}
	contains(t, text, `failed: security group POD_SG`, "denied", "not done: ")
	contains(t, out.Summary, `create security group "POD_SG": denied`)
}

func TestCancellingEndsAQuestionThatWaits(t *testing.T) {
	input, keyboard := io.Pipe()
	defer func() { _ = keyboard.Close() }()
	ctx, cancel := context.WithCancel(context.Background())
	output := &cancelOn{text: "Number [", cancel: cancel}
	out, err := Run(ctx, wizard.Options{Engine: scripted.New(), Terminal: fullscreen.Terminal{Input: input, Output: output}})
	if err != nil || !out.Left || world.KindOf(out.Failure()) != world.ProblemInterrupted {
		t.Errorf("error %v, failure %v", err, out.Failure())
	}
}

// cancelOn cancels a context as soon as a text is written.
type cancelOn struct {
	mu     sync.Mutex
	seen   strings.Builder
	text   string
	cancel context.CancelFunc
}

func (c *cancelOn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen.Write(p)
	if strings.Contains(c.seen.String(), c.text) {
		c.cancel()
	}
	return len(p), nil
}

func TestDiagnoseTellsEveryCheckLineByLine(t *testing.T) {
	out, text, _, err := plainRun(t, "", func(o *wizard.Options, _ *scripted.Engine) {
		o.Start, o.Intent.Cluster = wizard.StartDiagnose, scripted.Cluster
	})
	if err != nil {
		t.Fatalf("error %v:\n%s", err, text)
	}
	for _, f := range out.Findings {
		contains(t, text, f.ID+" "+f.Title)
	}
	if len(out.Findings) < 10 {
		t.Errorf("only %d checks", len(out.Findings))
	}
	contains(t, text, "to mend it: ")
}

func TestThePlainDiagnosisRunsAgainAndPlansTheFix(t *testing.T) {
	diagnosing := func(o *wizard.Options, _ *scripted.Engine) {
		o.Start, o.Intent.Cluster = wizard.StartDiagnose, scripted.Cluster
	}
	_, text, e, err := plainRun(t, "2\n\n", diagnosing)
	if err != nil || len(e.Observed) != 2 {
		t.Errorf("the cluster was read %d times, error %v:\n%s", len(e.Observed), err, text)
	}
	_, text, e, err = plainRun(t, "3\n:quit\n", diagnosing)
	if err != nil || e.Applied != 0 {
		t.Errorf("applied %d, error %v", e.Applied, err)
	}
	contains(t, text, "security group POD_SG")
	contains(t, text, "Type yes to apply the plan")
	out, text, e, err := plainRun(t, "3\nyes\n", diagnosing)
	if err != nil || e.Applied != 1 || out.Result == nil {
		t.Errorf("applied %d, error %v:\n%s", e.Applied, err, text)
	}
}

func TestOutputThatCannotBeWrittenIsAnError(t *testing.T) {
	gone := errors.New("broken pipe")
	_, _, e, err := plainRun(t, defaults(linesToThePlan)+":quit\n", func(o *wizard.Options, _ *scripted.Engine) { o.Output = failingWriter{gone} })
	if !errors.Is(err, gone) || e.Applied != 0 {
		t.Errorf("error %v, applied %d", err, e.Applied)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }
