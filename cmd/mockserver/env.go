package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"mockserver/internal/app"
	"mockserver/internal/config"
	"mockserver/internal/rolemining"
	"mockserver/internal/store"
	"mockserver/internal/tenant"
)

func (p *program) envCommand() command {
	return command{
		name:  "env",
		args:  "[--shell SHELL] [--tenant NAME] [flags of serve]",
		short: "print the exports by which the official SDKs find a server",
		about: `Prints the lines that set SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET in
a shell, as the official SDKs read them, for the server that the flags of serve
and their twins in the environment describe. Nothing is started, and none needs
to run: the client is the first administrator's of the database (--db), or of
the fixtures, or of the built-in organisation.

  eval "$(mockserver env)"
  mockserver env --shell fish | source
  mockserver env --shell powershell | Out-String | Invoke-Expression
  mockserver env --shell cmd > env.bat && call env.bat
  eval "$(mockserver env --addr :9090 --tenant team-a)"`,
		flags: withFlags(config.Flags(), (&envFlags{}).add),
		usage: usageWith((&envFlags{}).add),
		run:   p.env,
	}
}

// envFlags are the flags of env beside those of serve.
type envFlags struct {
	shell, tenant string
}

func (f *envFlags) add(fs *flag.FlagSet) {
	fs.StringVar(&f.shell, "shell", "", "write for `SHELL`: "+shellNames()+"; without it for that of $SHELL")
	fs.StringVar(&f.tenant, "tenant", "", "for the tenant `NAME` instead of the default one")
}

func (p *program) env(ctx context.Context, args []string) error {
	var own envFlags
	settings, err := p.settingsWith(args, own.add)
	if err != nil {
		return err
	}
	shell, err := p.shell(own.shell)
	if err != nil {
		return err
	}
	url, err := urlOf(settings.Addr)
	if err != nil {
		return err
	}
	if own.tenant != "" {
		url += "/t/" + own.tenant
	}
	id, secret, err := p.credentials(ctx, settings, own.tenant)
	if err != nil {
		return err
	}
	var lines strings.Builder
	for _, v := range [][2]string{{baseURLVariable, url}, {"SAIL_CLIENT_ID", id}, {"SAIL_CLIENT_SECRET", secret}} {
		line, err := shell.set(v[0], v[1])
		if err != nil {
			return err
		}
		lines.WriteString(line + "\n")
	}
	_, err = fmt.Fprint(p.stdout, lines.String())
	return err
}

// urlOf is how a client on this machine reaches a server at an address.
func urlOf(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", usageError{err: err}
	}
	if strings.Trim(port, "0") == "" {
		return "", misuse("which port a server on %s took is not known here: name it, as in --addr 127.0.0.1:8080", addr)
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port), nil
}

// credentials are those of the client to try a server with.
func (p *program) credentials(ctx context.Context, settings config.Config, name string) (id, secret string, err error) {
	file, err := app.DatabaseFile(settings, name)
	if err != nil {
		return "", "", usageError{err: err}
	}
	if err := folderOf(settings.DB); err != nil {
		return "", "", err
	}
	if _, err := os.Stat(file); file != "" && !errors.Is(err, fs.ErrNotExist) {
		clients, err := store.PeekClients(ctx, file)
		if err != nil {
			return "", "", err
		}
		if len(clients) > 0 { // a database keeps its organisation, whatever the fixtures say
			id, secret = tenant.CredentialsOf(clients)
			return id, secret, nil
		}
	}
	data, err := p.fixtures(ctx, settings.Fixtures)
	id, secret = tenant.CredentialsOf(data.Clients)
	return id, secret, err
}

// folderOf refuses a database whose folder is not there, since no server makes one.
func folderOf(file string) error {
	if file == "" {
		return nil
	}
	dir := filepath.Dir(file)
	switch info, err := os.Stat(dir); {
	case err != nil:
		return &store.OpenError{Path: file, Err: fmt.Errorf("%w: %w", store.ErrUnwritable, err)}
	case !info.IsDir():
		return &store.OpenError{Path: file, Err: fmt.Errorf("%w: %s is not a folder", store.ErrUnwritable, dir)}
	}
	return nil
}

// fixtures reads those of a folder, "" for the built-in ones.
func (p *program) fixtures(ctx context.Context, dir string) (rolemining.Dataset, error) {
	if dir == "" {
		return builtIn(ctx)
	}
	root, err := openFixtures(dir)
	if err != nil {
		return rolemining.Dataset{}, err
	}
	defer root.Close() //nolint:errcheck // it was only read
	bar := newProgress(p.stderr)
	defer bar.end()
	return loadFixtures(root.FS(), bar)
}
