package cloud

import (
	"strings"
)

type simulateInput struct {
	iamPaging
	PolicySourceArn string         `query:"PolicySourceArn,required"`
	ActionNames     []string       `query:"ActionNames.member,required"`
	ResourceArns    []string       `query:"ResourceArns.member"`
	ContextEntries  []contextEntry `query:"ContextEntries.member"`
	CallerArn       string
}

func (in *simulateInput) Resource(*iamState) string { return in.PolicySourceArn }

type contextEntry struct {
	Key    string   `query:"ContextKeyName"`
	Type   string   `query:"ContextKeyType"`
	Values []string `query:"ContextKeyValues.member"`
}

type simulateOutput struct {
	Results members[evaluationXML] `xml:"EvaluationResults"`
	iamPaged
}

type evaluationXML struct {
	Action       string                `xml:"EvalActionName"`
	Resource     string                `xml:"EvalResourceName"`
	Decision     string                `xml:"EvalDecision"`
	Matched      members[matchedXML]   `xml:"MatchedStatements"`
	Missing      members[string]       `xml:"MissingContextValues"`
	Boundary     *boundaryDecision     `xml:"PermissionsBoundaryDecisionDetail"`
	Organization *organizationDecision `xml:"OrganizationsDecisionDetail"`
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
func simulatePrincipalPolicy(a *iamState, _ caller, in *simulateInput) (*simulateOutput, error) {
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
			return nil, fail("InvalidInput", "Invalid Action: %s", action)
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
	part, paged, err := iamPage(a, all, in.iamPaging)
	if err != nil {
		return nil, err
	}
	return &simulateOutput{Results: part, iamPaged: paged}, nil
}

// simulated says whom a simulation is about: a role by name, or the caller.
func (a *iamState) simulated(arn string) (role string, isCaller bool, err error) {
	caller := a.callerARN()
	_, resource, _ := strings.Cut(arn, ":iam::"+a.accountID+":")
	switch kind, _, _ := strings.Cut(resource, "/"); kind {
	case "role":
		if a.roles[roleName(arn)] != nil {
			return roleName(arn), false, nil
		}
		// The caller's session is of a role that has no object of its own here.
		if strings.Contains(caller, ":assumed-role/"+roleName(arn)+"/") {
			return "", true, nil
		}
	case "user":
		if arn == caller {
			return "", true, nil
		}
	default:
		return "", false, fail("InvalidInput", "Invalid Entity Arn: %s does not clearly define entity type and name.", arn)
	}
	return "", false, failStatus(404, "NoSuchEntity", "Entity %s does not exist.", arn)
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
