package steps

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

var stepVerdict = Step{
	ID: StepVerdict,
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

// Verify reads from the green and the red pod whether only the selected pods
// reach the database, until it is proven, disproven, or time is up. Only what
// they try from now on counts: a line of their logs may tell of the world as it
// was before the last change.
func (e *Engine) Verify(ctx context.Context, o *Observation, t Target, observer Observer) (Verification, error) {
	started := e.Clock.Now()
	if t.PodGroup.ID == "" {
		// The run that made it is over: look at the world as it is now.
		again, err := e.Observe(ctx, t.Intent, nil)
		if err != nil {
			return Verification{}, err
		}
		o = again
		if t, _, err = Resolve(o.Snapshot, t.Intent); err != nil {
			return Verification{}, err
		}
	}
	return verify(ctx, &proof{cloud: e.Cloud, kube: o.Kube, target: t, started: started, before: map[string]string{}}, e.Clock, observer)
}

// verify looks at the test pods until the connection is proven, disproven, or
// time is up.
func verify(ctx context.Context, proof *proof, clock Clock, observer Observer) (Verification, error) {
	// Only the pauses end with the time: a call that it cut short would fail.
	limited, cancel := context.WithTimeout(ctx, verifyTime)
	defer cancel()
	var refused time.Time // when green's login was refused first
	for {
		v, err := proof.verdict(ctx)
		if err != nil {
			return v, err
		}
		if v.Proven || v.disproven() {
			return v, nil
		}
		now := clock.Now()
		if v.Green.Verdict == VerdictAuthFailed {
			if refused.IsZero() {
				refused = now
			} else if now.Sub(refused) > refusedTime {
				return v, nil
			}
		}
		if observer != nil {
			observer(Event{Type: EventVerifyProgress, At: now, Step: StepVerdict, Elapsed: now.Sub(proof.started),
				Progress: &Progress{Text: strings.Join(v.Reasons, "; ")}})
		}
		select {
		case <-limited.Done():
			return v, ctx.Err() // when time is up, what is missing is in the reasons
		case <-clock.After(verifyPause):
		}
	}
}

// proof is what the looks at the test pods' logs share.
type proof struct {
	cloud   Cloud
	kube    Kube
	target  Target
	started time.Time
	// before is by pod when the last try began that its log told of at the first
	// look.
	before map[string]string
}

// fresh is the last try of a pod that began after the proof did. Tries follow
// each other, so of two that were not in the log at the first look the second
// did. The only one did if its time says so; the clock of this machine may be
// wrong, so without a second one it is not believed that it is older.
func (p *proof) fresh(pod string, tries []probeTry) probeLine {
	before, looked := p.before[pod]
	if !looked {
		if len(tries) > 0 {
			before = tries[len(tries)-1].at
		}
		p.before[pod] = before
	}
	for len(tries) > 0 && tries[0].at <= before {
		tries = tries[1:]
	}
	switch {
	case len(tries) == 0, len(tries) == 1 && tries[0].at < p.started.UTC().Format(time.RFC3339):
		return probeLine{verdict: VerdictNotRunning}
	default:
		return tries[len(tries)-1].probeLine
	}
}

// disproven reports whether waiting longer can change nothing: red got through
// the network.
func (v Verification) disproven() bool {
	switch v.Red.Verdict {
	case VerdictConnected, VerdictAuthFailed, VerdictTLSRequired, VerdictRefused:
		return v.Green.Verdict != VerdictNotRunning && v.Green.Verdict != ""
	default:
		return false
	}
}

func (p *proof) verdict(ctx context.Context) (Verification, error) {
	var v Verification
	t := p.target
	green, greenLog, err := probeState(ctx, p.kube, t.Namespace, "green")
	if err != nil {
		return v, err
	}
	red, redLog, err := probeState(ctx, p.kube, t.Namespace, "red")
	if err != nil {
		return v, err
	}
	g := p.fresh(green.Name, probeTries(greenLog))
	v.Green = GreenResult{Pod: green.Name, Verdict: g.verdict, ClientAddress: g.clientAddress, Error: g.reason, Rows: g.rows}
	if len(green.ENIs) > 0 {
		eni := green.ENIs[0]
		v.Green.ENI = ProbeENI{ID: eni.ENIID, PrivateIP: eni.PrivateIP, VLAN: eni.VLAN}
	}
	r := p.fresh(red.Name, probeTries(redLog))
	v.Red = RedResult{Pod: red.Name, Verdict: r.verdict, Error: r.reason}
	if v.Green.ENI.ID != "" && v.Green.Verdict == VerdictConnected {
		if v.Green.ENI.Groups, err = p.interfaceGroups(ctx, v.Green.ENI.ID); err != nil {
			return v, err
		}
	}
	v.judge(t, green, red)
	return v, nil
}

// interfaceGroups asks EC2 which security groups a branch ENI really carries;
// none when the pods' group is not among them.
func (p *proof) interfaceGroups(ctx context.Context, eniID string) ([]string, error) {
	enis, err := p.cloud.GroupInterfaces(ctx, p.target.PodGroup.ID)
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
func (v *Verification) judge(t Target, green, red Pod) {
	add := func(format string, args ...any) { v.Reasons = append(v.Reasons, fmt.Sprintf(format, args...)) }
	switch {
	case v.Green.Verdict == VerdictNotRunning || v.Green.Verdict == "":
		add("the green pod has not tried the database yet%s", why(green))
	case v.Green.Verdict != VerdictConnected:
		add("the green pod does not reach the database: %s (%s)", v.Green.Verdict, v.Green.Error)
	case v.Green.ENI.ID == "":
		add("the green pod is connected, but has no branch ENI")
	case v.Green.ClientAddress != v.Green.ENI.PrivateIP:
		add("the database saw green come from %s, which is not its branch ENI's address %s", v.Green.ClientAddress, v.Green.ENI.PrivateIP)
	case !slices.Equal(v.Green.ENI.Groups, []string{t.PodGroup.ID}):
		add("green's branch ENI carries %v, not the policy's %s", v.Green.ENI.Groups, t.PodGroup.ID)
	}
	switch v.Red.Verdict {
	case VerdictTimedOut:
	case VerdictNotRunning, "":
		add("the red pod has not tried the database yet%s", why(red))
	case VerdictDNSFailed:
		add("the red pod cannot look up the database's name, which proves nothing: %s", v.Red.Error)
	case VerdictConnected:
		add("the red pod is connected: pods that are not selected reach the database too")
	default:
		add("the red pod got through the network to the database (%s): only its login failed", v.Red.Verdict)
	}
	if len(red.ENIs) > 0 {
		add("the red pod has a branch ENI: a policy selects it")
	}
	v.Proven = len(v.Reasons) == 0
}

func why(p Pod) string {
	if p.Reason == "" {
		return ""
	}
	return fmt.Sprintf(" (%s: %s)", p.Name, p.Reason)
}

// probeState finds the newest pod of a test Deployment and reads its log.
func probeState(ctx context.Context, kube Kube, namespace, role string) (Pod, string, error) {
	pods, err := kube.Pods(ctx, namespace, map[string]string{probeLabel: role})
	if err != nil {
		return Pod{}, "", err
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
	return Pod{}, "", nil
}

type probeLine struct {
	verdict       Verdict
	clientAddress string
	reason        string
	rows          []string
}

// probeTry is a try with the time at which it began, by the pod's clock.
type probeTry struct {
	at string // RFC 3339 in UTC, so that texts compare as times do
	probeLine
}

var probePattern = regexp.MustCompile(`^(\S+) ` + probeMark + ` (connected|failed) ?(.*)$`)

// probeTries reads the tries that a test pod's log tells of, with the rows that
// follow each, oldest first.
func probeTries(log string) []probeTry {
	var out []probeTry
	for line := range strings.Lines(log) {
		line = strings.TrimRight(line, "\r\n")
		m := probePattern.FindStringSubmatch(line)
		switch {
		case m == nil:
			if n := len(out); n > 0 && out[n-1].verdict == VerdictConnected && line != "" {
				out[n-1].rows = append(out[n-1].rows, line)
			}
		case m[2] == "connected":
			out = append(out, probeTry{m[1], probeLine{verdict: VerdictConnected, clientAddress: strings.TrimPrefix(m[3], "clientAddress=")}})
		default:
			reason := strings.TrimSpace(m[3])
			out = append(out, probeTry{m[1], probeLine{verdict: ClassifyClientError(reason), reason: reason}})
		}
	}
	return out
}

// ClassifyClientError tells from the text of a failed psql what stopped it.
// Whatever is not known counts as a login that failed: the network was open.
func ClassifyClientError(text string) Verdict {
	trouble, _ := LogTroubleIn(text)
	switch trouble.Check {
	case troubleName:
		return VerdictDNSFailed
	case troubleNoTLS:
		return VerdictTLSRequired
	case troubleRefused:
		return VerdictRefused
	case troubleTimeout:
		return VerdictTimedOut
	default:
		return VerdictAuthFailed
	}
}
