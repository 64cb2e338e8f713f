package kubeapi

import (
	"encoding/base64"
	"encoding/json"
	"sort"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// listOptions are the parameters of a list request.
type listOptions struct {
	namespace string
	selector  Selector
	limit     int64
	token     string // continue token of the page before
	version   string // resourceVersion
	match     metav1.ResourceVersionMatch
}

// A listPage is one page of a list. Its objects must not be modified.
type listPage struct {
	items     []runtime.Object
	version   string
	token     string // of the next page; "" when this is the last
	remaining *int64 // objects after this page, when that is known
}

// A continueToken says where the next page starts and which moment it shows.
type continueToken struct {
	Version uint64 `json:"rv"`
	Start   string `json:"start"`
}

func (t continueToken) encode() (string, error) {
	raw, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

func decodeContinueToken(text string) (continueToken, error) {
	var t continueToken
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(raw, &t) != nil {
		return t, apierrors.NewBadRequest("continue key is not valid")
	}
	return t, nil
}

// list returns a page of a resource's objects, ordered by namespace and name.
func (s *Store) list(r *resource, opts listOptions) (*listPage, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, err := s.collectionOf(r)
	if err != nil {
		return nil, err
	}
	version, start, err := s.listStart(opts)
	if err != nil {
		return nil, err
	}
	keys, objectAt := s.snapshot(c, version)
	keys = keyRange(keys, opts.namespace, start)
	page := &listPage{version: formatVersion(version), items: []runtime.Object{}}
	for i, key := range keys {
		obj := objectAt(key)
		if !opts.selector.matches(r, obj) {
			continue
		}
		if opts.limit > 0 && int64(len(page.items)) == opts.limit {
			if page.token, err = (continueToken{Version: version, Start: key}).encode(); err != nil {
				return nil, err
			}
			if opts.selector.empty() {
				remaining := int64(len(keys) - i)
				page.remaining = &remaining
			}
			break
		}
		page.items = append(page.items, obj)
	}
	return page, nil
}

// listStart decides which moment a list shows and where it starts.
func (s *Store) listStart(opts listOptions) (version uint64, start string, err error) {
	version = s.version
	switch {
	case opts.token != "":
		token, err := decodeContinueToken(opts.token)
		if err != nil {
			return 0, "", err
		}
		if !s.log.reaches(token.Version) {
			return 0, "", apierrors.NewResourceExpired("The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.")
		}
		return token.Version, token.Start, nil
	case opts.version == "" || opts.version == "0":
		return version, "", nil
	}
	asked, err := parseVersion(opts.version)
	if err != nil {
		return 0, "", err
	}
	if asked > s.version {
		return 0, "", errFutureVersion(asked, s.version)
	}
	if opts.match == metav1.ResourceVersionMatchExact {
		if !s.log.reaches(asked) {
			return 0, "", errExpired(asked, s.log.dropped)
		}
		version = asked
	}
	return version, "", nil
}

// snapshot returns the collection's keys, in order, and objects as they were at
// a version that the event log still reaches. The caller holds mu.
func (s *Store) snapshot(c *collection, version uint64) (keys []string, objectAt func(key string) runtime.Object) {
	before := map[string]runtime.Object{} // what changed since, as it was; nil when it was not there
	for _, change := range s.log.since(version) {
		if change.collection != c {
			continue
		}
		if _, seen := before[change.key]; !seen {
			before[change.key] = change.previous
		}
	}
	if len(before) == 0 {
		return c.keys, func(key string) runtime.Object { return c.objects[key] }
	}
	for _, key := range c.keys {
		if old, changed := before[key]; !changed || old != nil {
			keys = append(keys, key)
		}
	}
	for key, old := range before {
		if _, still := c.objects[key]; !still && old != nil {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	return keys, func(key string) runtime.Object {
		if old, changed := before[key]; changed {
			return old
		}
		return c.objects[key]
	}
}
