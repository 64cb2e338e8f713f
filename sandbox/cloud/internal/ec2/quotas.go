package ec2

import "cmp"

func (a *State) ruleQuota() int  { return cmp.Or(a.Quotas.RulesPerSecurityGroup, 60) }
func (a *State) groupQuota() int { return cmp.Or(a.Quotas.SecurityGroupsPerInterface, 5) }
