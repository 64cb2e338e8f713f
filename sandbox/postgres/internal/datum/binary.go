package datum

import (
	"encoding/binary"
	"math"
	"net/netip"

	"podsg/sandbox/postgres/internal/sqlerror"
)

// Address families of the binary form of inet (PGSQL_AF_INET, PGSQL_AF_INET6).
const (
	familyIPv4 = 2
	familyIPv6 = 3
)

// FormatBinary returns the binary form of a value of type t that is not NULL.
func FormatBinary(t Type, v Value) []byte {
	switch v := v.(type) {
	case bool:
		if v {
			return []byte{1}
		}
		return []byte{0}
	case int64:
		if t.Size() == 4 {
			return binary.BigEndian.AppendUint32(nil, uint32(v))
		}
		return binary.BigEndian.AppendUint64(nil, uint64(v))
	case float64:
		return binary.BigEndian.AppendUint64(nil, math.Float64bits(v))
	case netip.Addr:
		family := byte(familyIPv4)
		if v.Is6() {
			family = familyIPv6
		}
		raw := v.AsSlice()
		return append([]byte{family, byte(v.BitLen()), 0, byte(len(raw))}, raw...)
	}
	return []byte(v.(string))
}

// ParseBinary reads the binary form of a value of type t.
func ParseBinary(t Type, raw []byte) (Value, error) {
	if size := t.Size(); size > 0 && !t.IsText() && len(raw) != int(size) {
		return nil, sqlerror.New(sqlerror.CodeInvalidBinary, "incorrect binary data format for type %s", t)
	}
	switch t {
	case Bool:
		return raw[0] != 0, nil
	case Int4:
		return int64(int32(binary.BigEndian.Uint32(raw))), nil
	case OID:
		return int64(binary.BigEndian.Uint32(raw)), nil
	case Int8:
		return int64(binary.BigEndian.Uint64(raw)), nil
	case Float8:
		return math.Float64frombits(binary.BigEndian.Uint64(raw)), nil
	case Text, Varchar, Name, Unknown, Unspecified:
		return string(raw), nil
	}
	return nil, sqlerror.New(sqlerror.CodeFeatureNotSupported, "binary input of type %s is not supported by the practice database", t)
}
