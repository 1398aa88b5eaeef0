package main

import (
	"io"
	"sync"
	"time"
)

// flushEvery is how long a log line may wait to be written.
const flushEvery = 100 * time.Millisecond

// lineBuffer gathers log lines and writes them together. It is safe for
// concurrent use.
type lineBuffer struct {
	mu      sync.Mutex
	to      io.Writer
	waiting []byte
	timer   *time.Timer // runs while something is waiting
}

// maxWaiting is how many bytes are gathered at the most.
const maxWaiting = 64 << 10

func newLineBuffer(w io.Writer) *lineBuffer {
	return &lineBuffer{to: w}
}

// Write implements io.Writer. It never fails: a log that cannot be written is
// no reason not to answer.
func (b *lineBuffer) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = append(b.waiting, line...)
	switch {
	case len(b.waiting) >= maxWaiting:
		b.flush()
	case b.timer == nil:
		b.timer = time.AfterFunc(flushEvery, b.Close)
	}
	return len(line), nil
}

// Close writes what is waiting. The buffer may still be used.
func (b *lineBuffer) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flush()
}

func (b *lineBuffer) flush() {
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
	if len(b.waiting) > 0 {
		_, _ = b.to.Write(b.waiting)
		b.waiting = b.waiting[:0]
	}
}
