package table

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestSortingAgreesWithComparing sorts rows of awkward texts and numbers, few
// and many, and compares the order with that of a plain sort.
func TestSortingAgreesWithComparing(t *testing.T) {
	texts := []string{"", "a", "ab", "abc", "abcdefgh", "abcdefghi", "abcdefghij", "eni-0123456789abcdef0", "eni-0123456789abcdef1", "zero\x00", "zero", "é", "安全组"}
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 2))
		count := 1 + random.IntN(4<<(seed%8))
		rows := make([]*item[Key], count)
		for i := range rows {
			k := TextKey(texts[random.IntN(len(texts))])
			if seed%2 == 0 {
				k.text = "shop/common-prefix-" + k.text + texts[random.IntN(len(texts))]
				k = TextKey(k.text)
			}
			if seed%3 == 0 {
				k.number = random.Uint64() >> random.IntN(64)
			}
			rows[i] = &item[Key]{key: fmt.Sprintf("row-%d", i), row: &k}
		}
		random.Shuffle(count, func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		want := slices.SortedFunc(slices.Values(rows), func(a, b *item[Key]) int {
			return cmp.Or(a.row.compare(*b.row), strings.Compare(a.key, b.key))
		})
		byKey := inOrder(rows, func(it *item[Key]) Key { return Key{text: it.key} })
		for i, got := range inOrder(byKey, func(it *item[Key]) Key { return *it.row }) {
			if got != want[i] {
				t.Fatalf("seed %d: row %d of %d is %q %v, want %q %v", seed, i, count, got.key, *got.row, want[i].key, *want[i].row)
			}
		}
	}
}

func TestColumnsSortByWhatTheyMean(t *testing.T) {
	for _, c := range []struct {
		what string
		keys []Key // ascending
	}{
		{"addresses by their number", []Key{AddressKey(""), AddressKey("9.1.1.1"), AddressKey("10.0.0.9"), AddressKey("10.0.0.10"), AddressKey("fd00::9"), AddressKey("fd00::10")}},
		{"negative numbers before positive ones", []Key{IntKey(-2), IntKey(-1), IntKey(0), IntKey(7)}},
		{"the emptiest first", []Key{RatioKey(0), RatioKey(0.5), RatioKey(1), RatioKey(3)}},
		{"what has no time before what has one", []Key{TimeKey(time.Time{}), TimeKey(time.Unix(0, 0)), TimeKey(time.Unix(0, 1))}},
		{"several texts, the first first", []Key{TextsKey(nil), TextsKey([]string{"sg-1"}), TextsKey([]string{"sg-1", "sg-2"}), TextsKey([]string{"sg-2", "sg-1"})}},
	} {
		if !slices.IsSortedFunc(c.keys, Key.compare) {
			t.Errorf("%s: %v", c.what, c.keys)
		}
	}
}
