package proof

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"podsg/steps/check"
	"podsg/steps/clientlog"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/probe"
	"podsg/steps/words"
	"podsg/steps/world"
)

// StepVerdict is the step that judges what the test pods show.
var StepVerdict = plan.Step{
	ID: check.StepVerdict,
	About: []string{
		"The proof: green is connected, and the database saw it come from its branch ENI; red timed out.",
		"Any other failure of red, a refused password for one, means that the network was open.",
	},
}

// verifyTime is how long green and red are given to show what they must show.
const verifyTime = 3 * time.Minute

// refusedTime is how long a refused login of green is waited for to get better:
// a pod keeps the password that it was started with.
const refusedTime = 30 * time.Second

// verifyPause is the pause between two looks at their logs.
const verifyPause = 2 * time.Second

// probeTail is how many lines of a test pod's log are read.
const probeTail = 40

// Verify looks at the test pods until the connection is proven, disproven, or
// time is up.
func Verify(ctx context.Context, proof *Proof, clock plan.Clock, observer plan.Observer) (plan.Verification, error) {
	// Only the pauses end with the time: a call that it cut short would fail.
	limited, cancel := context.WithTimeout(ctx, verifyTime)
	defer cancel()
	var refused time.Time // when green's login was refused first
	for {
		v, err := proof.verdict(ctx)
		if err != nil {
			return v, err
		}
		if v.Proven || disproven(v) {
			return v, nil
		}
		now := clock.Now()
		if v.Green.Verdict == plan.VerdictAuthFailed {
			if refused.IsZero() {
				refused = now
			} else if now.Sub(refused) > refusedTime {
				return v, nil
			}
		}
		if observer != nil {
			observer(plan.Event{Type: plan.EventVerifyProgress, At: now, Step: check.StepVerdict, Elapsed: now.Sub(proof.Started),
				Progress: &plan.Progress{Text: strings.Join(v.Reasons, "; ")}})
		}
		select {
		case <-limited.Done():
			return v, ctx.Err() // when time is up, what is missing is in the reasons
		case <-clock.After(verifyPause):
		}
	}
}

// Proof is what the looks at the test pods' logs share.
type Proof struct {
	Cloud   plan.Cloud
	Kube    plan.Kube
	Target  intent.Target
	Started time.Time
	// before is by pod when the last try began that its log told of at the first
	// look.
	Before map[string]string
}

// fresh is the last try of a pod that began after the proof did. Tries follow
// each other, so of two that were not in the log at the first look the second
// did. The only one did if its time says so; the clock of this machine may be
// wrong, so without a second one it is not believed that it is older.
func (p *Proof) fresh(pod string, tries []probeTry) probeLine {
	before, looked := p.Before[pod]
	if !looked {
		if len(tries) > 0 {
			before = tries[len(tries)-1].At
		}
		p.Before[pod] = before
	}
	for len(tries) > 0 && tries[0].At <= before {
		tries = tries[1:]
	}
	switch {
	case len(tries) == 0, len(tries) == 1 && tries[0].At < p.Started.UTC().Format(time.RFC3339):
		return probeLine{Verdict: plan.VerdictNotRunning}
	default:
		return tries[len(tries)-1].probeLine
	}
}

// disproven reports whether waiting longer can change nothing: red got through
// the network.
func disproven(v plan.Verification) bool {
	switch v.Red.Verdict {
	case plan.VerdictConnected, plan.VerdictAuthFailed, plan.VerdictTLSRequired, plan.VerdictRefused:
		return v.Green.Verdict != plan.VerdictNotRunning && v.Green.Verdict != ""
	default:
		return false
	}
}

func (p *Proof) verdict(ctx context.Context) (plan.Verification, error) {
	var v plan.Verification
	t := p.Target
	green, greenLog, err := probeState(ctx, p.Kube, probe.Probe(&t, intent.RoleGreen), t.Namespace)
	if err != nil {
		return v, err
	}
	red, redLog, err := probeState(ctx, p.Kube, probe.Probe(&t, intent.RoleRed), t.Namespace)
	if err != nil {
		return v, err
	}
	g := p.fresh(green.Name, probeTries(greenLog))
	v.Green = plan.GreenResult{Pod: green.Name, Verdict: g.Verdict, ClientAddress: g.ClientAddress, Error: g.reason, Rows: g.Rows}
	if len(green.ENIs) > 0 {
		eni := green.ENIs[0]
		v.Green.ENI = plan.ProbeENI{ID: eni.ENIID, PrivateIP: eni.PrivateIP, VLAN: eni.VLAN}
	}
	r := p.fresh(red.Name, probeTries(redLog))
	v.Red = plan.RedResult{Pod: red.Name, Verdict: r.Verdict, Error: r.reason}
	if v.Green.ENI.ID != "" && v.Green.Verdict == plan.VerdictConnected {
		if v.Green.ENI.Groups, err = p.interfaceGroups(ctx, v.Green.ENI.ID); err != nil {
			return v, err
		}
	}
	judge(&v, t, green, red)
	return v, nil
}

