package clean

import "reflect"

// Copy is a copy of a value in which all texts are [Line]s; those of a field named
// Command or Instead, which are shown to be pasted, may have several. It is for
// results that are printed for people: each text of theirs stands on a line of its
// own, or in a sentence. Fields that are not exported and values behind interfaces
// are not looked at.
func Copy[T any](v T) T {
	out := reflect.New(reflect.TypeFor[T]()).Elem()
	out.Set(copyOf(reflect.ValueOf(v), Line))
	return out.Interface().(T)
}

func copyOf(v reflect.Value, text func(string) string) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch v.Kind() {
	case reflect.String:
		out.SetString(text(v.String()))
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(copyOf(v.Elem(), text))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			switch {
			case !f.IsExported():
			case f.Name == "Command", f.Name == "Instead":
				out.Field(i).Set(copyOf(v.Field(i), Text))
			default:
				out.Field(i).Set(copyOf(v.Field(i), text))
			}
		}
	case reflect.Slice:
		if !v.IsNil() {
			out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				out.Index(i).Set(copyOf(v.Index(i), text))
			}
		}
	case reflect.Map:
		if !v.IsNil() {
			out.Set(reflect.MakeMapWithSize(v.Type(), v.Len()))
			for _, k := range v.MapKeys() {
				out.SetMapIndex(copyOf(k, text), copyOf(v.MapIndex(k), text))
			}
		}
	}
	return out
}
