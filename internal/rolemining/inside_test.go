package rolemining

// Remembered is how many sessions the service remembers a mining of.
func (s *Service) Remembered() int {
	s.minedMu.Lock()
	defer s.minedMu.Unlock()
	return len(s.mined)
}

// Queued says whether somebody is making a change for which others wait.
func (s *Service) Queued() bool {
	if s.telling.TryLock() {
		s.telling.Unlock()
		return false
	}
	return true
}
