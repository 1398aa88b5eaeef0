package deploy

import (
	"os"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/google/go-cmp/cmp"
)

// load reads compose.yaml as Compose does: its schema, interpolation and
// consistency are checked by Compose's own library.
func load(t *testing.T, environment map[string]string) *types.Project {
	t.Helper()
	content, err := os.ReadFile("../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	project, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir:  "..",
		ConfigFiles: []types.ConfigFile{{Filename: "compose.yaml", Content: content}},
		Environment: environment,
	}, func(o *loader.Options) { o.SetProjectName("mockserver", true) })
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func TestCompose(t *testing.T) {
	t.Parallel()
	project := load(t, nil)
	service, err := project.GetService("mockserver")
	if err != nil {
		t.Fatal(err)
	}
	if len(project.Services) != 1 || service.Build == nil || service.Image != "mockserver" {
		t.Errorf("services: %v", project.ServiceNames())
	}

	environment := map[string]string{}
	for name, value := range service.Environment {
		environment[name] = *value
	}
	if c := settings(t, environment); c.DB != dbFile {
		t.Errorf("the database is %q", c.DB)
	}
	if _, declared := project.Volumes["data"]; !declared {
		t.Error("no volume data")
	}
	wantVolumes := []types.ServiceVolumeConfig{{Type: "volume", Source: "data", Target: dataDir, Volume: &types.ServiceVolumeVolume{}}}
	if diff := cmp.Diff(wantVolumes, service.Volumes); diff != "" {
		t.Errorf("volumes (-want +got):\n%s", diff)
	}

	if !service.ReadOnly || service.Privileged || !cmp.Equal(service.CapDrop, []string{"ALL"}) || len(service.CapAdd) > 0 {
		t.Errorf("it may more than it needs: read_only %v, cap_drop %v, cap_add %v", service.ReadOnly, service.CapDrop, service.CapAdd)
	}
	if !cmp.Equal(service.SecurityOpt, []string{"no-new-privileges:true"}) {
		t.Errorf("security_opt: %v", service.SecurityOpt)
	}
	if diff := cmp.Diff(types.HealthCheckTest{"CMD", "/mockserver", "healthcheck"}, service.HealthCheck.Test); diff != "" {
		t.Errorf("health check (-want +got):\n%s", diff)
	}
}

func TestComposePort(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, want  string
		environment map[string]string
	}{
		{name: "as it is", want: "8080"},
		{name: "another", environment: map[string]string{"PORT": "9000"}, want: "9000"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			service, err := load(t, tc.environment).GetService("mockserver")
			if err != nil {
				t.Fatal(err)
			}
			want := []types.ServicePortConfig{{Mode: "ingress", HostIP: "127.0.0.1", Target: apiPort, Published: tc.want, Protocol: "tcp"}}
			if diff := cmp.Diff(want, service.Ports); diff != "" {
				t.Errorf("ports (-want +got):\n%s", diff)
			}
		})
	}
}
