// Package ids makes identifiers in AWS's forms.
package ids

import (
	"encoding/base32"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
)

// Source makes identifiers in AWS's forms, the same ones from the same seed.
type Source struct{ Random *rand.Rand }

func New(seed uint64) *Source {
	return &Source{Random: rand.New(rand.NewPCG(seed, 0x5eed))}
}

func (s *Source) Hex(n int) string {
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "%016x", s.Random.Uint64())
	}
	return b.String()[:n]
}

// EC2 makes an id of EC2's long form: the prefix, a 0 and 16 hexadecimal digits.
func (s *Source) EC2(prefix string) string { return prefix + "-0" + s.Hex(16) }

// IAM makes a unique id of IAM's form, such as AROA followed by 17 letters and digits.
func (s *Source) IAM(prefix string) string {
	raw := make([]byte, 11)
	for i := range raw {
		raw[i] = byte(s.Random.UintN(256))
	}
	return prefix + base32.StdEncoding.EncodeToString(raw)[:17]
}

// Digits makes a decimal number of n digits, as in the name of a cluster security group.
func (s *Source) Digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0' + byte(s.Random.UintN(10))
	}
	if b[0] == '0' {
		b[0] = '1'
	}
	return string(b)
}

// StackSuffix is what CloudFormation ends the names of its objects with.
func (s *Source) StackSuffix() string { return strings.ToUpper(s.Hex(12)) }

func (s *Source) UUID() string {
	h := s.Hex(32)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}

func (s *Source) MAC() string {
	return net.HardwareAddr{
		0x06, byte(s.Random.UintN(256)), byte(s.Random.UintN(256)),
		byte(s.Random.UintN(256)), byte(s.Random.UintN(256)), byte(s.Random.UintN(256)),
	}.String()
}
