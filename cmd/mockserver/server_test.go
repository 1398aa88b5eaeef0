package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// server is a mockserver in a process of its own.
type server struct {
	url string
	cmd *exec.Cmd

	read sync.WaitGroup // until its standard output ends
	wait func() error   // for its end, once
}

// launch starts a command and waits until it is ready. What it writes goes to
// the writers, which are closed with it.
func launch(cmd *exec.Cmd, stdout, stderr io.WriteCloser) (*server, error) {
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd}
	s.wait = sync.OnceValue(func() error {
		s.read.Wait()
		return errors.Join(cmd.Wait(), stdout.Close(), stderr.Close())
	})
	urls := make(chan string, 1)
	s.read.Go(func() {
		defer close(urls)
		lines, url := bufio.NewScanner(pipe), ""
		for lines.Scan() {
			_, _ = fmt.Fprintln(stdout, lines.Text())
			if _, after, ok := strings.Cut(lines.Text(), " listens on "); ok {
				url = after
			}
			if strings.HasPrefix(lines.Text(), "A token:") { // the last line of the greeting
				urls <- url
			}
		}
	})
	url, ok := <-urls
	if !ok {
		return nil, fmt.Errorf("it ended before it was ready: %w", s.wait())
	}
	s.url = url
	err = eventually(func() (bool, error) {
		response, err := http.Get(url + "/_mock/health/ready")
		if err != nil {
			return false, err
		}
		return response.StatusCode == http.StatusOK, response.Body.Close()
	})
	if err != nil {
		return nil, errors.Join(err, s.kill())
	}
	return s, nil
}

// terminate sends SIGTERM and returns how the server ended; nil is exit code 0.
func (s *server) terminate() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.end()
}

// kill ends the server as a crash would.
func (s *server) kill() error {
	_ = s.cmd.Process.Kill() // it may have ended already
	return s.end()
}

// end waits for the server's end, but not for ever.
func (s *server) end() error {
	hung := time.AfterFunc(30*time.Second, func() { _ = s.cmd.Process.Signal(syscall.SIGQUIT) })
	defer hung.Stop()
	return s.wait()
}

// token takes an access token with the form, and fails on any other answer.
func (s *server) token(form string) (string, error) {
	response, err := http.Post(s.url+"/oauth/token", "application/x-www-form-urlencoded", strings.NewReader(form))
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var body struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK || body.Token == "" {
		return "", fmt.Errorf("no token: status %d", response.StatusCode)
	}
	return body.Token, nil
}

// anyone is a form for a token of a lenient server.
const anyone = "grant_type=client_credentials&client_id=me&client_secret=x"
