package wire

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// Page cuts the page that a client asked for out of a full list and says where
// the next one begins. size 0 means no limit asked
// for, largest 0 none of the account's own.
func Page[T any](all []T, size, largest int, token string) (part []T, next string, ok bool) {
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
	if largest > 0 && (size == 0 || size > largest) {
		size = largest
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
