package engine

import (
	"encoding/binary"
	"math"
	"net/netip"
	"time"
)

// epoch is the zero of PostgreSQL's timestamps.
var epoch = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)

// Address families of the binary form of inet (PGSQL_AF_INET, PGSQL_AF_INET6).
const (
	familyIPv4 = 2
	familyIPv6 = 3
)

// FormatBinary returns the binary form of a value that is not NULL.
func FormatBinary(t Type, v Value) ([]byte, error) {
	switch v := v.(type) {
	case bool:
		if v {
			return []byte{1}, nil
		}
		return []byte{0}, nil
	case int64:
		switch t.Size() {
		case 2:
			return binary.BigEndian.AppendUint16(nil, uint16(v)), nil
		case 4:
			return binary.BigEndian.AppendUint32(nil, uint32(v)), nil
		}
		return binary.BigEndian.AppendUint64(nil, uint64(v)), nil
	case float64:
		return binary.BigEndian.AppendUint64(nil, math.Float64bits(v)), nil
	case string:
		return []byte(v), nil
	case time.Time:
		return binary.BigEndian.AppendUint64(nil, uint64(v.Sub(epoch).Microseconds())), nil
	case netip.Addr:
		family := byte(familyIPv4)
		if v.Is6() {
			family = familyIPv6
		}
		raw := v.AsSlice()
		return append([]byte{family, byte(v.BitLen()), 0, byte(len(raw))}, raw...), nil
	case RelationRef:
		return binary.BigEndian.AppendUint32(nil, v.OID), nil
	}
	return nil, unsupported(nowhere, "binary output of type "+t.String())
}

// ParseBinary reads the binary form of a value of type t.
func ParseBinary(t Type, raw []byte) (Value, error) {
	malformed := errorAt(nowhere, "22P03", "incorrect binary data format for type %s", t)
	if size := t.Size(); size > 0 && !t.isText() && len(raw) != int(size) {
		return nil, malformed
	}
	switch t {
	case Bool:
		return raw[0] != 0, nil
	case Int2:
		return int64(int16(binary.BigEndian.Uint16(raw))), nil
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
	case Timestamp, Timestamptz:
		return epoch.Add(time.Duration(int64(binary.BigEndian.Uint64(raw))) * time.Microsecond), nil
	case Inet:
		if len(raw) < 4 {
			return nil, malformed
		}
		addr, ok := netip.AddrFromSlice(raw[4:])
		if !ok || int(raw[1]) != addr.BitLen() {
			return nil, malformed
		}
		return addr, nil
	}
	return nil, unsupported(nowhere, "binary input of type "+t.String())
}
