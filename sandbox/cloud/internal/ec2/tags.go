package ec2

import (
	"strings"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/tags"
	"podsg/sandbox/cloud/internal/wire"
)

type createTagsInput struct {
	dryRun
	Resources []string    `query:"ResourceId,required"`
	Tags      []tags.Pair `query:"Tag,required"`
}

func (in *createTagsInput) Resource(a *State) string { return a.taggedARN(in.Resources) }

func (a *State) taggedARN(ids []string) string {
	kind, _ := a.tagsOf(ids[0])
	if kind == "" {
		kind = "*"
	}
	return a.ARN("ec2", kind+"/"+ids[0])
}

func createTags(a *State, _ wire.Caller, in *createTagsInput) (*done, error) {
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	list, err := a.tagsOfAll(in.Resources)
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		for _, pair := range in.Tags {
			t[pair.Key] = pair.Value
		}
	}
	return succeeded, nil
}

type deleteTagsInput struct {
	dryRun
	Resources []string      `query:"ResourceId,required"`
	Tags      []tagToDelete `query:"Tag"`
}

type tagToDelete struct {
	Key   string
	Value *string // only a tag with this value is deleted
}

func (in *deleteTagsInput) Resource(a *State) string { return a.taggedARN(in.Resources) }

func deleteTags(a *State, _ wire.Caller, in *deleteTagsInput) (*done, error) {
	list, err := a.tagsOfAll(in.Resources)
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		if len(in.Tags) == 0 {
			for k := range t {
				if !strings.HasPrefix(k, "aws:") {
					delete(t, k)
				}
			}
		}
		for _, gone := range in.Tags {
			if gone.Value == nil || *gone.Value == t[gone.Key] {
				delete(t, gone.Key)
			}
		}
	}
	return succeeded, nil
}

// taggedObject is an object with its type and its tags.
type taggedObject struct {
	id, kind string
	tags     tags.Tags
}

// tagged are all objects with tags, in the order of DescribeTags.
func (a *State) tagged() (list []taggedObject) {
	list = appendTagged(list, "vpc", &a.vpcs, vpcFilters.tags)
	list = appendTagged(list, "subnet", &a.subnets, subnetFilters.tags)
	list = appendTagged(list, "route-table", &a.routeTables, routeTableFilters.tags)
	list = appendTagged(list, "network-acl", &a.acls, aclFilters.tags)
	for g := range a.groups.each() {
		list = append(list, taggedObject{g.ID, "security-group", g.Tags})
		for _, r := range g.Rules {
			list = append(list, taggedObject{r.ID, "security-group-rule", r.Tags})
		}
	}
	list = appendTagged(list, "network-interface", &a.interfaces, func(e *Interface) tags.Tags { return e.Tags })
	list = appendTagged(list, "instance", &a.instances, func(i *Instance) tags.Tags { return i.Tags })
	list = appendTagged(list, "prefix-list", &a.prefixLists, prefixListFilters.tags)
	return appendTagged(list, "vpc-peering-connection", &a.peerings, peeringFilters.tags)
}

func appendTagged[T any](list []taggedObject, kind string, from *table[T], of func(T) tags.Tags) []taggedObject {
	for _, id := range from.order {
		list = append(list, taggedObject{id, kind, of(from.get(id))})
	}
	return list
}

// tagsOf finds the tags of any EC2 object, and of which type it is.
func (a *State) tagsOf(id string) (resourceType string, t tags.Tags) {
	for _, o := range a.tagged() {
		if o.id == id {
			return o.kind, o.tags
		}
	}
	return "", nil
}

// tagsOfAll finds the tags of all objects of a request.
func (a *State) tagsOfAll(ids []string) ([]tags.Tags, error) {
	var list []tags.Tags
	for _, id := range ids {
		_, t := a.tagsOf(id)
		if t == nil {
			return nil, noTagged(id)
		}
		list = append(list, t)
	}
	return list, nil
}

// noTagged is the error for an id that no object has.
func noTagged(id string) error {
	switch prefix, _, _ := strings.Cut(id, "-"); prefix {
	case "sg":
		return noGroup(id)
	case "sgr":
		return noRule(id)
	case "eni":
		return NoInterface(id)
	case "subnet":
		return NoSubnet(id)
	case "vpc":
		return noVPC(id)
	case "i":
		return NoInstance(id)
	}
	return awserr.New("InvalidID", "The ID '%s' is not valid", id)
}

type taggedXML struct {
	ResourceID   string `xml:"resourceId"`
	ResourceType string `xml:"resourceType"`
	Key          string `xml:"key"`
	Value        string `xml:"value"`
}

var tagFilters = filterTable[taggedXML]{values: map[string]func(taggedXML) []string{
	"key":           one(func(t taggedXML) string { return t.Key }),
	"value":         one(func(t taggedXML) string { return t.Value }),
	"resource-id":   one(func(t taggedXML) string { return t.ResourceID }),
	"resource-type": one(func(t taggedXML) string { return t.ResourceType }),
}}

type describeTagsInput struct {
	query
}

type describeTagsOutput struct {
	Set       wire.Items[taggedXML] `xml:"tagSet"`
	NextToken string                `xml:"nextToken,omitempty"`
}

func describeTags(a *State, _ wire.Caller, in *describeTagsInput) (*describeTagsOutput, error) {
	var all []taggedXML
	for _, o := range a.tagged() {
		for _, pair := range o.tags.Pairs() {
			all = append(all, taggedXML{o.id, o.kind, pair.Key, pair.Value})
		}
	}
	set, next, err := describeList(a, all, tagFilters, 0, in.query, func(x taggedXML) taggedXML { return x })
	return &describeTagsOutput{set, next}, err
}
