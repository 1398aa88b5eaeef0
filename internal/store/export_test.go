package store

// Forget empties the cache, as a change does, for benchmarks of what it spares.
func (s *Store) Forget() {
	s.cache.beginChange()
	s.cache.endChange()
}
