package miner

// gather takes people into roles whom absorb leaves out because they lack much
// of their role's access. A node without a role joins the role it fits best of
// those that meet three conditions:
//
//   - it holds at least a quarter of the core, weighted by popularity;
//   - at least half of what it holds is of that core: who has a profile of
//     their own stays out, and this is what makes the lower bar safe;
//   - that is at least two entitlements: a single one is a coincidence.
//
// It is the last step and runs once, on the roles of the threshold in use. The
// prescribed threshold is chosen by the roles as they are before, so gathering
// never decides which roles there are, only who is in them. Cores are
// recomputed after it: a core is always what at least half of all members
// hold. The error is that of the context.
func (r *roleSet) gather() error {
	any := r.adopt(Gathered, func(v int32, f Fit) bool {
		return 4*f.Part >= f.Whole && f.Shared >= 2 && 2*f.Shared >= r.s.size(v)
	})
	if any {
		r.refresh()
	}
	return r.beat.ctx.Err()
}
