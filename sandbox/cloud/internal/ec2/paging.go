package ec2

import (
	"cmp"
	"slices"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/wire"
)

// dryRun is embedded in the inputs of EC2: all its actions take DryRun.
type dryRun struct{ DryRun bool }

func (d dryRun) IsDryRun() bool { return d.DryRun }

// paging is embedded in the inputs of EC2's actions that answer in pages.
type paging struct {
	MaxResults *int
	NextToken  string
}

// query is embedded in the inputs of the describe actions.
type query struct {
	dryRun
	paging
	Filters []filter `query:"Filter"`
}

// describe is what a describe action answers: the page asked for of the objects
// of the given ids, or all, that pass the filters.
func describe[T, X any](
	a *State, from *table[T], known filterTable[T], ids []string, q query, xml func(T) X,
) (wire.Items[X], string, error) {
	if err := known.check(q.Filters); err != nil {
		return nil, "", err
	}
	list := from.all()
	if len(ids) > 0 {
		wanted := table[T]{}
		for _, id := range from.order {
			if slices.Contains(ids, id) {
				wanted.add(id, from.get(id))
			}
		}
		for _, id := range ids {
			if !wanted.has(id) {
				return nil, "", known.missing(id)
			}
		}
		list = wanted.all()
	}
	return describeList(a, list, known, len(ids), q, xml)
}

// describeList is describe of objects that are in no table, or were selected by
// so many ids.
func describeList[T, X any](
	a *State, list []T, known filterTable[T], ids int, q query, xml func(T) X,
) (set wire.Items[X], next string, err error) {
	if err := known.check(q.Filters); err != nil {
		return nil, "", err
	}
	if known.pageIDs {
		ids = 0
	}
	var found []T
	for _, object := range list {
		if known.matches(q.Filters, object) {
			found = append(found, object)
		}
	}
	found, next, err = page(a, found, q.paging, cmp.Or(known.most, 1000), ids)
	for _, object := range found {
		set = append(set, xml(object))
	}
	return set, next, err
}

// page pages as EC2 does: from 5 to most results a page, not together with ids.
func page[T any](a *State, all []T, p paging, most int, ids int) ([]T, string, error) {
	size := 0
	if p.MaxResults != nil {
		size = *p.MaxResults
		if size < 5 || size > most {
			return nil, "", awserr.New("InvalidParameterValue", "Value ( %d ) for parameter maxResults is invalid. Expecting a value between 5 and %d.", size, most)
		}
		if ids > 0 {
			return nil, "", awserr.New("InvalidParameterCombination", "The parameter maxResults cannot be used with the parameter ids")
		}
	} else if p.NextToken == "" {
		return all, "", nil // a client that does not page gets everything
	}
	part, next, ok := wire.Page(all, size, a.PageSize, p.NextToken)
	if !ok {
		return nil, "", awserr.New("InvalidParameterValue", "Invalid value '%s' for nextToken.", p.NextToken)
	}
	return part, next, nil
}
