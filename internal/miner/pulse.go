package miner

import "context"

// checkEvery is how many nodes are worked on between two looks at the context.
const checkEvery = 256

// A pulse looks at a context now and then, from the inside of long loops.
type pulse struct {
	ctx   context.Context
	beats int
	over  bool
}

// stopped reports whether the context is done. It looks on every checkEvery-th
// call, and once it is done it stays so.
func (p *pulse) stopped() bool {
	p.beats++
	if p.beats%checkEvery == 0 && p.ctx.Err() != nil {
		p.over = true
	}
	return p.over
}
