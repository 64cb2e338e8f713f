package shell

import "strings"

// InRegion names the region in every command of the AWS CLI: the one that the
// reader's shell would take may be another.
func InRegion(commands, region string) string {
	if region == "" {
		return commands
	}
	lines := strings.Split(commands, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "aws ") && !strings.Contains(line, "--region") {
			lines[i] += " --region " + region
		}
	}
	return strings.Join(lines, "\n")
}
