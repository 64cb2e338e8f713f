package table

import (
	"cmp"
	"encoding/binary"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// This file orders rows. Fifty thousand of them must be sorted within the time
// of one key press, most of which a comparison sort spends on waiting for
// memory: so what a column sorts by is fetched once for each row, and compared
// eight bytes at a time, side by side in memory.
//
// Measured with the same keys, fetched once too, and 50,000 rows whose order is
// random: by the names of their nodes slices.SortFunc takes 17 ms of processor
// time and this 7, by VLAN 8 and 2; the bound of a key with its frame is 10 ms.

// Key is what a column sorts a row by: the number, then the text.
type Key struct {
	number uint64
	text   string
}

func (k Key) compare(o Key) int {
	return cmp.Or(cmp.Compare(k.number, o.number), strings.Compare(k.text, o.text))
}

// TextKey sorts by a text. A zero byte would be taken for the text's end.
func TextKey(s string) Key {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", " ")
	}
	return Key{text: s}
}

// TextsKey sorts by several texts, the first first.
func TextsKey(s []string) Key { return TextKey(strings.Join(s, " ")) }

// IntKey sorts by a number.
func IntKey[N ~int](n N) Key { return Key{number: uint64(n) ^ 1<<63} }

// RatioKey sorts by a number that is not negative.
func RatioKey(r float64) Key { return Key{number: math.Float64bits(r)} }

// TimeKey sorts by a time, the unknown one first.
func TimeKey(t time.Time) Key {
	if t.IsZero() {
		return Key{}
	}
	return IntKey(int(t.UnixNano()))
}

// AddressKey sorts by an IP address: by its number, so that 10.0.0.9 comes
// before 10.0.0.10, version 4 before version 6, and what is none first.
func AddressKey(s string) Key {
	a, err := netip.ParseAddr(s)
	switch {
	case err != nil:
		return TextKey(s)
	case a.Is4():
		v4 := a.As4()
		return Key{number: 1<<32 | uint64(binary.BigEndian.Uint32(v4[:]))}
	default:
		v6 := a.As16()
		return Key{number: 1 << 33, text: string(v6[:])}
	}
}

// sorter sorts rows that stand in the order of their keys: rows that are equal
// otherwise stay in it. It moves words and numbers of rows about, not the rows.
type sorter struct {
	texts []string // by row
	spare []placeOf
}

// placeOf is a row while rows are sorted.
type placeOf struct {
	word uint64 // eight bytes of what is looked at now
	row  uint32
}

// inOrder returns rows in the order of a column, and those that are equal there
// in the order in which they are given.
func inOrder[R any](rows []*item[R], column func(*item[R]) Key) []*item[R] {
	s := sorter{texts: make([]string, len(rows)), spare: make([]placeOf, len(rows))}
	places := make([]placeOf, len(rows))
	for i, it := range rows {
		k := column(it)
		places[i] = placeOf{k.number, uint32(i)}
		s.texts[i] = k.text
	}
	s.byWord(places, func(equal []placeOf) { s.byText(equal, 0) })
	sorted := make([]*item[R], len(rows))
	for i, p := range places {
		sorted[i] = rows[p.row]
	}
	return sorted
}

// manyRows are sorted byte by byte, which takes the same time for each row
// however many there are.
const manyRows = 256

// byWord sorts rows by their words, and passes on those that have the same one;
// then may be nil.
func (s *sorter) byWord(rows []placeOf, then func(equal []placeOf)) {
	differs := uint64(0) // the bits in which not all agree
	for _, p := range rows {
		differs |= p.word ^ rows[0].word
	}
	switch {
	case differs == 0:
	case len(rows) < manyRows:
		slices.SortFunc(rows, func(a, b placeOf) int { return cmp.Or(cmp.Compare(a.word, b.word), cmp.Compare(a.row, b.row)) })
	default:
		s.byBytes(rows, differs)
	}
	if then == nil {
		return
	}
	for from := 0; from < len(rows); {
		to := from + 1
		for to < len(rows) && rows[to].word == rows[from].word {
			to++
		}
		if to-from > 1 {
			then(rows[from:to])
		}
		from = to
	}
}

// byBytes sorts rows by those bytes of their words that differ, the last first:
// each pass keeps the order of the one before.
func (s *sorter) byBytes(rows []placeOf, differs uint64) {
	from, to := rows, s.spare[:len(rows)]
	for shift := 0; shift < 64; shift += 8 {
		if differs>>shift&0xff == 0 {
			continue
		}
		var next [256]int
		for _, p := range from {
			next[p.word>>shift&0xff]++
		}
		sum := 0
		for b, n := range next {
			next[b] = sum
			sum += n
		}
		for _, p := range from {
			b := p.word >> shift & 0xff
			to[next[b]] = p
			next[b]++
		}
		from, to = to, from
	}
	if &from[0] != &rows[0] {
		copy(rows, from)
	}
}

// fewRows are sorted by plain comparison: looking for what they have in common
// would take longer.
const fewRows = 12

// byText sorts rows by their texts, which agree in the first at bytes.
func (s *sorter) byText(rows []placeOf, at int) {
	if len(rows) <= fewRows {
		s.compareTexts(rows)
		return
	}
	at = s.commonPrefix(rows, at)
	ends := true // no text is longer than the words
	for i := range rows {
		text := s.texts[rows[i].row]
		rows[i].word = wordAt(text, at)
		ends = ends && len(text) <= at+8
	}
	if ends {
		s.byWord(rows, nil)
		return
	}
	s.byWord(rows, func(equal []placeOf) { s.byText(equal, at+8) })
}

// compareTexts does what byText does, for few rows.
func (s *sorter) compareTexts(rows []placeOf) {
	differs := false
	for _, p := range rows[1:] {
		differs = differs || s.texts[p.row] != s.texts[rows[0].row]
	}
	if !differs {
		return
	}
	slices.SortFunc(rows, func(a, b placeOf) int {
		return cmp.Or(strings.Compare(s.texts[a.row], s.texts[b.row]), cmp.Compare(a.row, b.row))
	})
}

// commonPrefix is how many bytes all texts have in common, which is at least at.
func (s *sorter) commonPrefix(rows []placeOf, at int) int {
	first := s.texts[rows[0].row]
	end := len(first)
	for _, p := range rows {
		text := s.texts[p.row]
		end = min(end, len(text))
		if end <= at {
			return at
		}
		if text[at:end] == first[at:end] {
			continue
		}
		n := at
		for text[n] == first[n] {
			n++
		}
		end = n
	}
	return max(at, end)
}

// wordAt is the eight bytes of a text from a place on; zeros follow its end.
func wordAt(s string, at int) uint64 {
	if len(s) >= at+8 {
		return binary.BigEndian.Uint64([]byte(s[at : at+8]))
	}
	var b [8]byte
	if at < len(s) {
		copy(b[:], s[at:])
	}
	return binary.BigEndian.Uint64(b[:])
}
