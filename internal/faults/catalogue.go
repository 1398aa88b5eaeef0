package faults

import (
	"cmp"
	"slices"

	"mockserver/internal/spelling"
)

// catalogue is what there is to have faults.
type catalogue struct {
	operations []Operation
	versions   []string
	byName     map[string]*Operation // every spelling
}

func newCatalogue(operations []Operation, versions []string) *catalogue {
	c := &catalogue{operations: operations, versions: versions, byName: map[string]*Operation{}}
	for i := range operations {
		op := &operations[i]
		c.byName[op.ID] = op
		for _, name := range op.Names {
			c.byName[name] = op
		}
	}
	return c
}

// named is the operations that a rule's operation names: one, all for Any, or
// none at all.
func (c *catalogue) named(name string) []*Operation {
	if op, ok := c.byName[name]; ok {
		return []*Operation{op}
	}
	if name != Any {
		return nil
	}
	all := make([]*Operation, len(c.operations))
	for i := range c.operations {
		all[i] = &c.operations[i]
	}
	return all
}

// nearest lists the operations with the likeliest meaning of a wrong name first,
// and Any at the end. Of its spellings an operation is listed with the nearest.
func (c *catalogue) nearest(wrong string) []string {
	names := make([]string, len(c.operations))
	for i, op := range c.operations {
		spellings := append([]string{op.ID}, op.Names...)
		names[i] = slices.MinFunc(spellings, func(a, b string) int { return cmp.Compare(spelling.Distance(wrong, a), spelling.Distance(wrong, b)) })
	}
	return append(spelling.Nearest(names, wrong), Any)
}

// union collects what operations have, each once: ascending.
func union[T cmp.Ordered](operations []*Operation, of func(*Operation) []T) []T {
	var all []T
	for _, op := range operations {
		all = append(all, of(op)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func statusesOf(op *Operation) []int  { return op.Statuses }
func paramsOf(op *Operation) []string { return op.Params }
