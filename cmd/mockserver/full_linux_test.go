package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// limitFiles bounds how large the files of a running process can grow, in bytes.
// Writes beyond it fail, as they do where a quota is used up.
func limitFiles(t *testing.T, pid int, bytes uint64) {
	t.Helper()
	limit := syscall.Rlimit{Cur: bytes, Max: ^uint64(0)}
	_, _, fault := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if fault != 0 {
		t.Fatal("prlimit: ", fault)
	}
}

// inTmpfs is a command of the test binary: it mounts a small file system on a
// folder, for itself alone, and becomes mockserver.
//
//	inTmpfs FOLDER SIZE ARGS...
func inTmpfs() {
	err := syscall.Mount("none", os.Args[1], "tmpfs", 0, "size="+os.Args[2])
	if err == nil {
		err = syscall.Exec("/proc/self/exe", append([]string{"mockserver"}, os.Args[3:]...), os.Environ())
	}
	fmt.Fprintln(os.Stderr, "inTmpfs:", err)
	os.Exit(1)
}

// limited is a command of the test binary: mockserver whose files cannot grow
// beyond a number of bytes.
//
//	limited BYTES ARGS...
func limited() {
	bytes, err := strconv.ParseUint(os.Args[1], 10, 64)
	if err == nil {
		err = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: bytes})
	}
	if err == nil {
		err = syscall.Exec("/proc/self/exe", append([]string{"mockserver"}, os.Args[2:]...), os.Environ())
	}
	fmt.Fprintln(os.Stderr, "limited:", err)
	os.Exit(1)
}

// onSmallDisk is mockserver with a folder on a file system of a size. Others see
// it through the process: disk is where, once it runs.
func onSmallDisk(t *testing.T, folder, size string, args ...string) (cmd *exec.Cmd, disk func() string) {
	t.Helper()
	cmd = mockserver()
	cmd.Args = append([]string{"inTmpfs", folder, size}, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	return cmd, func() string { return filepath.Join("/proc", strconv.Itoa(cmd.Process.Pid), "root", folder) }
}

// needNamespaces skips a test where the system lets nobody mount anything. CI
// does not take that for a pass.
func needNamespaces(t *testing.T) {
	t.Helper()
	cmd, _ := onSmallDisk(t, t.TempDir(), "1m", "version")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("no file system can be mounted here without rights: %v %s", err, out)
	}
}

// full is a server without room, or with: what its clients are told.
type full struct {
	t *testing.T
	*server
	log     *bytes.Buffer // to be read after its end
	outside bool          // new files have room: what is full is one file
}

// send sends a request and returns the answer, which must be of a status.
func (f full) send(want int, method, path, body string) []byte {
	f.t.Helper()
	status, answer, err := request(method, f.url+path, "", body)
	if err != nil || status != want {
		f.t.Fatalf("%s %s: %d %.500s (%v), want %d", method, path, status, answer, err, want)
	}
	return answer
}

// refused sends what must be refused for want of room.
func (f full) refused(method, path, body string) {
	f.t.Helper()
	answer := f.send(http.StatusInsufficientStorage, method, path, body)
	const reason = "there is no space left, or a quota or a limit on the size of files is reached"
	form := `"detailCode":"507 Insufficient Storage"`
	if strings.Contains(path, "/_mock/") {
		form = `{"error":"The database could not be written: `
	}
	if !bytes.Contains(answer, []byte(reason)) || !bytes.Contains(answer, []byte(form)) {
		f.t.Errorf("%s %s: %s, want %s and the reason", method, path, answer, form)
	}
	for _, word := range []string{"SELECT", "INSERT", "SQL", "disk I/O", "database or disk"} {
		if bytes.Contains(answer, []byte(word)) {
			f.t.Errorf("%s %s: the answer shows %q: %s", method, path, word, answer)
		}
	}
}

const fullSession = `{"name":"a","minNumIdentitiesInPotentialRole":5,"scope":{"criteria":"attributes.location:Miami"}}`

// sessions are the ids of all sessions of a tenant, "" for the default one.
func (f full) sessions(prefix string) []string {
	f.t.Helper()
	var all []struct{ ID string }
	if err := json.Unmarshal(f.send(http.StatusOK, http.MethodGet, prefix+"/v2026/role-mining-sessions?limit=250", ""), &all); err != nil {
		f.t.Fatal(err)
	}
	ids := make([]string, len(all))
	for i, s := range all {
		ids[i] = s.ID
	}
	return ids
}

