package control

import (
	"errors"
	"net/http"

	"mockserver/internal/faults"
)

// listFaults lists the rules in force, in their order. With ?unused=true it lists
// those that took no call: a test suite that ordered a fault and never met it has
// tested something else.
func (p *Plane) listFaults(c *call) (any, error) {
	unused, err := c.flag("unused")
	if err != nil {
		return nil, err
	}
	rules := []faults.State{}
	for _, rule := range c.tenant.Faults.List() {
		if !unused || rule.Hits == 0 {
			rules = append(rules, rule)
		}
	}
	return rules, nil
}

// replaceFaults puts rules in the place of all others.
func (p *Plane) replaceFaults(c *call) (any, error) {
	document, err := rulesOf(c)
	if err != nil {
		return nil, err
	}
	if err := c.tenant.Faults.Replace(document); err != nil {
		return nil, brokenRules(err)
	}
	return c.tenant.Faults.List(), nil
}

// addFaults puts rules behind those that are there.
func (p *Plane) addFaults(c *call) (any, error) {
	document, err := rulesOf(c)
	if err != nil {
		return nil, err
	}
	added, err := c.tenant.Faults.Add(document)
	if err != nil {
		return nil, brokenRules(err)
	}
	return with{http.StatusCreated, added}, nil
}

// clearFaults takes all rules away.
func (p *Plane) clearFaults(c *call) (any, error) {
	c.tenant.Faults.Clear()
	return nil, nil
}

// getFault shows one rule.
func (p *Plane) getFault(c *call) (any, error) {
	rule, ok := c.tenant.Faults.Rule(c.param("id"))
	if !ok {
		return nil, noRule(c)
	}
	return rule, nil
}

// removeFault takes one rule away.
func (p *Plane) removeFault(c *call) (any, error) {
	if !c.tenant.Faults.Remove(c.param("id")) {
		return nil, noRule(c)
	}
	return nil, nil
}

func noRule(c *call) error {
	problem := missing("there is no rule %q", c.param("id"))
	for _, rule := range c.tenant.Faults.List() {
		problem.Allowed = append(problem.Allowed, rule.ID)
	}
	return problem
}

// rulesOf reads a document of rules, which package faults understands.
func rulesOf(c *call) ([]byte, error) {
	document, err := readBody(c)
	if err == nil && len(document) == 0 {
		err = invalid("", "a JSON body is needed: an array of rules, or one rule")
	}
	return document, err
}

// brokenRules tells everything that is wrong with a document of rules.
func brokenRules(err error) error {
	var broken *faults.Error
	if !errors.As(err, &broken) {
		return err
	}
	var all []*problem
	for _, one := range broken.Problems {
		p := invalid(one.Pointer, "%s", one.Text)
		p.Allowed = one.Allowed
		all = append(all, p)
	}
	if more := broken.Count - len(broken.Problems); more > 0 {
		all = append(all, invalid("", "and %d more problems", more))
	}
	return together(all)
}
