package store

import (
	"encoding/binary"
	"errors"
	"slices"
)

var errPacked = errors.New("a column of the organisation is damaged")

// packRows writes ascending row numbers as the differences between them.
func packRows(rows []int64) []byte {
	b := make([]byte, 0, 2*len(rows))
	last := int64(0)
	for _, n := range rows {
		b = binary.AppendUvarint(b, uint64(n-last))
		last = n
	}
	return b
}

// unpackRows appends the names of packed row numbers; names[i] is that of row
// i+1.
func unpackRows(into []string, b []byte, names []string) ([]string, error) {
	n := uint64(0)
	for len(b) > 0 {
		d, size := binary.Uvarint(b)
		n += d
		if size <= 0 || n == 0 || n > uint64(len(names)) {
			return into, errPacked
		}
		into = append(into, names[n-1])
		b = b[size:]
	}
	return into, nil
}

// packMap writes a map as its keys and values by key, each with its length.
func packMap(m map[string]string) []byte {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	b := []byte{} // nil would be NULL
	for _, k := range keys {
		b = append(binary.AppendUvarint(b, uint64(len(k))), k...)
		b = append(binary.AppendUvarint(b, uint64(len(m[k]))), m[k]...)
	}
	return b
}

// words keeps one copy of each text: the attributes of a hundred thousand
// identities have a few hundred different values.
type words map[string]string

func (w words) of(b []byte) string {
	if s, ok := w[string(b)]; ok {
		return s
	}
	s := string(b)
	w[s] = s
	return s
}

// unpackMap reads what packMap wrote; nil for nothing.
func unpackMap(b []byte, known words) (map[string]string, error) {
	if len(b) == 0 {
		return nil, nil
	}
	m := make(map[string]string, 8)
	for len(b) > 0 {
		key, rest, err := cutText(b)
		if err != nil {
			return nil, err
		}
		value, rest, err := cutText(rest)
		if err != nil {
			return nil, err
		}
		m[known.of(key)] = known.of(value)
		b = rest
	}
	return m, nil
}

func cutText(b []byte) (text, rest []byte, err error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, errPacked
	}
	return b[size : size+int(n)], b[size+int(n):], nil
}

// packUsage writes days of use as one byte a source, in the order of their
// rows, so that SQL can take out one of them. Zeros at the end are left out.
func packUsage(usage map[string]int, rowOf map[string]int64) []byte {
	b := []byte{}
	for id, days := range usage {
		n := int(rowOf[id])
		if n == 0 || days <= 0 {
			continue
		}
		if n > len(b) {
			b = append(b, make([]byte, n-len(b))...)
		}
		b[n-1] = byte(min(days, maxDays))
	}
	return b
}

// maxDays is the largest number of days of use.
const maxDays = 90

// unpackUsage reads what packUsage wrote; nil for nothing.
func unpackUsage(b []byte, names []string) (map[string]int, error) {
	if len(b) > len(names) {
		return nil, errPacked
	}
	var m map[string]int
	for i, days := range b {
		if days == 0 {
			continue
		}
		if m == nil {
			m = make(map[string]int, len(b)-i)
		}
		m[names[i]] = int(days)
	}
	return m, nil
}
