package faults

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// MaxDelay is the longest delay.
const MaxDelay = 10 * time.Minute

// Delay is how long a call waits: a fixed time, or one drawn from a distribution.
type Delay struct {
	Fixed        time.Duration // 0 if there is a Distribution
	Distribution Distribution
	// The distribution's parameters, each for some of them. What is drawn is held
	// between Min and Max, where there is a Max, and always between 0 and
	// MaxDelay.
	Min, Max, Mean, Stddev, Median time.Duration
	Sigma                          float64
}

// Distribution is the name of a distribution.
type Distribution string

// The distributions, with their parameters; Min and Max are optional bounds but
// for Uniform, which needs both.
const (
	Uniform     Distribution = "uniform"     // Min, Max
	Normal      Distribution = "normal"      // Mean, Stddev
	LogNormal   Distribution = "lognormal"   // Median, Sigma: the standard deviation of the logarithm
	Exponential Distribution = "exponential" // Mean
)

// MarshalJSON writes the form that is read: a Go duration as text, or an object.
func (d Delay) MarshalJSON() ([]byte, error) {
	if d.Distribution == "" {
		return json.Marshal(d.Fixed.String())
	}
	text := func(t time.Duration) string {
		if t == 0 {
			return ""
		}
		return t.String()
	}
	return json.Marshal(struct {
		Distribution Distribution `json:"distribution"`
		Min          string       `json:"min,omitempty"`
		Max          string       `json:"max,omitempty"`
		Mean         string       `json:"mean,omitempty"`
		Stddev       string       `json:"stddev,omitempty"`
		Median       string       `json:"median,omitempty"`
		Sigma        float64      `json:"sigma,omitempty"`
	}{d.Distribution, text(d.Min), text(d.Max), text(d.Mean), text(d.Stddev), text(d.Median), d.Sigma})
}

// draw is the n-th delay of a rule, in whole microseconds.
func (d Delay) draw(seed, id string, n int) time.Duration {
	if d.Distribution == "" {
		return d.Fixed
	}
	u := chance(seed, id, "delay", n)
	var t float64
	switch d.Distribution {
	case Uniform:
		t = float64(d.Min) + u[0]*float64(d.Max-d.Min)
	case Normal:
		t = float64(d.Mean) + gauss(u)*float64(d.Stddev)
	case LogNormal:
		t = float64(d.Median) * math.Exp(gauss(u)*d.Sigma)
	case Exponential:
		t = -float64(d.Mean) * math.Log(1-u[0])
	}
	most := MaxDelay
	if d.Max > 0 {
		most = d.Max
	}
	t = min(max(t, float64(d.Min)), float64(most))
	return time.Duration(t).Truncate(time.Microsecond)
}

// gauss makes a number of the standard normal distribution out of two uniform
// ones (Box and Muller 1958).
func gauss(u [2]float64) float64 {
	return math.Sqrt(-2*math.Log(1-u[0])) * math.Cos(2*math.Pi*u[1])
}

// chance is two numbers from 0 up to but without 1 that follow from a seed, a
// rule, what is decided and how often it was.
func chance(seed, id, what string, n int) [2]float64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %s %d", seed, id, what, n))
	uniform := func(b []byte) float64 { return float64(binary.BigEndian.Uint64(b)>>11) / (1 << 53) }
	return [2]float64{uniform(sum[:8]), uniform(sum[8:16])}
}
