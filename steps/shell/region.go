package shell

import "strings"

// InRegion names the region in every command of the AWS CLI: the one that the
// reader's shell would take may be another.
func InRegion(commands, region string) string {
	if region == "" {
		return commands
	}
	lines := splitCommands(commands)
	for i, line := range lines {
		if strings.HasPrefix(line, "aws ") && !strings.Contains(line, "--region") {
			lines[i] += " --region " + Quote(region)
		}
	}
	return strings.Join(lines, "\n")
}

// splitCommands splits commands at the ends of their lines; a newline within quotes
// is part of a word.
func splitCommands(commands string) []string {
	var lines []string
	start, quote := 0, byte(0)
	for i := 0; i < len(commands); i++ {
		switch c := commands[i]; {
		case c == '\\' && quote != '\'':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '\n':
			lines, start = append(lines, commands[start:i]), i+1
		}
	}
	return append(lines, commands[start:])
}
