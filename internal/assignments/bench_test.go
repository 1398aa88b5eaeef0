package assignments_test

import (
	"io"
	"strconv"
	"strings"
	"testing"

	"mockserver/internal/assignments"
)

// largeUsers users with largeHeld entitlements each are two million
// assignments.
const (
	largeUsers = 100_000
	largeHeld  = 20
	largeAll   = 20_000
)

// largeText has all assignments as pairs, or a user on a line. Neighbours share
// most of what they hold, as colleagues do.
func largeText(lists bool) string {
	var b strings.Builder
	for u := range largeUsers {
		user := "user" + strconv.Itoa(u)
		if lists {
			b.WriteString(user)
		}
		for k := range largeHeld {
			right := "right" + strconv.Itoa((u/50*7+k*k*3)%largeAll)
			if lists {
				b.WriteString("\t" + right)
			} else {
				b.WriteString(user + "," + right + ",app" + strconv.Itoa(k%5) + "\n")
			}
		}
		if lists {
			b.WriteString("\n")
		}
	}
	return b.String()
}

type discard struct{ io.Writer }

func (discard) Close() error { return nil }

// BenchmarkImport imports two million assignments, without the disk.
func BenchmarkImport(b *testing.B) {
	for _, form := range []string{"pairs", "lists"} {
		text := largeText(form == "lists")
		b.Run(form, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				s, err := assignments.Import(assignments.Input{Name: "large", Reader: strings.NewReader(text)}, nil, assignments.Options{},
					func(string) (io.WriteCloser, error) { return discard{io.Discard}, nil })
				if err != nil || s.Assignments+s.Duplicates != largeUsers*largeHeld || string(s.Format) != form {
					b.Fatal(s, err)
				}
			}
		})
	}
}
