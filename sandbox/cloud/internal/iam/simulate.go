package iam

import (
	"strings"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/wire"
)

type simulateInput struct {
	paging
	PolicySourceArn string         `query:"PolicySourceArn,required"`
	ActionNames     []string       `query:"ActionNames.member,required"`
	ResourceArns    []string       `query:"ResourceArns.member"`
	ContextEntries  []contextEntry `query:"ContextEntries.member"`
	CallerArn       string
}

func (in *simulateInput) Resource(*State) string { return in.PolicySourceArn }

type contextEntry struct {
	Key    string   `query:"ContextKeyName"`
	Type   string   `query:"ContextKeyType"`
	Values []string `query:"ContextKeyValues.member"`
}

type simulateOutput struct {
	Results wire.Members[evaluationXML] `xml:"EvaluationResults"`
	paged
}

type evaluationXML struct {
	Action       string                   `xml:"EvalActionName"`
	Resource     string                   `xml:"EvalResourceName"`
	Decision     string                   `xml:"EvalDecision"`
	Matched      wire.Members[matchedXML] `xml:"MatchedStatements"`
	Missing      wire.Members[string]     `xml:"MissingContextValues"`
	Boundary     *boundaryDecision        `xml:"PermissionsBoundaryDecisionDetail"`
	Organization *organizationDecision    `xml:"OrganizationsDecisionDetail"`
}

type matchedXML struct {
	ID   string `xml:"SourcePolicyId"`
	Type string `xml:"SourcePolicyType"`
}

type boundaryDecision struct {
	Allowed bool `xml:"AllowedByPermissionsBoundary"`
}

type organizationDecision struct {
	Allowed bool `xml:"AllowedByOrganizations"`
}

// simulatePrincipalPolicy answers from the policies that really are attached.
// The configured caller has no policies but what Deny says.
func simulatePrincipalPolicy(a *State, _ wire.Caller, in *simulateInput) (*simulateOutput, error) {
	name, isCaller, err := a.simulated(in.PolicySourceArn)
	if err != nil {
		return nil, err
	}
	context := map[string][]string{}
	for _, e := range in.ContextEntries {
		context[e.Key] = e.Values
	}
	resources := in.ResourceArns
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	var all []evaluationXML
	for _, action := range in.ActionNames {
		if !strings.Contains(action, ":") {
			return nil, awserr.New("InvalidInput", "Invalid Action: %s", action)
		}
		for _, resource := range resources {
			var d decision
			if isCaller {
				d.identity = !a.denies(action)
			} else {
				d = a.evaluate(name, action, resource, context)
			}
			all = append(all, d.xml(action, resource))
		}
	}
	part, paged, err := page(a, all, in.paging)
	return &simulateOutput{Results: part, paged: paged}, err
}

// simulated says whom a simulation is about: a role by name, or the caller.
func (a *State) simulated(arn string) (role string, isCaller bool, err error) {
	caller := a.CallerARN()
	_, resource, _ := strings.Cut(arn, ":iam::"+a.AccountID+":")
	switch kind, _, _ := strings.Cut(resource, "/"); kind {
	case "role":
		if a.roles[RoleName(arn)] != nil {
			return RoleName(arn), false, nil
		}
		// The caller's session is of a role that has no object of its own here.
		if strings.Contains(caller, ":assumed-role/"+RoleName(arn)+"/") {
			return "", true, nil
		}
	case "user":
		if arn == caller {
			return "", true, nil
		}
	default:
		return "", false, awserr.New("InvalidInput", "Invalid Entity Arn: %s does not clearly define entity type and name.", arn)
	}
	return "", false, awserr.WithStatus(404, "NoSuchEntity", "Entity %s does not exist.", arn)
}

func (d decision) xml(action, resource string) evaluationXML {
	x := evaluationXML{Action: action, Resource: resource, Decision: d.verdict(), Missing: d.missing}
	for _, m := range d.matched {
		x.Matched = append(x.Matched, matchedXML{m.id, m.kind})
	}
	if d.hasBoundary {
		x.Boundary = &boundaryDecision{d.boundary}
	}
	if d.organized {
		x.Organization = &organizationDecision{d.organization}
	}
	return x
}
