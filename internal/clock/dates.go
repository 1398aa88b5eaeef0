package clock

import "sync/atomic"

// Dates tells a clock's time as the header Date of HTTP does. It is safe for
// concurrent use.
type Dates struct {
	clock Clock
	last  atomic.Pointer[date]
}

// date is a second and its text.
type date struct {
	second int64
	header []string
}

// NewDates returns the dates of a clock.
func NewDates(c Clock) *Dates { return &Dates{clock: c} }

// Header is the values of the header Date at this moment: one, in the form of RFC
// 9110. It is shared and must not be changed.
func (d *Dates) Header() []string {
	now := d.clock.Now()
	if last := d.last.Load(); last != nil && last.second == now.Unix() {
		return last.header
	}
	next := &date{now.Unix(), []string{now.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")}}
	d.last.Store(next)
	return next.header
}
