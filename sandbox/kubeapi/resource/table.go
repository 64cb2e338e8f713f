package resource

import (
	"encoding/json"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Table renders objects for kubectl. The column definitions are left out of all
// but the first table of a watch.
func (r *Resource) Table(items []runtime.Object, list metav1.ListMeta, now time.Time, include metav1.IncludeObjectPolicy, headers bool) (*metav1.Table, error) {
	columns := r.Columns
	if len(columns) == 0 {
		columns = []Column{NameColumn, AgeColumn}
	}
	t := &metav1.Table{
		TypeMeta: metav1.TypeMeta{Kind: "Table", APIVersion: metav1.SchemeGroupVersion.String()},
		ListMeta: list,
		Rows:     make([]metav1.TableRow, 0, len(items)),
	}
	for _, c := range columns {
		if headers {
			t.ColumnDefinitions = append(t.ColumnDefinitions, metav1.TableColumnDefinition{
				Name: c.name, Type: c.kind, Format: c.format, Priority: c.priority, Description: c.description,
			})
		}
	}
	for _, obj := range items {
		row := metav1.TableRow{}
		for _, c := range columns {
			row.Cells = append(row.Cells, c.value(obj, now))
		}
		var err error
		if row.Object.Raw, err = rowObject(obj, include); err != nil {
			return nil, fmt.Errorf("print %s %q: %w", r.GroupResource(), Accessor(obj).GetName(), err)
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

// rowObject is what a table row says of its object: by default the metadata.
func rowObject(obj runtime.Object, include metav1.IncludeObjectPolicy) ([]byte, error) {
	switch include {
	case metav1.IncludeNone:
		return nil, nil
	case metav1.IncludeObject:
		return json.Marshal(obj)
	}
	return json.Marshal(MetadataOnly(obj))
}
