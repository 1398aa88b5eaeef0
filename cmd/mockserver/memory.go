package main

import (
	"log/slog"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// goShare is what Go may have of a container's memory before it collects more
// often. The rest is for what it does not count: SQLite's pages and the program.
const goShare = 0.6

// stayWithin has Go collect before a container's memory is used up: without that
// it lets garbage grow as large as what is in use, and may be killed for it. The
// environment's GOMEMLIMIT goes before; outside of a container nothing changes.
func stayWithin(log *slog.Logger) {
	limit, err := memlimit.Set(memlimit.WithRatio(goShare))
	if err != nil {
		log.Debug("the memory of this container is not known", "error", err)
		return
	}
	log.Debug("memory", "softLimit", limit)
}
