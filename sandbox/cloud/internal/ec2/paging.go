package ec2

import (
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