// useUp creates sessions until there is no room for another one; it returns
// those that were acknowledged.
func (f full) useUp() (acknowledged []string) {
	f.t.Helper()
	for range 10_000 {
		status, answer, err := request(http.MethodPost, f.url+"/v2026/role-mining-sessions", "", fullSession)
		switch {
		case err != nil:
			f.t.Fatal(err)
		case status == http.StatusInsufficientStorage:
			return acknowledged
		case status != http.StatusCreated:
			f.t.Fatalf("%d %s", status, answer)
		}
		var created struct{ ID string }
		if err := json.Unmarshal(answer, &created); err != nil {
			f.t.Fatal(err)
		}
		acknowledged = append(acknowledged, created.ID)
	}
	f.t.Fatal("there is always room")
	return nil
}

// without asks of a server without room what it must do: refuse every write and
// change nothing by it, and go on reading.
func (f full) without() {
	f.t.Helper()
	document := f.send(http.StatusOK, http.MethodGet, "/_mock/fixtures", "")
	before := f.sessions("")
	roles := f.send(http.StatusOK, http.MethodGet, "/v2026/role-mining-potential-roles?limit=250", "")
	var list []struct{ ID, PotentialRoleID string }
	if err := json.Unmarshal(roles, &list); err != nil || len(list) == 0 {
		f.t.Fatalf("roles: %v %s", err, roles)
	}
	kept := before[len(before)-1] // one of the fixtures: the list has the newest first
	f.refused(http.MethodPost, "/v2026/role-mining-sessions", fullSession)
	f.refused(http.MethodPatch, "/v2026/role-mining-sessions/"+kept, replace("/name", "other"))
	f.refused(http.MethodPost, "/_mock/reset", "")
	f.refused(http.MethodPut, "/_mock/fixtures", string(document))
	f.refused(http.MethodPatch, "/_mock/fixtures", `{"remove":{"clients":["mock-no-user"]}}`)
	if !f.outside {
		f.refused(http.MethodPut, "/_mock/tenants/late", "")
		f.refused(http.MethodGet, "/t/late/v2026/role-mining-sessions", "")
		f.send(http.StatusNotFound, http.MethodGet, "/_mock/tenants/late", "")
	}
	f.send(http.StatusOK, http.MethodGet, "/_mock/health/ready", "")
	if got := f.sessions(""); strings.Join(got, " ") != strings.Join(before, " ") {
		f.t.Errorf("the refused writes have changed the sessions from %q to %q", before, got)
	}
	if got := f.send(http.StatusOK, http.MethodGet, "/_mock/fixtures", ""); !bytes.Equal(got, document) {
		f.t.Error("the refused writes have changed the organisation")
	}
	if got := f.send(http.StatusOK, http.MethodGet, "/v2026/role-mining-potential-roles?limit=250", ""); !bytes.Equal(got, roles) {
		f.t.Error("the refused writes have changed the potential roles")
	}
}

// with asks of a server that has room again to do all of that, and to end what
// it had begun.
func (f full) with(acknowledged []string) {
	f.t.Helper()
	for _, id := range acknowledged {
		err := eventually(func() (bool, error) {
			status, answer, err := request(http.MethodGet, f.url+"/v2026/role-mining-sessions/"+id+"/status", "", "")
			if err == nil && status != http.StatusOK {
				err = fmt.Errorf("%d %s", status, answer)
			}
			return bytes.Contains(answer, []byte("POTENTIAL_ROLES_CREATED")), err
		})
		if err != nil {
			f.t.Errorf("session %s: %v", id, err)
		}
	}
	f.send(http.StatusCreated, http.MethodPut, "/_mock/tenants/late", "")
	f.send(http.StatusCreated, http.MethodPost, "/t/late/v2026/role-mining-sessions", fullSession)
	f.send(http.StatusAccepted, http.MethodPatch, "/v2026/role-mining-sessions/"+acknowledged[0], replace("/name", "other"))
	f.send(http.StatusOK, http.MethodPatch, "/_mock/fixtures", `{"remove":{"clients":["mock-no-user"]}}`)
	f.send(http.StatusOK, http.MethodPost, "/_mock/reset", "")
	if n := len(f.sessions("")); n != 2 { // those of the fixtures
		f.t.Errorf("%d sessions after a reset", n)
	}
}

