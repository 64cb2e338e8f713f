package ec2

import (
	"maps"
	"slices"
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
	for _, id := range in.Resources {
		if _, t := a.tagsOf(id); t == nil {
			return nil, noTagged(id)
		}
	}
	for _, id := range in.Resources {
		_, t := a.tagsOf(id)
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
	for _, id := range in.Resources {
		if _, t := a.tagsOf(id); t == nil {
			return nil, noTagged(id)
		}
	}
	for _, id := range in.Resources {
		_, t := a.tagsOf(id)
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

// tagsOf finds the tags of any EC2 object, and of which type it is.
func (a *State) tagsOf(id string) (resourceType string, t tags.Tags) {
	prefix := id[:strings.LastIndex(id, "-")+1]
	switch prefix {
	case "vpc-":
		if v := a.vpcs.get(id); v != nil {
			return "vpc", v.Tags
		}
	case "subnet-":
		if s := a.subnets.get(id); s != nil {
			return "subnet", s.Tags
		}
	case "rtb-":
		if r := a.routeTables.get(id); r != nil {
			return "route-table", r.Tags
		}
	case "acl-":
		if l := a.acls.get(id); l != nil {
			return "network-acl", l.Tags
		}
	case "sg-":
		if g := a.groups.get(id); g != nil {
			return "security-group", g.Tags
		}
	case "sgr-":
		for _, g := range a.groups.all() {
			for _, r := range g.Rules {
				if r.ID == id {
					return "security-group-rule", r.Tags
				}
			}
		}
	case "eni-":
		if e := a.interfaces.get(id); e != nil {
			return "network-interface", e.Tags
		}
	case "i-":
		if i := a.instances.get(id); i != nil {
			return "instance", i.Tags
		}
	case "pl-":
		if l := a.prefixLists.get(id); l != nil {
			return "prefix-list", l.Tags
		}
	case "pcx-":
		if p := a.peerings.get(id); p != nil {
			return "vpc-peering-connection", p.Tags
		}
	}
	return "", nil
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
	for _, id := range a.taggedIDs() {
		kind, t := a.tagsOf(id)
		for _, key := range slices.Sorted(maps.Keys(t)) {
			all = append(all, taggedXML{id, kind, key, t[key]})
		}
	}
	set, next, err := describeList(a, all, tagFilters, 0, in.query, func(x taggedXML) taggedXML { return x })
	return &describeTagsOutput{set, next}, err
}

func (a *State) taggedIDs() (ids []string) {
	ids = append(ids, a.vpcs.order...)
	ids = append(ids, a.subnets.order...)
	ids = append(ids, a.routeTables.order...)
	ids = append(ids, a.acls.order...)
	for _, g := range a.groups.all() {
		ids = append(ids, g.ID)
		for _, r := range g.Rules {
			ids = append(ids, r.ID)
		}
	}
	ids = append(ids, a.interfaces.order...)
	ids = append(ids, a.instances.order...)
	ids = append(ids, a.prefixLists.order...)
	return append(ids, a.peerings.order...)
}
