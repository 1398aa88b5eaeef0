package miner

import "math/bits"

// signature is a set of tokens folded into 128 bits. Two sets differ in at
// least as many tokens as their signatures differ in bits.
type signature [2]uint64

func sign(set []int32) signature {
	var s signature
	for _, t := range set {
		b := mix(uint64(t)) & 127
		s[b>>6] ^= 1 << (b & 63)
	}
	return s
}

// distance counts the bits in which two signatures differ.
func (s *signature) distance(o *signature) int {
	return bits.OnesCount64(s[0]^o[0]) + bits.OnesCount64(s[1]^o[1])
}
