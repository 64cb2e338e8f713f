package rest

import (
	"cmp"
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metascheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/internalversion/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"

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

// listOptions reads the parameters of a list or a watch.
func (t *target) listOptions() (*internalversion.ListOptions, error) {
	opts := &internalversion.ListOptions{}
	if err := metascheme.ParameterCodec.DecodeParameters(t.Query, metav1.SchemeGroupVersion, opts); err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	opts.Watch = t.Verb == "watch"
	if errs := metavalidation.ValidateListOptions(opts, true); len(errs) > 0 {
		return nil, apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: "ListOptions"}, "", errs)
	}
	return opts, nil
}

// selector is what a list or a watch selects. The name in the path of a watch is
// one more field.
func (t *target) selector(opts *internalversion.ListOptions) (storage.Selector, error) {
	selector := storage.Selector{Labels: opts.LabelSelector, Fields: opts.FieldSelector}
	if selector.Fields == nil {
		selector.Fields = fields.Everything()
	}
	var err error
	selector.Fields, err = selector.Fields.Transform(func(field, value string) (string, string, error) {
		if !t.served.Selectable(field) {
			return "", "", errors.New("field label not supported: " + field)
		}
		if t.served.Alias != nil {
			field = cmp.Or(t.served.Alias.Fields[field], field)
		}
		return field, value, nil
	})
	if err != nil {
		return selector, apierrors.NewBadRequest(err.Error())
	}
	if t.Name != "" {
		selector.Fields = fields.AndSelectors(selector.Fields, fields.OneTermEqualSelector("metadata.name", t.Name))
	}
	return selector, nil
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
