package acceptance

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/sandbox/scenario"
	"podsg/steps"
	"podsg/steps/check"
	"podsg/steps/follow"
	"podsg/steps/intent"
	"podsg/steps/plan"
)

// A mending is what there is to know of a broken world besides the check that
// names its cause: which other checks do not hold because of it, how it is
// mended, and which still warn afterwards.
type mending struct {
	consequences []string
	heal         func(*lab)
	left         []string
	said         string   // by a green pod, of the database
	cause        string   // that the verdict names first, where it is not the world's check
	beside       []string // the other causes that it names, of their own
}

// notSetUp are the checks that do not hold before setup. What only podsg makes is
// not missed there.
var notSetUp = []string{"D11", "D15"}

var mendings = map[string]mending{
	"no-controller-policy": {consequences: []string{"D37"}, heal: bySetup},
	"permissions-boundary": {consequences: []string{"D37"}, heal: liftBoundary},
	"no-cluster-policy":    {consequences: []string{"D37"}, heal: attachClusterPolicy},
	"policy-on-node-role":  {heal: detachFromNodeRole},

	"t3-only":           {beside: []string{"D11", "D15"}, consequences: notSetUp, heal: replaceT3Nodes, left: notSetUp},
	"no-trunk-slot":     {consequences: []string{"D36"}, heal: replaceNodes},
	"trunk-refused":     {cause: "D12", consequences: []string{"D12"}, heal: liftServiceControlPolicy},
	"too-few-branches":  {heal: addNode},
	"stale-trunk-label": {cause: "D33", beside: []string{"D38"}, consequences: []string{"D33"}, heal: removeTrunkLabel, left: []string{"D33"}},

	"early-demux":        {heal: bySetup},
	"probe-port-closed":  {heal: bySetup},
	"pod-eni-off":        {heal: bySetup},
	"rollout-on-delete":  {consequences: []string{"D36"}, heal: deleteAWSNodePods},
	"old-cni-role":       {consequences: []string{"D36"}, heal: restoreRoles},
	"addon-degraded":     {heal: updateAddon},
	"pod-eni-by-hand":    {heal: bySetup},
	"bad-enforcing-mode": {consequences: []string{"D16", "D33"}, heal: bySetup},
	"node-local-dns":     {consequences: []string{"D96"}, heal: then(standardMode, restartGreen), said: "could not translate host name"},
	"ipvs-and-strict":    {heal: then(standardMode, restartGreen)},
	"short-cool-down":    {heal: lengthenCoolDown},

	"no-policy-crd":           {consequences: []string{"D45", "P04"}, heal: then(restoreDefinition, bySetup)},
	"no-webhook":              {consequences: []string{"D40"}, heal: restoreWebhooks},
	"controller-stopped":      {consequences: []string{"D40"}, heal: startController},
	"controller-without-role": {heal: then(restoreRoles, restartGreen)},
	"stray-policy":            {consequences: []string{"P04"}, heal: then(dropForeignPolicy, bySetup, restartGreen)},
	"group-of-another-vpc":    {consequences: []string{"D64"}, heal: then(bySetup, restartGreen)},
	"group-deleted":           {consequences: []string{"D64"}, heal: then(bySetup, restartGreen)},
	"too-many-groups":         {consequences: []string{"D64"}, heal: then(bySetup, restartGreen)},
	"policy-ignored":          {consequences: []string{"P04"}, heal: then(bySetup, restartGreen), said: "timeout expired"},
	"policy-gone":             {consequences: []string{"D45"}, heal: bySetup},
	"group-by-name":           {consequences: []string{"P04", "D64"}, heal: then(bySetup, restartGreen)},
	"no-such-operator":        {consequences: []string{"P04"}, heal: then(bySetup, restartGreen), said: "timeout expired"},
	"catch-all-policy":        {heal: then(selectGreen, restart(intent.RedLabel))},
	"account-by-name":         {consequences: []string{"D48"}, heal: then(selectOnlyGreen, restartGreen)},
	"two-selectors":           {consequences: []string{"D48"}, heal: then(selectOnlyGreen, restartGreen)},
	"selector-typo":           {heal: then(selectGreen, restartGreen), said: "timeout expired"},
	"pods-before-policy":      {heal: restartGreen, said: "timeout expired"},
	"webhook-timed-out":       {consequences: []string{"D44"}, heal: restartGreen},
	"copied-annotation":       {consequences: []string{"D48"}, heal: stripAnnotation},
	"quota-of-branches":       {consequences: []string{"D40"}, heal: dropQuota},

	"old-trunk-affinity": {heal: removeAffinity},
	"interface-limit":    {heal: then(raiseLimit, restartGreen)},
	"policy-edited":      {consequences: []string{"D90"}, heal: restartGreen, said: "timeout expired"},
	"host-network":       {consequences: []string{"D48"}, heal: ownNetwork, said: "timeout expired"},
	"branch-deleted":     {consequences: []string{"D96"}, heal: restartGreen, said: "could not translate host name"},
	"sidecar-first":      {consequences: []string{"D40", "D67", "D90"}, heal: then(removeInjector, restartGreen), said: "timeout expired"},

	"subnet-full":      {heal: freeSubnets},
	"no-vpc-dns":       {consequences: []string{"D96"}, heal: answerNames, said: "could not translate host name"},
	"no-dns-rules":     {consequences: []string{"D96"}, heal: bySetup, said: "could not translate host name"},
	"no-database-rule": {consequences: []string{"D90"}, heal: bySetup, said: "timeout expired"},
	"egress-closed":    {consequences: []string{"D90"}, heal: bySetup, said: "timeout expired"},
	"open-to-the-vpc":  {heal: revokeTemporaryRule},
	"network-acl":      {consequences: []string{"D90"}, heal: openACL},

	"database-stopped":        {consequences: []string{"D90"}, heal: startDatabase, said: "timeout expired"},
	"database-in-another-vpc": {consequences: []string{"D77", "D80", "D29", "D90"}, heal: then(dropDatabase, bySetup), said: "timeout expired"},
	"public-database":         {heal: hideDatabase},
	"tls-not-demanded":        {heal: demandTLS},
	"secret-outdated":         {consequences: []string{"D96"}, heal: then(bySetup, restartGreen), said: "could not translate host name"},
	"wrong-password":          {heal: then(correctPassword, restartGreen)},
	"wrong-database-name":     {cause: "D100", consequences: []string{"D100"}, heal: then(bySetup, restartGreen)},
	"old-authorities":         {heal: then(renewAuthorities, restartGreen)},
}

