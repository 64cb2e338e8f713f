package iam

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"podsg/sandbox/cloud/internal/glob"
)

// policyDocument is an IAM policy.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type policyDocument struct {
	Version   string
	ID        string `json:"Id"`
	Statement statements
}

type statements []statement

// UnmarshalJSON takes one statement or a list.
func (s *statements) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		var one statement
		if err := json.Unmarshal(b, &one); err != nil {
			return err
		}
		*s = statements{one}
		return nil
	}
	return json.Unmarshal(b, (*[]statement)(s))
}

type statement struct {
	Sid         string
	Effect      string
	Action      textList
	NotAction   textList
	Resource    textList
	NotResource textList
	Condition   map[string]map[string]textList
}

type textList []string

// UnmarshalJSON takes one text or a list.
func (l *textList) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*l = textList{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(l))
}

func parsePolicy(document string) (policyDocument, error) {
	var p policyDocument
	if err := json.Unmarshal([]byte(document), &p); err != nil {
		return p, fmt.Errorf("parse policy: %w", err)
	}
	for _, s := range p.Statement {
		if s.Effect != "Allow" && s.Effect != "Deny" {
			return p, fmt.Errorf("parse policy: effect %q is neither Allow nor Deny", s.Effect)
		}
		for operator := range s.Condition {
			if _, ok := conditionOperators[baseOperator(operator)]; !ok {
				return p, fmt.Errorf("parse policy: condition operator %q is not supported", operator)
			}
		}
	}
	return p, nil
}

// applies reports whether a statement is about a request.
func (s statement) applies(action, resource string, context map[string][]string) bool {
	inActions := slices.ContainsFunc(s.Action, func(p string) bool { return glob.MatchAction(p, action) })
	if len(s.NotAction) > 0 {
		inActions = !slices.ContainsFunc(s.NotAction, func(p string) bool { return glob.MatchAction(p, action) })
	}
	inResources := slices.ContainsFunc(s.Resource, func(p string) bool { return p == "*" || glob.Match(p, resource) })
	if len(s.NotResource) > 0 {
		inResources = !slices.ContainsFunc(s.NotResource, func(p string) bool { return glob.Match(p, resource) })
	}
	if !inActions || !inResources {
		return false
	}
	for operator, keys := range s.Condition {
		for key, want := range keys {
			if !conditionHolds(operator, want, contextValues(context, key)) {
				return false
			}
		}
	}
	return true
}

// contextValues finds a condition key; their names ignore case, but not the
// tag keys in them.
func contextValues(context map[string][]string, key string) []string {
	fold := func(k string) string {
		name, tag, _ := strings.Cut(k, "/")
		return strings.ToLower(name) + "/" + tag
	}
	for k, v := range context {
		if fold(k) == fold(key) {
			return v
		}
	}
	return nil
}

// conditionOperators compare one value of the request with one of the policy.
// The negated ones are in conditionHolds.
var conditionOperators = map[string]func(want, have string) bool{
	"StringEquals":           func(want, have string) bool { return want == have },
	"StringEqualsIgnoreCase": strings.EqualFold,
	"StringLike":             glob.Match,
	"ArnEquals":              glob.Match,
	"ArnLike":                glob.Match,
	"Bool":                   strings.EqualFold,
	"Null":                   strings.EqualFold,
}

// baseOperator strips an operator of its set prefix, its IfExists and its Not.
func baseOperator(operator string) string {
	operator = strings.TrimPrefix(strings.TrimPrefix(operator, "ForAnyValue:"), "ForAllValues:")
	return strings.Replace(strings.TrimSuffix(operator, "IfExists"), "Not", "", 1)
}

func conditionHolds(operator string, want, have []string) bool {
	if baseOperator(operator) == "Null" {
		return slices.Contains(want, fmt.Sprint(len(have) == 0))
	}
	negated := strings.Contains(operator, "Not")
	if len(have) == 0 {
		return negated || strings.HasSuffix(operator, "IfExists") || strings.HasPrefix(operator, "ForAllValues:")
	}
	compare := conditionOperators[baseOperator(operator)]
	matches := func(value string) bool {
		hit := slices.ContainsFunc(want, func(w string) bool { return compare(w, value) })
		return hit != negated
	}
	if strings.HasPrefix(operator, "ForAllValues:") || negated && !strings.HasPrefix(operator, "ForAnyValue:") {
		return !slices.ContainsFunc(have, func(v string) bool { return !matches(v) })
	}
	return slices.ContainsFunc(have, matches)
}

