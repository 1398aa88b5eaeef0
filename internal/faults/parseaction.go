package faults

import (
	"slices"
	"time"
)

// shortest is the shortest time that is a delay.
const shortest = time.Microsecond

// action reads what is done to a call.
func (p *parser) action(o object, r *armed) {
	a := &r.Action
	status := field(p, o, "status", "a whole number", &a.Status)
	p.delay(o, a)
	connection := o.oneOf(p, "connection", (*string)(&a.Connection), string(Reset), string(Close))
	body := o.oneOf(p, "body", (*string)(&a.Body), string(Truncate), string(Malformed))
	slow := p.slow(o, a)
	field(p, o, "performed", "true or false", &a.Performed)
	var seconds int
	if o.whole(p, "retryAfter", &seconds, 0, maxRetryAfter) {
		a.RetryAfter = &seconds
		if status && a.Status != tooManyRequests && a.Status != serviceUnavailable || !status && o.missing("status") {
			p.add(o.at+"/retryAfter", nil, "goes with the statuses %d and %d only", tooManyRequests, serviceUnavailable)
		}
	}
	nothing := o.lacks("status", "delay", "connection", "body", "slow")
	switch {
	case connection && (status || body || slow):
		p.add(o.at+"/connection", nil, "there is no answer, so status, body and slow cannot go with it")
	case nothing:
		p.add(o.at, []string{"status", "delay", "connection", "body", "slow"}, "the rule does nothing; it needs at least one of these")
	}
}

func (p *parser) slow(o object, a *Action) bool {
	raw, ok := o.value("slow")
	if !ok {
		return false
	}
	inner, ok := p.object(raw, o.at+"/slow", []string{"bytesPerSecond"})
	if !ok {
		return false
	}
	a.Slow = &Slow{}
	if inner.missing("bytesPerSecond") {
		p.add(inner.at+"/bytesPerSecond", nil, "is missing")
	}
	return inner.whole(p, "bytesPerSecond", &a.Slow.BytesPerSecond, 1, maxCount)
}

func (p *parser) delay(o object, a *Action) {
	raw, ok := o.value("delay")
	if !ok {
		return
	}
	a.Delay = &Delay{}
	switch raw[0] {
	case '"':
		o.duration(p, "delay", &a.Delay.Fixed, shortest)
	case '{':
		p.distribution(raw, o.at+"/delay", a.Delay)
	default:
		p.add(o.at+"/delay", nil, `must be a duration such as "250ms", or an object with a distribution`)
	}
}

// parameters are what a distribution needs, and what it takes beside that.
func (d Distribution) parameters() (needed, optional []string) {
	bounds := []string{"min", "max"}
	switch d {
	case Uniform:
		return bounds, nil
	case Normal:
		return []string{"mean", "stddev"}, bounds
	case LogNormal:
		return []string{"median", "sigma"}, bounds
	default:
		return []string{"mean"}, bounds
	}
}

// distribution reads a delay that is drawn.
func (p *parser) distribution(raw []byte, at string, d *Delay) {
	all := []string{"distribution", "min", "max", "mean", "stddev", "median", "sigma"}
	o, ok := p.object(raw, at, all)
	if !ok {
		return
	}
	names := []string{string(Uniform), string(Normal), string(LogNormal), string(Exponential)}
	if !o.oneOf(p, "distribution", (*string)(&d.Distribution), names...) {
		if o.missing("distribution") {
			p.add(at+"/distribution", names, "is missing")
		}
		return
	}
	before := p.problems.Count
	p.onlyParameters(o, d.Distribution, all[1:])
	o.duration(p, "min", &d.Min, 0)
	o.duration(p, "max", &d.Max, shortest)
	o.duration(p, "mean", &d.Mean, shortest)
	o.duration(p, "stddev", &d.Stddev, shortest)
	o.duration(p, "median", &d.Median, shortest)
	const mostSigma = 10
	if field(p, o, "sigma", "a number", &d.Sigma) && !(d.Sigma > 0 && d.Sigma <= mostSigma) {
		p.add(at+"/sigma", nil, "must be over 0 and at most %d", mostSigma)
	}
	if p.problems.Count == before && d.Max > 0 && d.Max < d.Min {
		p.add(at+"/max", nil, "must not be less than min")
	}
}

// onlyParameters wants all parameters that a distribution needs, and none that
// it does not take.
func (p *parser) onlyParameters(o object, d Distribution, all []string) {
	needed, optional := d.parameters()
	for _, name := range all {
		wanted := slices.Contains(needed, name)
		switch has := !o.missing(name); {
		case wanted && !has:
			p.add(o.at+"/"+name, nil, "is missing; the distribution %s needs it", d)
		case has && !wanted && !slices.Contains(optional, name):
			p.add(o.at+"/"+name, slices.Concat(needed, optional), "is no parameter of the distribution %s", d)
		}
	}
}
