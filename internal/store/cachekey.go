package store

import (
	"encoding/binary"
	"math"

	"mockserver/internal/query"
	"mockserver/internal/rolemining"
)

// The first byte of a key of the cache says what it is a key of.
const (
	sessionKey = 's'
	listKey    = 'l'
	roleKey    = 'r'
)

// listID is a key that two lists share only if they ask for the same. Without a
// filter it is in room, if that is large enough: a hit of the cache then
// allocates nothing.
func listID(room []byte, l *rolemining.List) []byte {
	b := appendPage(room, l)
	if l.Query.Filter == nil {
		return b
	}
	// appendExpr calls itself, so the compiler takes its buffer for one that
	// outlives the call; the room must not be that buffer.
	return appendExpr(append(make([]byte, 0, 512), b...), l.Query.Filter)
}

// appendPage appends all of a list but its filter.
func appendPage(b []byte, l *rolemining.List) []byte {
	flags := byte(flag(l.IncludeCommon) | flag(l.Query.Count)<<1)
	b = append(b, listKey, byte(l.Kind), flags)
	b = appendText(b, l.SessionID)
	b = appendText(b, l.RoleID)
	b = appendText(b, l.SourceID)
	b = binary.AppendVarint(b, int64(l.Query.Limit))
	b = binary.AppendVarint(b, int64(l.Query.Offset))
	b = binary.AppendUvarint(b, uint64(len(l.Query.Sort)))
	for _, k := range l.Query.Sort {
		b = append(appendText(b, k.Field), byte(flag(k.Descending)))
	}
	return b
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func appendExpr(b []byte, e query.Expr) []byte {
	switch e := e.(type) {
	case query.And:
		return appendExprs(append(b, '&'), e.Exprs)
	case query.Or:
		return appendExprs(append(b, '|'), e.Exprs)
	case query.Not:
		return appendExpr(append(b, '!'), e.Expr)
	case query.Compare:
		b = appendText(append(b, '='), e.Field)
		b = appendText(b, string(e.Op))
		b = binary.AppendUvarint(b, uint64(len(e.Values)))
		for _, v := range e.Values {
			b = appendValue(b, v)
		}
		return b
	default:
		return appendText(append(b, '?'), e.String())
	}
}

func appendExprs(b []byte, parts []query.Expr) []byte {
	b = binary.AppendUvarint(b, uint64(len(parts)))
	for _, part := range parts {
		b = appendExpr(b, part)
	}
	return b
}

func appendValue(b []byte, v query.Value) []byte {
	b = append(b, byte(v.Kind))
	switch v.Kind {
	case query.String:
		return appendText(b, v.Text)
	case query.Int:
		return binary.AppendVarint(b, v.Int)
	case query.Float:
		return binary.BigEndian.AppendUint64(b, math.Float64bits(v.Float))
	case query.Bool:
		return append(b, byte(flag(v.Bool)))
	case query.Time:
		b = binary.AppendVarint(b, v.Time.Unix())
		return binary.AppendVarint(b, int64(v.Time.Nanosecond()))
	default:
		return appendText(b, v.String())
	}
}
