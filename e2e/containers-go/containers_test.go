package containers

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
	"github.com/testcontainers/testcontainers-go/wait"

	"mockserver/mocktest"
)

const (
	// image is built out of a checkout: docker build --network host -t mockserver .
	image = "mockserver"
	// apiPort is where the image serves, controlPort where a test has the control
	// plane served, if not there.
	apiPort     = "8080/tcp"
	controlPort = "9090/tcp"
)

// startContainer runs a server with the flags until the test ends, and returns
// where its ports, of which the first is the API's, can be reached.
func startContainer(t *testing.T, ports []string, flags ...string) []string {
	t.Helper()
	ctr, err := testcontainers.Run(t.Context(), image,
		testcontainers.WithCmd(flags...),
		testcontainers.WithExposedPorts(ports...),
		// The image's health check asks the same, but only every two seconds.
		testcontainers.WithWaitStrategy(wait.ForHTTP("/_mock/health/ready").WithPort(apiPort).WithPollInterval(20*time.Millisecond)),
		// It needs nothing of its host.
		testcontainers.WithHostConfigModifier(func(host *container.HostConfig) {
			host.ReadonlyRootfs = true
			host.CapDrop = []string{"ALL"}
		}),
		testcontainers.WithLogger(log.TestLogger(t)),
	)
	testcontainers.CleanupContainer(t, ctr)
	if err != nil {
		t.Fatal(err)
	}
	urls := make([]string, len(ports))
	for i, port := range ports {
		if urls[i], err = ctr.PortEndpoint(t.Context(), port, "http"); err != nil {
			t.Fatal(err)
		}
	}
	return urls
}

// createSession is code under test: it orders a session and returns its id. It
// tries again when the service asks it to wait.
func createSession(t *testing.T, client *http.Client, base, name string) string {
	t.Helper()
	for {
		response, err := client.Post(base+"/v2026/role-mining-sessions", "application/json",
			strings.NewReader(`{"name": "`+name+`", "minNumIdentitiesInPotentialRole": 20}`))
		if err != nil {
			t.Fatal(err)
		}
		var created struct{ ID string }
		err = json.NewDecoder(response.Body).Decode(&created)
		_ = response.Body.Close()
		if response.StatusCode == http.StatusTooManyRequests {
			continue // Retry-After is 0 in this example
		}
		if err != nil || response.StatusCode != http.StatusCreated || created.ID == "" {
			t.Fatalf("%s: %v", response.Status, err)
		}
		return created.ID
	}
}

// One container for many tests: each has a tenant of it, an organisation of its
// own, with what mocktest orders there.
func TestTenants(t *testing.T) {
	srv := mocktest.Connect(t, startContainer(t, []string{apiPort}, "--stage-delay", "0s")[0])
	for _, name := range []string{"Mined by one", "Mined by another"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := srv.ForTest(t)
			now := 0
			srv.Faults(mocktest.Fault{Operation: "createRoleMiningSessions", Status: 429, RetryAfter: &now, Times: 2})

			id := createSession(t, srv.Client(), srv.URL(), name)

			srv.WaitSession(id, mocktest.PotentialRolesCreated)
			srv.Verify(mocktest.Call{Operation: "createRoleMiningSessions", Body: map[string]any{"name": name}}, mocktest.Times(3))
			srv.Verify(mocktest.Call{Operation: "createRoleMiningSessions", Status: "201"}, mocktest.Times(1))
		})
	}
}

// The code under test sees the API alone; the tests have the control plane on a
// port of its own, and move the clock of a server that does nothing by itself.
func TestControlPort(t *testing.T) {
	urls := startContainer(t, []string{apiPort, controlPort}, "--control-addr", "0.0.0.0:9090", "--stage-delay", "1h")
	srv := mocktest.Connect(t, urls[0], mocktest.ControlURL(urls[1]))
	srv.SetClock(time.Date(2030, 1, 1, 9, 0, 0, 0, time.UTC))

	id := createSession(t, srv.Client(), srv.URL(), "Mined in hours")
	srv.Advance(24 * time.Hour)
	srv.WaitSession(id, mocktest.PotentialRolesCreated)

	response, err := http.Get(urls[0] + "/_mock/settings")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("the control plane on the API's port: %s", response.Status)
	}
}
