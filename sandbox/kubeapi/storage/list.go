package storage

import (
	"encoding/base64"
	"encoding/json"
	"sort"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"podsg/sandbox/kubeapi/apierror"
	"podsg/sandbox/kubeapi/resource"
)

// ListOptions are the parameters of a list request.
type ListOptions struct {
	Namespace string
	Selector  Selector
	Limit     int64
	Token     string // continue token of the page before
	Version   string // resourceVersion
	Match     metav1.ResourceVersionMatch
}

// A Page is one page of a list. Its objects must not be modified.
type Page struct {
	Items     []runtime.Object
	Version   string
	Token     string // of the next page; "" when this is the last
	Remaining *int64 // objects after this page, when that is known
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

// List returns a page of a resource's objects, ordered by namespace and name.
func (s *Store) List(r *resource.Resource, opts ListOptions) (*Page, error) {
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
	keys = keyRange(keys, opts.Namespace, start)
	page := &Page{Version: formatVersion(version), Items: []runtime.Object{}}
	for i, key := range keys {
		obj := objectAt(key)
		if !opts.Selector.matches(r, obj) {
			continue
		}
		if opts.Limit > 0 && int64(len(page.Items)) == opts.Limit {
			if page.Token, err = (continueToken{Version: version, Start: key}).encode(); err != nil {
				return nil, err
			}
			if opts.Selector.empty() {
				remaining := int64(len(keys) - i)
				page.Remaining = &remaining
			}
			break
		}
		page.Items = append(page.Items, obj)
	}
	return page, nil
}

// listStart decides which moment a list shows and where it starts.
func (s *Store) listStart(opts ListOptions) (version uint64, start string, err error) {
	version = s.version
	switch {
	case opts.Token != "":
		token, err := decodeContinueToken(opts.Token)
		if err != nil {
			return 0, "", err
		}
		if !s.log.reaches(token.Version) {
			return 0, "", apierrors.NewResourceExpired("The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.")
		}
		return token.Version, token.Start, nil
	case opts.Version == "" || opts.Version == "0":
		return version, "", nil
	}
	asked, err := parseVersion(opts.Version)
	if err != nil {
		return 0, "", err
	}
	if asked > s.version {
		return 0, "", apierror.FutureVersion(asked, s.version)
	}
	if opts.Match == metav1.ResourceVersionMatchExact {
		if !s.log.reaches(asked) {
			return 0, "", apierror.Expired(asked, s.log.dropped)
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
