package serving

import (
	"net"

	"mockserver/internal/auth"
)

// warn says what whoever reaches the listeners can do, where those are more than
// the programs of this machine. A container listens so without being reached by
// anybody, which cannot be seen from inside: so only what is odd there, too, is a
// warning.
func (s *Server) warn(mode auth.Mode) {
	control := s.control
	if control == nil {
		control = s.api
	}
	const beyond = "the server listens beyond this machine: whoever reaches the address can "
	if exposed(s.api.Addr()) {
		switch mode {
		case auth.Off:
			s.log.Warn(beyond+"read and change everything without a token, since authentication is off: listen on 127.0.0.1, or use --auth strict",
				"addr", s.api.Addr().String())
		case auth.Lenient:
			s.log.Info(beyond+"take a token with all rights by any client id, since authentication is lenient: listen on 127.0.0.1, or use --auth strict",
				"addr", s.api.Addr().String())
		}
	}
	if exposed(control.Addr()) {
		s.log.Info(beyond+"reset the server and read its journal, since the control plane asks for no token: keep it to this machine by --control-addr 127.0.0.1:PORT",
			"addr", control.Addr().String())
	}
}

// exposed says whether an address is reached from other machines.
func exposed(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return !ok || !tcp.IP.IsLoopback()
}
