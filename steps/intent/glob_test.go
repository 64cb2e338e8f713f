package intent

import "testing"

func TestPatternsMatchAsEC2FiltersDo(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		pattern, text string
		want          bool
	}{
		{"eks-cluster-sg-workshop-*", "eks-cluster-sg-workshop-397029081", true},
		{"eksctl-*-nodegroup*", "eksctl-workshop-nodegroup-ng/SG", true},
		{"*/SG", "eksctl-workshop-nodegroup-ng/SG", true},
		{"eksctl-workshop-nodegroup-ng/SG", "eksctl-workshop-nodegroup-ng/SG", true},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"a*b*c", "a-b-b-c", true},
		{"a*b", "a-b-c", false},
		{"[ab]", "a", false},
		{"[ab]", "[ab]", true},
		{"*", "", true},
		{"", "", true},
		{"", "a", false},
		{"Name", "name", false},
	} {
		if got := filterMatches(x.pattern, x.text); got != x.want {
			t.Errorf("%q on %q: %t", x.pattern, x.text, got)
		}
	}
}