func TestEveryBrokenWorldIsNamedByItsCheckAndCanBeMended(t *testing.T) {
	t.Parallel()
	for _, s := range scenario.All() {
		if s.Check == "" {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			m, known := mendings[s.Name]
			if !known {
				t.Fatal("nobody has said how this world is mended")
			}
			l := newLab(t, s.Name)
			if !l.Cluster().CameToRest() {
				t.Error("the world took too long to come to rest")
			}
			look := func() []string { return l.troubles() }
			if slices.ContainsFunc(follow.PodChecks(), func(c check.CheckInfo) bool { return c.ID == s.Check }) &&
				!slices.ContainsFunc(steps.Checks(), func(c check.CheckInfo) bool { return c.ID == s.Check }) {
				look = l.troublesOfGreen
			}
			broken := look()
			if !slices.Contains(broken, s.Check) {
				t.Errorf("%s does not name the cause: these do not hold: %v", s.Check, broken)
			}
			for _, id := range broken {
				// A pod that waits for what is broken does not run.
				if id != s.Check && id != "D66" && !slices.Contains(m.consequences, id) {
					t.Errorf("%s is not known as a consequence", id)
				}
			}
			l.namesTheCause(s.Check, m)
			if m.said != "" {
				l.eventually("a green pod says "+m.said, func() bool {
					return slices.ContainsFunc(l.greenSaid(), func(line string) bool { return strings.Contains(line, m.said) })
				})
			}
			m.heal(l)
			l.eventually("the world is healed", func() bool {
				broken = look()
				return !slices.ContainsFunc(broken, func(id string) bool { return !slices.Contains(m.left, id) })
			})
			if s.Name != "t3-only" { // where there are no pods before setup
				l.eventually("the green pods are connected", l.greenConnected)
			}
		})
	}
}

