package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// calling are the functions and types, by package, with which a program begins a
// connection, sends to somebody, or asks for a name to be looked up. "*" is all of
// the package.
func calling() map[string][]string {
	return map[string][]string{
		"net": {"Dial", "DialIP", "DialTCP", "DialTimeout", "DialUDP", "DialUnix", "Dialer", "DefaultResolver", "Resolver", "Lookup*", "Resolve*",
			"ListenPacket", "ListenIP", "ListenUDP", "ListenMulticastUDP", "ListenUnixgram", "File*"},
		"net/http":                   {"Client", "DefaultClient", "DefaultTransport", "Get", "Head", "Post", "PostForm", "Transport", "NewFileTransport*", "ProxyFromEnvironment", "RoundTripper"},
		"crypto/tls":                 {"Dial", "DialWithDialer", "Dialer", "Client"},
		"net/http/httputil":          {"ReverseProxy", "NewSingleHostReverseProxy", "ClientConn", "NewClientConn", "NewProxyClientConn"},
		"net/smtp":                   {"*"},
		"net/textproto":              {"Dial"},
		"net/rpc":                    {"*"},
		"log/syslog":                 {"*"},
		"syscall":                    {"Connect", "Sendto", "Sendmsg*"},
		"golang.org/x/sys/unix":      {"Connect", "Sendto", "Sendmsg*"},
		"golang.org/x/net/proxy":     {"*"},
		"golang.org/x/net/websocket": {"*"},
	}
}

// mayCall are the files, outside of the standard library, that do such things, and
// why they do no harm.
func mayCall() map[string]string {
	return map[string]string{
		"mockserver/cmd/mockserver/healthcheck.go": "asks the server on this machine, by the address that it is given",
	}
}

// Nothing in the program calls anybody, but for healthcheck: every file of every
// package that is linked in, of others' modules, too, is looked through.
func TestNothingCallsOut(t *testing.T) {
	t.Parallel()
	packages := linked(t)
	found := map[string]bool{}
	for _, p := range packages {
		for _, name := range p.GoFiles {
			file := filepath.Join(p.Dir, name)
			id := path.Join(p.ImportPath, name)
			for _, use := range callsOf(t, file) {
				found[id] = true
				if mayCall()[id] == "" {
					t.Errorf("%s uses %s: the server must never call out", id, use)
				}
			}
		}
	}
	for id := range mayCall() {
		if !found[id] {
			t.Errorf("%s calls nobody any more: take it off the list", id)
		}
	}
	if len(packages) < 40 {
		t.Errorf("only %d packages were looked through", len(packages))
	}
}

// SQLite is C that was translated together with a C library, whose functions call
// the system by number, so that no name shows it. None of those that reach a network is
// in the program: nothing that is linked in calls them. Nor is what starts another
// program, which could.
func TestNoCLibraryReachesTheNetwork(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "mockserver")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	symbols, err := exec.CommandContext(t.Context(), "go", "tool", "nm", binary).Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(symbols), "modernc.org/libc.Xopen") {
		t.Fatal("the C library is not where it is looked for")
	}
	network := regexp.MustCompile(`modernc\.org/libc\.X?_*(socket|connect|bind|send|sendto|sendmsg|getaddrinfo|gethostbyname\w*|res_\w+)$` +
		`| (os/exec\.\(\*Cmd\)\.Start|os\.StartProcess|syscall\.(forkExec|Exec)|modernc\.org/libc\.X?_*(system|popen|fork|exec\w*|posix_spawn\w*))$`)
	for line := range strings.Lines(string(symbols)) {
		if name := strings.TrimSpace(line); network.MatchString(name) {
			t.Errorf("the program has %s", name)
		}
	}
}

type linkedPackage struct {
	ImportPath, Dir string
	Standard        bool
	GoFiles         []string
}

// linked are the packages of the program but for the standard library's.
func linked(t *testing.T) []linkedPackage {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Dir,Standard,GoFiles", ".")
	out, err := command.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		t.Fatalf("%v\n%s", err, exit.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	var all []linkedPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p linkedPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		if !p.Standard {
			all = append(all, p)
		}
	}
}

// callsOf are the uses in a file of what calls out, such as "http.Get".
func callsOf(t *testing.T, file string) []string {
	t.Helper()
	head, err := parser.ParseFile(gotoken.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{} // of packages that can call, by what the file calls them
	for _, spec := range head.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := calling()[imported]; !ok {
			continue
		}
		name := path.Base(imported)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if name == "." {
			return []string{"all of " + imported}
		}
		names[name] = imported
	}
	if len(names) == 0 { // most files; some are of many megabytes
		return nil
	}
	whole, err := parser.ParseFile(gotoken.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var uses []string
	ast.Inspect(whole, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if of, ok := s.X.(*ast.Ident); ok && calls(names[of.Name], s.Sel.Name) {
				uses = append(uses, of.Name+"."+s.Sel.Name)
			}
		}
		return true
	})
	slices.Sort(uses)
	return slices.Compact(uses)
}

func calls(imported, name string) bool {
	return slices.ContainsFunc(calling()[imported], func(known string) bool {
		prefix, wild := strings.CutSuffix(known, "*")
		return known == name || wild && strings.HasPrefix(name, prefix)
	})
}
