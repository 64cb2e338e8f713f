package aws

import (
	"errors"
	"maps"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// errNotListed is why an object that a listing should hold does not exist.
var errNotListed = errors.New("it does not exist")

func tagMap(tags []ec2types.Tag) map[string]string {
	if len(tags) == 0 {
		return nil
	}
	out := make(map[string]string, len(tags))
	for _, t := range tags {
		out[awssdk.ToString(t.Key)] = awssdk.ToString(t.Value)
	}
	return out
}

func rdsTagMap(tags []rdstypes.Tag) map[string]string {
	if len(tags) == 0 {
		return nil
	}
	out := make(map[string]string, len(tags))
	for _, t := range tags {
		out[awssdk.ToString(t.Key)] = awssdk.ToString(t.Value)
	}
	return out
}

// tagSpecification tags an EC2 object in the call that creates it.
func tagSpecification(kind ec2types.ResourceType, tags map[string]string) []ec2types.TagSpecification {
	if len(tags) == 0 {
		return nil
	}
	spec := ec2types.TagSpecification{ResourceType: kind}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		spec.Tags = append(spec.Tags, ec2types.Tag{Key: awssdk.String(key), Value: awssdk.String(tags[key])})
	}
	return []ec2types.TagSpecification{spec}
}

func rdsTags(tags map[string]string) []rdstypes.Tag {
	var out []rdstypes.Tag
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, rdstypes.Tag{Key: awssdk.String(key), Value: awssdk.String(tags[key])})
	}
	return out
}

// hasTags reports whether an object carries every one of the wanted tags, of
// which there must be one: how an object that podsg asked for is recognised.
func hasTags(have, want map[string]string) bool {
	for key, value := range want {
		if have[key] != value {
			return false
		}
	}
	return len(want) > 0
}