// interfaceGroups asks EC2 which security groups a branch ENI really carries;
// none when the pods' group is not among them.
func (p *Proof) interfaceGroups(ctx context.Context, eniID string) ([]string, error) {
	enis, err := p.Cloud.GroupInterfaces(ctx, p.Target.PodGroup.ID)
	if err != nil {
		return nil, err
	}
	for _, i := range enis {
		if i.ID == eniID {
			return i.Groups, nil
		}
	}
	return nil, nil
}

// judge says what is missing from the proof.
func judge(v *plan.Verification, t intent.Target, green, red world.Pod) {
	add := func(format string, args ...any) { v.Reasons = append(v.Reasons, fmt.Sprintf(format, args...)) }
	switch {
	case v.Green.Verdict == plan.VerdictNotRunning || v.Green.Verdict == "":
		add("the green pod has not tried the database yet%s", why(green))
	case v.Green.Verdict != plan.VerdictConnected:
		add("the green pod does not reach the database: %s (%s)", v.Green.Verdict, v.Green.Error)
	case v.Green.ENI.ID == "":
		add("the green pod is connected, but has no branch ENI")
	case v.Green.ClientAddress != v.Green.ENI.PrivateIP:
		add("the database saw green come from %s, which is not its branch ENI's address %s", v.Green.ClientAddress, v.Green.ENI.PrivateIP)
	case !words.SameSet(v.Green.ENI.Groups, intent.RefIDs(t.PolicyGroups)):
		add("green's branch ENI carries %s, not the policy's %s", strings.Join(v.Green.ENI.Groups, ", "), strings.Join(intent.RefIDs(t.PolicyGroups), ", "))
	}
	switch v.Red.Verdict {
	case plan.VerdictTimedOut:
	case plan.VerdictNotRunning, "":
		add("the red pod has not tried the database yet%s", why(red))
	case plan.VerdictDNSFailed:
		add("the red pod cannot look up the database's name, which proves nothing: %s", v.Red.Error)
	case plan.VerdictConnected:
		add("the red pod is connected: pods that are not selected reach the database too")
	default:
		add("the red pod got through the network to the database (%s): only its login failed", v.Red.Verdict)
	}
	if len(red.ENIs) > 0 {
		add("the red pod has a branch ENI: a policy selects it")
	}
	v.Proven = len(v.Reasons) == 0
}

func why(p world.Pod) string {
	if p.Reason == "" {
		return ""
	}
	return fmt.Sprintf(" (%s: %s)", p.Name, p.Reason)
}

// probeState finds the newest pod of a test Deployment and reads its log.
func probeState(ctx context.Context, kube plan.Kube, of probe.ProbePod, namespace string) (world.Pod, string, error) {
	pods, err := kube.Pods(ctx, namespace, of.PodLabels())
	if err != nil {
		return world.Pod{}, "", err
	}
	for _, p := range slices.Backward(pods) {
		if p.Terminating {
			continue
		}
		if p.Phase != "Running" {
			return p, "", nil
		}
		log, err := kube.Logs(ctx, namespace, p.Name, probeTail)
		return p, log, err
	}
	return world.Pod{}, "", nil
}

// probeLine is what a line of a test pod's log tells of a try.
type probeLine struct {
	Verdict       plan.Verdict
	ClientAddress string
	reason        string
	Rows          []string
}

// probeTry is a try with the time at which it began, by the pod's clock.
type probeTry struct {
	At string // RFC 3339 in UTC, so that texts compare as times do
	probeLine
}

var probePattern = regexp.MustCompile(`^(\S+) ` + probe.ProbeMark + ` (connected|failed) ?(.*)$`)

// probeTries reads the tries that a test pod's log tells of, with the rows that
// follow each, oldest first.
func probeTries(log string) []probeTry {
	var out []probeTry
	for line := range strings.Lines(log) {
		line = strings.TrimRight(line, "\r\n")
		m := probePattern.FindStringSubmatch(line)
		switch {
		case m == nil:
			if n := len(out); n > 0 && out[n-1].Verdict == plan.VerdictConnected && line != "" {
				out[n-1].Rows = append(out[n-1].Rows, line)
			}
		case m[2] == "connected":
			out = append(out, probeTry{m[1], probeLine{Verdict: plan.VerdictConnected, ClientAddress: strings.TrimPrefix(m[3], "clientAddress=")}})
		default:
			reason := strings.TrimSpace(m[3])
			out = append(out, probeTry{m[1], probeLine{Verdict: ClassifyClientError(reason), reason: reason}})
		}
	}
	return out
}

// ClassifyClientError tells from the text of a failed psql what stopped it.
// Whatever is not known counts as a login that failed: the network was open.
func ClassifyClientError(text string) plan.Verdict {
	trouble, _ := clientlog.LogTroubleIn(text)
	switch trouble.Check {
	case clientlog.TroubleName:
		return plan.VerdictDNSFailed
	case clientlog.TroubleNoTLS:
		return plan.VerdictTLSRequired
	case clientlog.TroubleRefused:
		return plan.VerdictRefused
	case clientlog.TroubleTimeout:
		return plan.VerdictTimedOut
	default:
		return plan.VerdictAuthFailed
	}
}
