package deploy

import (
	"flag"
	"slices"
	"testing"

	"mockserver/internal/config"
)

const (
	apiPort = 8080
	user    = 65532 // of the image
	dataDir = "/data"
	dbFile  = dataDir + "/mockserver.db"
)

// settings is what the server makes of an environment; one that it would
// refuse, or has no setting for, fails the test.
func settings(t *testing.T, environment map[string]string) config.Config {
	t.Helper()
	var environ, known []string
	config.Flags().VisitAll(func(f *flag.Flag) { known = append(known, config.EnvName(f.Name)) })
	for name, value := range environment {
		if !slices.Contains(known, name) {
			t.Errorf("%s is no setting of the server", name)
		}
		environ = append(environ, name+"="+value)
	}
	c, err := config.Load(nil, environ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
