package live

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// troubles are what is the matter with the sources of rows, by source.
type troubles map[string]string

func (t troubles) set(source, text string) {
	if text == "" {
		delete(t, source)
	} else {
		t[source] = text
	}
}

// String is all of it in one line. What several sources have in common, such as
// a server that does not answer, is said once.
func (t troubles) String() string {
	return strings.Join(slices.Compact(slices.Sorted(maps.Values(t))), "; ")
}

// plain is an error without the request's method and URL, which differ from
// source to source.
func plain(err error) string {
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err
	}
	return err.Error()
}
