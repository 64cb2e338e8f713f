package intent

import "podsg/steps/world"

// PodSelector is the selector that the intent asks for: by default the pods
// with app=green-pod, unless service accounts are selected instead.
func (in Intent) PodSelector() *world.Selector {
	if in.Policy.PodSelector == nil && in.Policy.ServiceAccountSelector == nil {
		return &world.Selector{MatchLabels: map[string]string{"app": GreenLabel}}
	}
	return in.Policy.PodSelector
}
