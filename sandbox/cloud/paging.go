package cloud

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// paging is embedded in the inputs of EC2's actions that answer in pages.
type paging struct {
	MaxResults *int
	NextToken  string
}

// page cuts the page that a client asked for out of a full list and says where
// the next one begins. size 0 means no limit asked for.
func page[T any](a *Account, all []T, size int, token string) (part []T, next string, ok bool) {
	start := 0
	if token != "" {
		// What is no base64 lacks the prefix too.
		raw, _ := base64.RawURLEncoding.DecodeString(token)
		text, isToken := strings.CutPrefix(string(raw), "after:")
		var err error
		if start, err = strconv.Atoi(text); err != nil || !isToken || start < 0 {
			return nil, "", false
		}
	}
	start = min(start, len(all))
	if limit := a.cfg.PageSize; limit > 0 && (size == 0 || size > limit) {
		size = limit
	}
	end := len(all)
	if size > 0 {
		end = min(start+size, end)
	}
	if end < len(all) {
		next = base64.RawURLEncoding.EncodeToString([]byte("after:" + strconv.Itoa(end)))
	}
	return all[start:end], next, true
}

// ec2Page pages as EC2 does: from 5 to most results a page, not together with ids.
func ec2Page[T any](a *Account, all []T, p paging, most int, ids int) ([]T, string, error) {
	size := 0
	if p.MaxResults != nil {
		size = *p.MaxResults
		if size < 5 || size > most {
			return nil, "", fail("InvalidParameterValue", "Value ( %d ) for parameter maxResults is invalid. Expecting a value between 5 and %d.", size, most)
		}
		if ids > 0 {
			return nil, "", fail("InvalidParameterCombination", "The parameter maxResults cannot be used with the parameter ids")
		}
	} else if p.NextToken == "" {
		return all, "", nil // a client that does not page gets everything
	}
	part, next, ok := page(a, all, size, p.NextToken)
	if !ok {
		return nil, "", fail("InvalidParameterValue", "Invalid value '%s' for nextToken.", p.NextToken)
	}
	return part, next, nil
}
