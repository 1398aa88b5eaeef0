package rolemining

// Remembered is how many sessions the service remembers a mining of.
func (s *Service) Remembered() int {
	s.minedMu.Lock()
	defer s.minedMu.Unlock()
	return len(s.mined)
}
