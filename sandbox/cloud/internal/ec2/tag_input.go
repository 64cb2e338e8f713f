package ec2

import (
	"slices"
	"strings"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/tags"
)

// tagSpecification is how EC2's create actions take tags.
type tagSpecification struct {
	ResourceType string
	Tags         []tags.Pair `query:"Tag"`
}

// tagsFor checks tag specifications and merges those that are for one type.
func tagsFor(specifications []tagSpecification, resourceTypes ...string) (tags.Tags, error) {
	result := tags.Tags{}
	for _, s := range specifications {
		if !slices.Contains(resourceTypes, s.ResourceType) {
			return nil, awserr.New("InvalidParameterValue", "'%s' is not a valid taggable resource type for this operation.", s.ResourceType)
		}
		if err := checkTags(s.Tags); err != nil {
			return nil, err
		}
		for _, t := range s.Tags {
			if _, twice := result[t.Key]; twice {
				return nil, awserr.New("InvalidParameterValue", "Duplicate tag key '%s' specified.", t.Key)
			}
			result[t.Key] = t.Value
		}
	}
	return result, nil
}

func checkTags(list []tags.Pair) error {
	for _, t := range list {
		switch {
		case t.Key == "" || len(t.Key) > 128:
			return awserr.New("InvalidParameterValue", "Tag keys must be between 1 and 128 characters in length.")
		case len(t.Value) > 256:
			return awserr.New("InvalidParameterValue", "Tag values must be at most 256 characters in length.")
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return awserr.New("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
		}
	}
	return nil
}
