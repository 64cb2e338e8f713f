package cloud

import (
	"encoding/base32"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
)

// idSource makes identifiers in AWS's forms, the same ones from the same seed.
type idSource struct{ random *rand.Rand }

func newIDSource(seed uint64) *idSource {
	return &idSource{random: rand.New(rand.NewPCG(seed, 0x5eed))}
}

func (s *idSource) hex(n int) string {
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "%016x", s.random.Uint64())
	}
	return b.String()[:n]
}

// ec2 makes an id of EC2's long form: the prefix, a 0 and 16 hexadecimal digits.
func (s *idSource) ec2(prefix string) string { return prefix + "-0" + s.hex(16) }

// iam makes a unique id of IAM's form, such as AROA followed by 17 letters and digits.
func (s *idSource) iam(prefix string) string {
	raw := make([]byte, 11)
	for i := range raw {
		raw[i] = byte(s.random.UintN(256))
	}
	return prefix + base32.StdEncoding.EncodeToString(raw)[:17]
}

// digits makes a decimal number of n digits, as in the name of a cluster security group.
func (s *idSource) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0' + byte(s.random.UintN(10))
	}
	if b[0] == '0' {
		b[0] = '1'
	}
	return string(b)
}

// stackSuffix is what CloudFormation ends the names of its objects with.
func (s *idSource) stackSuffix() string { return strings.ToUpper(s.hex(12)) }

func (s *idSource) uuid() string {
	h := s.hex(32)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}

func (s *idSource) mac() string {
	return net.HardwareAddr{
		0x06, byte(s.random.UintN(256)), byte(s.random.UintN(256)),
		byte(s.random.UintN(256)), byte(s.random.UintN(256)), byte(s.random.UintN(256)),
	}.String()
}
