package kubeapi

import (
	"fmt"
	"slices"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func (t *target) writeOptions() writeOptions {
	return writeOptions{
		manager:     t.manager(),
		user:        t.user,
		dryRun:      t.dryRun,
		force:       t.flag("force"),
		subresource: t.subresource,
	}
}

// selector reads the label and field selectors. The name in the path of a
// watch is one more field.
func (t *target) selector() (Selector, error) {
	var selector Selector
	var err error
	if selector.Labels, err = labels.Parse(t.query.Get("labelSelector")); err != nil {
		return selector, apierrors.NewBadRequest(err.Error())
	}
	if selector.Fields, err = fields.ParseSelector(t.query.Get("fieldSelector")); err != nil {
		return selector, apierrors.NewBadRequest(err.Error())
	}
	for _, requirement := range selector.Fields.Requirements() {
		if !t.served.selectable(requirement.Field) {
			return selector, apierrors.NewBadRequest("field label not supported: " + requirement.Field)
		}
	}
	if t.served.alias != nil {
		selector.Fields, err = selector.Fields.Transform(func(field, value string) (string, string, error) {
			if stored, ok := t.served.alias.fields[field]; ok {
				return stored, value, nil
			}
			return field, value, nil
		})
		if err != nil {
			return selector, apierrors.NewBadRequest(err.Error())
		}
	}
	if t.name != "" {
		selector.Fields = fields.AndSelectors(selector.Fields, fields.OneTermEqualSelector("metadata.name", t.name))
	}
	return selector, nil
}

func (t *target) listOptions() (listOptions, error) {
	selector, err := t.selector()
	if err != nil {
		return listOptions{}, err
	}
	opts := listOptions{
		namespace: t.objectNamespace(),
		selector:  selector,
		token:     t.query.Get("continue"),
		version:   t.query.Get("resourceVersion"),
		match:     metav1.ResourceVersionMatch(t.query.Get("resourceVersionMatch")),
	}
	if limit := t.query.Get("limit"); limit != "" {
		if opts.limit, err = strconv.ParseInt(limit, 10, 64); err != nil {
			return listOptions{}, apierrors.NewBadRequest(fmt.Sprintf("limit %q is not a number", limit))
		}
	}
	return opts, checkVersionMatch(opts, t.verb == "watch")
}

func checkVersionMatch(opts listOptions, watching bool) error {
	invalid := func(e *field.Error) error {
		return apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: "ListOptions"}, "", field.ErrorList{e})
	}
	at := field.NewPath("resourceVersionMatch")
	known := []metav1.ResourceVersionMatch{metav1.ResourceVersionMatchExact, metav1.ResourceVersionMatchNotOlderThan}
	switch {
	case opts.match == "" || watching:
		return nil
	case opts.version == "":
		return invalid(field.Forbidden(at, "resourceVersionMatch is forbidden unless resourceVersion is provided"))
	case opts.token != "":
		return invalid(field.Forbidden(at, "resourceVersionMatch is forbidden when continue is provided"))
	case !slices.Contains(known, opts.match):
		return invalid(field.NotSupported(at, opts.match, known))
	case opts.match == metav1.ResourceVersionMatchExact && opts.version == "0":
		return invalid(field.Forbidden(at, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""))
	}
	return nil
}
