package rest

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

	"podsg/sandbox/kubeapi/codec"
	"podsg/sandbox/kubeapi/storage"
)

func (t *target) writeOptions() storage.WriteOptions {
	return storage.WriteOptions{
		Manager:     t.Manager(),
		User:        t.User,
		DryRun:      t.DryRun,
		Force:       t.Flag("force"),
		Subresource: t.Subresource,
	}
}

// selector reads the label and field selectors. The name in the path of a
// watch is one more field.
func (t *target) selector() (storage.Selector, error) {
	var selector storage.Selector
	var err error
	if selector.Labels, err = labels.Parse(t.Query.Get("labelSelector")); err != nil {
		return selector, apierrors.NewBadRequest(err.Error())
	}
	if selector.Fields, err = fields.ParseSelector(t.Query.Get("fieldSelector")); err != nil {
		return selector, apierrors.NewBadRequest(err.Error())
	}
	for _, requirement := range selector.Fields.Requirements() {
		if !t.served.Selectable(requirement.Field) {
			return selector, apierrors.NewBadRequest("field label not supported: " + requirement.Field)
		}
	}
	if t.served.Alias != nil {
		selector.Fields, err = selector.Fields.Transform(func(field, value string) (string, string, error) {
			if stored, ok := t.served.Alias.Fields[field]; ok {
				return stored, value, nil
			}
			return field, value, nil
		})
		if err != nil {
			return selector, apierrors.NewBadRequest(err.Error())
		}
	}
	if t.Name != "" {
		selector.Fields = fields.AndSelectors(selector.Fields, fields.OneTermEqualSelector("metadata.name", t.Name))
	}
	return selector, nil
}

func (t *target) listOptions() (storage.ListOptions, error) {
	selector, err := t.selector()
	if err != nil {
		return storage.ListOptions{}, err
	}
	opts := storage.ListOptions{
		Namespace: t.ObjectNamespace(),
		Selector:  selector,
		Token:     t.Query.Get("continue"),
		Version:   t.Query.Get("resourceVersion"),
		Match:     metav1.ResourceVersionMatch(t.Query.Get("resourceVersionMatch")),
	}
	if limit := t.Query.Get("limit"); limit != "" {
		if opts.Limit, err = strconv.ParseInt(limit, 10, 64); err != nil {
			return storage.ListOptions{}, apierrors.NewBadRequest(fmt.Sprintf("limit %q is not a number", limit))
		}
	}
	return opts, checkVersionMatch(opts, t.Verb == "watch")
}

func checkVersionMatch(opts storage.ListOptions, watching bool) error {
	invalid := func(e *field.Error) error {
		return apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: "ListOptions"}, "", field.ErrorList{e})
	}
	at := field.NewPath("resourceVersionMatch")
	known := []metav1.ResourceVersionMatch{metav1.ResourceVersionMatchExact, metav1.ResourceVersionMatchNotOlderThan}
	switch {
	case opts.Match == "" || watching:
		return nil
	case opts.Version == "":
		return invalid(field.Forbidden(at, "resourceVersionMatch is forbidden unless resourceVersion is provided"))
	case opts.Token != "":
		return invalid(field.Forbidden(at, "resourceVersionMatch is forbidden when continue is provided"))
	case !slices.Contains(known, opts.Match):
		return invalid(field.NotSupported(at, opts.Match, known))
	case opts.Match == metav1.ResourceVersionMatchExact && opts.Version == "0":
		return invalid(field.Forbidden(at, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""))
	}
	return nil
}

// deleteOptions reads how to delete from the body and the older query
// parameters.
func (t *target) deleteOptions() (metav1.DeleteOptions, error) {
	var opts metav1.DeleteOptions
	if err := codec.DecodeOptions(t.Request, &opts); err != nil {
		return opts, err
	}
	if policy := metav1.DeletionPropagation(t.Query.Get("propagationPolicy")); policy != "" {
		opts.PropagationPolicy = &policy
	}
	if opts.PropagationPolicy != nil {
		switch *opts.PropagationPolicy {
		case metav1.DeletePropagationBackground, metav1.DeletePropagationForeground, metav1.DeletePropagationOrphan:
		default:
			return opts, apierrors.NewBadRequest("unknown propagationPolicy " + string(*opts.PropagationPolicy))
		}
	}
	if t.DryRun {
		opts.DryRun = []string{metav1.DryRunAll}
	}
	return opts, nil
}
