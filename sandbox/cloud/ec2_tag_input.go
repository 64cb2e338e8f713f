package cloud

import (
	"slices"
	"strings"
)

// tagSpecification is how EC2's create actions take tags.
type tagSpecification struct {
	ResourceType string
	Tags         []tagPair `query:"Tag"`
}

// tagsFor checks tag specifications and merges those that are for one type.
func tagsFor(specifications []tagSpecification, resourceTypes ...string) (tags, error) {
	result := tags{}
	for _, s := range specifications {
		if !slices.Contains(resourceTypes, s.ResourceType) {
			return nil, fail("InvalidParameterValue", "'%s' is not a valid taggable resource type for this operation.", s.ResourceType)
		}
		if err := checkTags(s.Tags); err != nil {
			return nil, err
		}
		for _, t := range s.Tags {
			if _, twice := result[t.Key]; twice {
				return nil, fail("InvalidParameterValue", "Duplicate tag key '%s' specified.", t.Key)
			}
			result[t.Key] = t.Value
		}
	}
	return result, nil
}

func checkTags(list []tagPair) error {
	for _, t := range list {
		switch {
		case t.Key == "" || len(t.Key) > 128:
			return fail("InvalidParameterValue", "Tag keys must be between 1 and 128 characters in length.")
		case len(t.Value) > 256:
			return fail("InvalidParameterValue", "Tag values must be at most 256 characters in length.")
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return fail("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
		}
	}
	return nil
}
