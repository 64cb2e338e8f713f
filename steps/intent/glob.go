package intent

// filterMatches reports whether a text matches a pattern of an EC2 filter: *
// stands for any characters, a slash too, and ? for exactly one.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
func filterMatches(pattern, text string) bool {
	p, t := []rune(pattern), []rune(text)
	star, mark := -1, 0 // the last * and where the text went on after it
	i, j := 0, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}
