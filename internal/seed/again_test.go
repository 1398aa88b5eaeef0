package seed

import (
	"bytes"
	"io"
	"testing"
	"testing/fstest"

	"mockserver/internal/rolemining"
)

type buffer struct{ bytes.Buffer }

func (*buffer) Close() error { return nil }

// again writes a data set twice over, by way of a reading, and compares the
// bytes.
func again(t *testing.T, ds rolemining.Dataset) {
	t.Helper()
	first := written(t, ds)
	in := fstest.MapFS{}
	for name, b := range first {
		in[name] = &fstest.MapFile{Data: b.Bytes()}
	}
	back, err := Load(in)
	if err != nil {
		t.Fatalf("what was written is refused: %v", err)
	}
	for name, b := range written(t, back) {
		if !bytes.Equal(b.Bytes(), first[name].Bytes()) {
			t.Fatalf("%s was\n%s\nand is\n%s", name, first[name], b)
		}
	}
}

func written(t *testing.T, ds rolemining.Dataset) map[string]*buffer {
	t.Helper()
	out := map[string]*buffer{}
	err := Write(ds, func(name string) (io.WriteCloser, error) {
		out[name] = &buffer{}
		return out[name], nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