func TestWhereEverythingIsSetUpNoCheckFailsOrWarns(t *testing.T) {
	t.Parallel()
	l := newLab(t, "ready")
	l.unchanged(func() {
		o := l.podsg("diagnose", "-o", "json").exits(0)
		for _, f := range decode[plan.Diagnosis](o).Checks {
			if f.Status == check.Fail || f.Status == check.Warn {
				t.Errorf("%s %s: %s", f.Status, f.ID, f.Reason.String())
			}
		}
	})
	proven(t, decode[plan.Result](l.podsg("setup", "--yes", "-o", "json").exits(0)))
	l.podsg("diagnose").exits(0).says("0 warn, 0 fail")
}

// troublesOfGreen are those of the green pods, one of which is followed, and of
// everything.
func (l *lab) troublesOfGreen() []string {
	l.t.Helper()
	pods := must[*corev1.PodList](l)(l.kubernetes().CoreV1().Pods(intent.DefaultNamespace).
		List(l.t.Context(), metav1.ListOptions{LabelSelector: "app=" + intent.GreenLabel}))
	i := slices.IndexFunc(pods.Items, func(p corev1.Pod) bool { return p.DeletionTimestamp == nil })
	if i < 0 {
		l.t.Fatal("there is no green pod")
	}
	return append(l.troubles("--pod", intent.DefaultNamespace+"/"+pods.Items[i].Name), l.troubles()...)
}

// namesTheCause fails the test unless the verdict names the cause first, and no
// other cause beside those that are known.
func (l *lab) namesTheCause(id string, m mending) {
	l.t.Helper()
	d := decode[plan.Diagnosis](l.podsg("diagnose", "-o", "json"))
	want := append([]string{cmp.Or(m.cause, id)}, m.beside...)
	var causes []string
	for _, c := range d.Verdict.Causes {
		causes = append(causes, c.ID)
	}
	if !slices.Equal(causes, want) {
		l.t.Errorf("the verdict names %v, want %v", causes, want)
	}
	for _, f := range d.Checks {
		if f.Trouble() && len(f.CausedBy) == 0 && !slices.Contains(want, f.ID) {
			l.t.Errorf("nothing explains %s %s: %s", f.Status, f.ID, f.Reason)
		}
	}
}

// greenSaid is what each green pod said last of the database; empty: nothing.
func (l *lab) greenSaid() []string {
	l.t.Helper()
	pods := l.kubernetes().CoreV1().Pods(intent.DefaultNamespace)
	list := must[*corev1.PodList](l)(pods.List(l.t.Context(), metav1.ListOptions{LabelSelector: "app=" + intent.GreenLabel}))
	var out []string
	for _, p := range list.Items {
		text, err := pods.GetLogs(p.Name, &corev1.PodLogOptions{Container: "probe"}).DoRaw(l.t.Context())
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		if err != nil {
			lines = []string{""} // it does not run
		}
		out = append(out, lines[len(lines)-1])
	}
	return out
}

// greenConnected reports whether every green pod said last that it is connected.
func (l *lab) greenConnected() bool {
	l.t.Helper()
	said := l.greenSaid()
	return len(said) > 0 && !slices.ContainsFunc(said, func(line string) bool { return !strings.Contains(line, "connected") })
}

// troubles are the checks that fail or warn.
func (l *lab) troubles(flags ...string) []string {
	l.t.Helper()
	var out []string
	for _, f := range decode[plan.Diagnosis](l.podsg(append([]string{"diagnose", "-o", "json"}, flags...)...)).Checks {
		if f.Status == check.Fail || f.Status == check.Warn {
			out = append(out, f.ID)
		}
	}
	return out
}
