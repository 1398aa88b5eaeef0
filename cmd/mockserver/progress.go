package main

import (
	"context"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows how far a command is, on a terminal only: elsewhere it does
// nothing. It is safe for concurrent use.
type progress struct {
	mu    sync.Mutex
	bar   *progressbar.ProgressBar // nil for none
	doing string
}

const (
	progressWidth = 30 // characters
	progressEvery = 100 * time.Millisecond
	// progressSteps are the steps of a bar. It never takes the last one by
	// itself: what is done is cleared away.
	progressSteps = 1000
)

func newProgress(w io.Writer) *progress {
	if !isTerminal(w) {
		return &progress{}
	}
	return &progress{bar: progressbar.NewOptions(progressSteps,
		progressbar.OptionSetWriter(w), progressbar.OptionSetWidth(progressWidth), progressbar.OptionThrottle(progressEvery),
		progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(true), progressbar.OptionClearOnFinish())}
}

// at says what is being done, and how far it is: done of total.
func (p *progress) at(doing string, done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar == nil {
		return
	}
	step := int64(0)
	if total > 0 {
		step = min(progressSteps*done/total, progressSteps-1)
	}
	if doing != p.doing {
		p.doing = doing
		p.bar.Describe(doing)
	}
	_ = p.bar.Set64(step) // a bar that cannot be drawn is no reason to stop
}

// end clears the bar away. What is reported later is not shown.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// terminalWidth is how many characters fit on a line of a terminal, 0 for what
// is none.
func terminalWidth(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// until does work that nothing can interrupt, and no longer waits for it when
// the context ends. The work is then left behind: the process is about to end.
func until(ctx context.Context, work func() error) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// watchedFS is a folder whose files tell how much is read of them.
type watchedFS struct {
	fs.FS
	read func(n int)
}

// Open implements fs.FS.
func (w watchedFS) Open(name string) (fs.File, error) {
	f, err := w.FS.Open(name)
	if err != nil || name == "." {
		return f, err
	}
	return watchedFile{f, w.read}, nil
}

type watchedFile struct {
	fs.File
	read func(n int)
}

// Read implements io.Reader.
func (w watchedFile) Read(b []byte) (int, error) {
	n, err := w.File.Read(b)
	w.read(n)
	return n, err
}
