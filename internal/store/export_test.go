package store

// Forget empties the cache, as a change does, for benchmarks of what it spares.
func (s *Store) Forget() {
	s.cache.beginChange()
	s.cache.endChange()
}

// ForgetOrganisation has the organisation read again when it is next needed.
func (s *Store) ForgetOrganisation() { s.org.Store(&organisation{}) }
