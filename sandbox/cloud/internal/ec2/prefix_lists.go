package ec2

import (
	"net/netip"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/tags"
	"podsg/sandbox/cloud/internal/wire"
)

type prefixListXML struct {
	ID            string                `xml:"prefixListId"`
	Name          string                `xml:"prefixListName"`
	Arn           string                `xml:"prefixListArn"`
	AddressFamily string                `xml:"addressFamily"`
	State         string                `xml:"state"`
	MaxEntries    int                   `xml:"maxEntries,omitempty"`
	Version       int                   `xml:"version,omitempty"`
	OwnerID       string                `xml:"ownerId"`
	TagSet        wire.Items[tags.Pair] `xml:"tagSet"`
}

var prefixListFilters = filterTable[*prefixList]{
	missing: noPrefixList, most: 100, pageIDs: true,
	tags: func(l *prefixList) tags.Tags { return l.Tags },
	values: map[string]func(*prefixList) []string{
		"owner-id":         one(func(l *prefixList) string { return l.Owner }),
		"prefix-list-id":   one(func(l *prefixList) string { return l.ID }),
		"prefix-list-name": one(func(l *prefixList) string { return l.Name }),
	},
}

type describePrefixListsInput struct {
	query
	IDs []string `query:"PrefixListId"`
}

type describePrefixListsOutput struct {
	Set       wire.Items[prefixListXML] `xml:"prefixListSet"`
	NextToken string                    `xml:"nextToken,omitempty"`
}

func describeManagedPrefixLists(a *State, _ wire.Caller, in *describePrefixListsInput) (*describePrefixListsOutput, error) {
	set, next, err := describe(a, &a.prefixLists, prefixListFilters, in.IDs, in.query, a.prefixListXML)
	return &describePrefixListsOutput{set, next}, err
}

func (a *State) prefixListXML(l *prefixList) prefixListXML {
	x := prefixListXML{
		ID: l.ID, Name: l.Name, Arn: a.ARN("ec2", "prefix-list/"+l.ID), AddressFamily: l.Family,
		State: "create-complete", MaxEntries: l.MaxEntries, OwnerID: l.Owner, TagSet: l.Tags.Pairs(),
	}
	if l.Owner != "AWS" {
		x.Version = 1
	} else {
		x.Arn = "arn:" + a.Partition + ":ec2:" + a.Region + ":aws:prefix-list/" + l.ID
	}
	return x
}

type prefixListEntriesInput struct {
	dryRun
	paging
	ID            string `query:"PrefixListId,required"`
	TargetVersion *int
}

type prefixListEntriesOutput struct {
	EntrySet  wire.Items[prefixListEntryXML] `xml:"entrySet"`
	NextToken string                         `xml:"nextToken,omitempty"`
}

type prefixListEntryXML struct {
	Cidr        string `xml:"cidr"`
	Description string `xml:"description,omitempty"`
}

func getManagedPrefixListEntries(a *State, _ wire.Caller, in *prefixListEntriesInput) (*prefixListEntriesOutput, error) {
	l := a.prefixLists.get(in.ID)
	if l == nil {
		return nil, noPrefixList(in.ID)
	}
	entries, next, err := page(a, l.Entries, in.paging, 100, 0)
	if err != nil {
		return nil, err
	}
	out := &prefixListEntriesOutput{NextToken: next}
	for _, e := range entries {
		out.EntrySet = append(out.EntrySet, prefixListEntryXML{Cidr: e.String()})
	}
	return out, nil
}

func noPrefixList(id string) error {
	return awserr.New("InvalidPrefixListID.NotFound", "The prefix list ID '%s' does not exist", id)
}

// addManagedPrefixLists makes the lists that every region has: those of the
// gateway endpoints. Their entries are examples of the real ones.
func (a *State) addManagedPrefixLists() {
	for _, l := range []struct{ id, name, cidr string }{
		{"pl-68a54001", "s3", "52.218.128.0/17"},
		{"pl-00a54069", "dynamodb", "52.94.8.0/24"},
	} {
		a.prefixLists.add(l.id, &prefixList{
			ID: l.id, Name: "com.amazonaws." + a.Region + "." + l.name, Owner: "AWS", Family: "IPv4",
			Entries: []netip.Prefix{netip.MustParsePrefix(l.cidr)}, Tags: tags.Tags{},
		})
	}
}
