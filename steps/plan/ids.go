package plan

import "podsg/steps/world"

// The ids of the changes.
const (
	ChangePodGroup    = "pod-security-group"
	ChangeDBGroup     = "database-security-group"
	ChangeSubnetGroup = "db-subnet-group"
	ChangeDatabase    = "database"
	ChangeDBRule      = "database-rule"
	ChangeDBEgress    = "pod-egress-database"
	ChangeIAM         = "cluster-role-policy"
	ChangeCNI         = "vpc-cni"
	ChangeTrunk       = "trunk-eni"
	ChangeNamespace   = "namespace"
	ChangePolicy      = "security-group-policy"
	ChangeAdopted     = "adopted"
	ChangePassword    = "secret-password"
	ChangeSecret      = "secret"
	ChangeCA          = "rds-ca"
	ChangeSeed        = "seed"
	ChangeProbePolicy = "probe-policy"
	ChangeGreen       = "green-pod"
	ChangeRed         = "red-pod"
)

// RuleChanges are the planned security group rules: a pod of the test needs
// them all before its first try means anything.
func RuleChanges(p *Plan) []string {
	var out []string
	for _, c := range p.Changes {
		if c.Kind == world.KindRule {
			out = append(out, c.ID)
		}
	}
	return out
}