// decision is the outcome of evaluating a request, layer by layer.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
type decision struct {
	denied       bool // some statement denies it
	identity     bool // an identity-based policy allows it
	hasBoundary  bool
	boundary     bool            // the permissions boundary allows it and does not deny it
	organized    bool            // the account is in an organization
	organization bool            // its service control policies allow it, and none denies it
	matched      []matchedPolicy // what decided
	missing      []string        // condition keys that policies ask for and the request has not
}

type matchedPolicy struct {
	id, kind string
	denies   bool
}

// Allowed reports the final verdict.
func (d decision) Allowed() bool {
	return !d.denied && d.identity && (!d.hasBoundary || d.boundary) && (!d.organized || d.organization)
}

func (d decision) verdict() string {
	switch {
	case d.denied:
		return "explicitDeny"
	case d.Allowed():
		return "allowed"
	}
	return "implicitDeny"
}

func (d decision) reason(action string) string {
	switch {
	case d.denied:
		return "an explicit deny in a policy applies"
	case d.organized && !d.organization:
		return "no service control policy allows the " + action + " action"
	case d.hasBoundary && !d.boundary:
		return "no permissions boundary allows the " + action + " action"
	}
	return "no identity-based policy allows the " + action + " action"
}

// evaluate decides whether a role may do something. The lock is held.
func (a *State) evaluate(roleName, action, resource string, context map[string][]string) decision {
	var d decision
	r := a.roles[roleName]
	if r == nil {
		return d
	}
	layer := func(p policyDocument, id, kind string) (allows, denies bool) {
		for _, s := range p.Statement {
			for _, keys := range s.Condition {
				for key := range keys {
					if contextValues(context, key) == nil && !slices.Contains(d.missing, key) && s.applies(action, resource, withKeys(context, s)) {
						d.missing = append(d.missing, key)
					}
				}
			}
			if !s.applies(action, resource, context) {
				continue
			}
			d.matched = append(d.matched, matchedPolicy{id, kind, s.Effect == "Deny"})
			if s.Effect == "Deny" {
				d.denied, denies = true, true
			} else {
				allows = true
			}
		}
		return allows, denies
	}
	for _, arn := range r.Attached {
		allows, _ := layer(a.policies[arn].parsed, a.policies[arn].Name, "IAM Policy")
		d.identity = d.identity || allows
	}
	for _, name := range slices.Sorted(maps.Keys(r.Inline)) {
		if p, err := parsePolicy(r.Inline[name]); err == nil {
			allows, _ := layer(p, name, "IAM Policy")
			d.identity = d.identity || allows
		}
	}
	if p := a.policies[r.Boundary]; p != nil {
		allows, denies := layer(p.parsed, p.Name, "Permissions Boundary")
		d.hasBoundary, d.boundary = true, allows && !denies
	}
	forbidden := false
	for i, p := range a.scps {
		allows, denies := layer(p, fmt.Sprintf("scp-%d", i+1), "Service Control Policy")
		d.organized, d.organization, forbidden = true, d.organization || allows, forbidden || denies
	}
	d.organization = d.organization && !forbidden
	if d.denied { // what allows decides nothing then
		d.matched = slices.DeleteFunc(d.matched, func(m matchedPolicy) bool { return !m.denies })
	}
	slices.Sort(d.missing)
	return d
}

// withKeys is a request in which a statement's conditions hold, to find out
// whether only they keep it from applying.
func withKeys(context map[string][]string, s statement) map[string][]string {
	full := map[string][]string{}
	maps.Copy(full, context)
	for _, keys := range s.Condition {
		for key, want := range keys {
			if contextValues(context, key) == nil {
				full[key] = want
			}
		}
	}
	return full
}
