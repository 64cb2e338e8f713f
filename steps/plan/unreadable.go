package plan

import (
	"errors"
	"slices"
	"strings"

	"podsg/steps/shell"
	"podsg/steps/world"
)

// Unreadable is the problem of facts that could not be read and that something
// needs; nil if all of them are known. Missing permissions are told together, those
// that other facts lack too, so that they are asked for once. safe says what has not
// happened: "nothing was changed".
func Unreadable(s *world.Snapshot, facts []world.Fact, doing func(world.Fact) string, safe string) *world.Problem {
	first := slices.IndexFunc(facts, func(f world.Fact) bool { _, missing := s.Gaps[f]; return missing })
	if first < 0 {
		return nil
	}
	g := s.Gaps[facts[first]]
	p := &world.Problem{Kind: g.Kind, Doing: doing(facts[first]), Err: errors.New(g.Reason), Permission: g.Permission, DeniedBy: g.DeniedBy}
	switch g.Kind {
	case world.ProblemUnreachable, world.ProblemTimeout:
		p.Hint = safe + "; if the cluster's endpoint is private, run podsg inside the VPC or through its VPN or bastion"
		p.Command = "kubectl get --raw /readyz"
	case world.ProblemCredentials:
		p.Hint = safe + "; renew the credentials and try again"
	case world.ProblemPermission:
		d := deniedReads(s, facts)
		p.Permission = strings.Join(d.all(), ", ")
		p.Hint, p.Command = d.hint(safe), d.command()
	default:
		p.Hint = safe + "; a plan made on guesses could break what is there, so try again when this can be read"
	}
	return p
}

// denied are the permissions to read that are missing, each once.
type denied struct {
	aws, kubernetes []string
	organization    []string // of those of AWS, what the organization denies
}

// deniedReads are the permissions that gaps name, and those of the same facts that
// the policy simulation and the access reviews deny besides.
func deniedReads(s *world.Snapshot, facts []world.Fact) denied {
	var d denied
	add := func(list *[]string, permission string) {
		if permission != "" && !slices.Contains(*list, permission) {
			*list = append(*list, permission)
		}
	}
	wanted := map[string]bool{}
	for _, info := range world.Facts() {
		g, missing := s.Gaps[info.Fact]
		needed := slices.Contains(facts, info.Fact)
		for _, p := range info.Permissions {
			wanted[p] = wanted[p] || needed && info.Source == world.SourceAWS
		}
		switch {
		case !missing || !needed || g.Kind != world.ProblemPermission:
		case info.Source == world.SourceAWS:
			add(&d.aws, g.Permission)
			if g.DeniedBy == world.DeniedByOrganization {
				add(&d.organization, g.Permission)
			}
		default:
			add(&d.kubernetes, g.Permission)
		}
	}
	for _, action := range s.Cloud.DeniedActions {
		if wanted[action] {
			add(&d.aws, action)
		}
	}
	if len(d.kubernetes) > 0 {
		for _, p := range s.Kube.DeniedAccess {
			if !slices.Contains(s.Kube.DeniedChanges, p) {
				add(&d.kubernetes, p)
			}
		}
	}
	return d
}

func (d denied) all() []string { return slices.Concat(d.aws, d.kubernetes) }

func (d denied) hint(safe string) string {
	if len(d.organization) > 0 {
		return safe + "; a policy of the AWS organization denies " + strings.Join(d.organization, ", ") +
			": only an administrator of the organization can allow it, no policy of this account does"
	}
	return safe + "; a plan made on guesses could break what is there, so allow podsg to read it and try again"
}

// command prints what to ask for: as one policy, or as the role in the cluster.
func (d denied) command() string {
	var out []string
	if ask := slices.DeleteFunc(slices.Clone(d.aws), func(a string) bool { return slices.Contains(d.organization, a) }); len(ask) > 0 {
		out = append(out, "podsg permissions -o iam --only "+shell.Quote(strings.Join(ask, ",")))
	}
	if len(d.kubernetes) > 0 {
		out = append(out, "podsg permissions -o rbac --mode read")
	}
	return strings.Join(out, "; ")
}