// TestFileSizeLimit has the files of a server reach the limit that a user may be
// given on the size of files, and takes the limit away again.
func TestFileSizeLimit(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		limit   func(used uint64) uint64
		outside bool
	}{
		"no byte more":  {func(uint64) uint64 { return 0 }, false},
		"a little more": {func(used uint64) uint64 { return used + 200_000 }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, log := filepath.Join(t.TempDir(), "db"), &bytes.Buffer{}
			f := full{t, startServer(t, log, "--db", db, "--auth=off", "--stage-delay=5ms", "--log-level=error", "--log-format=json"), log, tc.outside}
			f.send(http.StatusCreated, http.MethodPost, "/v2026/role-mining-sessions", fullSession)
			info, err := os.Stat(db + "-wal")
			if err != nil {
				t.Fatal(err)
			}
			limitFiles(t, f.cmd.Process.Pid, tc.limit(uint64(info.Size())))
			f.through(func() { limitFiles(t, f.cmd.Process.Pid, ^uint64(0)) })
		})
	}
}

// through takes a server out of room and back, which makes room for it.
func (f full) through(makeRoom func()) {
	f.t.Helper()
	acknowledged := f.useUp()
	f.without()
	makeRoom()
	acknowledged = append(acknowledged, f.useOnce())
	f.with(acknowledged)
	if err := f.terminate(); err != nil {
		f.t.Error(err)
	}
	if log := f.log.String(); !strings.Contains(log, "there is no space left") || strings.Contains(log, "INSERT") {
		f.t.Errorf("the log does not say why, or shows SQL: %s", log)
	}
}

func (f full) useOnce() string {
	f.t.Helper()
	var created struct{ ID string }
	if err := json.Unmarshal(f.send(http.StatusCreated, http.MethodPost, "/v2026/role-mining-sessions", fullSession), &created); err != nil {
		f.t.Fatal(err)
	}
	return created.ID
}

// TestFullDisk fills the file system under a server to the last block, and frees
// some again.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	folder, log := t.TempDir(), &bytes.Buffer{}
	cmd, disk := onSmallDisk(t, folder, "24m", "--addr", "127.0.0.1:0", "--db", filepath.Join(folder, "db"), "--auth=off", "--stage-delay=5ms", "--log-level=error", "--log-format=json")
	s, err := launch(cmd, discard{}, unclosed{log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.kill() })
	ballast := filepath.Join(disk(), "ballast")
	fill(t, ballast)
	full{t, s, log, false}.through(func() {
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	})
}

// fill writes a file until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.Copy(f, zeros{}); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// ofSystem are the test binary's own commands on this system.
func ofSystem() map[string]func() { return map[string]func(){"inTmpfs": inTmpfs, "limited": limited} }

// TestStartWithoutRoom starts where the organisation does not fit: the command
// says so and ends with the code of a database that cannot be used. What it left
// is no obstacle once there is room.
func TestStartWithoutRoom(t *testing.T) {
	t.Parallel()
	const text = "there is no space left for the file, or it reaches a quota or a limit on the size of files"
	t.Run("limit", func(t *testing.T) {
		t.Parallel()
		for _, bytes := range []string{"0", "100", "5000", "40000", "900000"} {
			db := filepath.Join(t.TempDir(), "db")
			cmd := mockserver()
			cmd.Args = []string{"limited", bytes, "--addr", "127.0.0.1:0", "--db", db}
			refusesToStart(t, cmd, "database "+db, text)
			s := startServer(t, io.Discard, "--db", db, "--auth=off")
			if got := (full{t: t, server: s}).sessions(""); len(got) != 2 {
				t.Errorf("%d sessions after a start within %s bytes and another without limit", len(got), bytes)
			}
		}
	})
	t.Run("disk", func(t *testing.T) {
		t.Parallel()
		needNamespaces(t)
		folder := t.TempDir()
		for _, size := range []string{"4k", "64k", "1m"} {
			cmd, _ := onSmallDisk(t, folder, size, "--addr", "127.0.0.1:0", "--db", filepath.Join(folder, "db"))
			refusesToStart(t, cmd, "database "+filepath.Join(folder, "db"), text)
		}
	})
}
