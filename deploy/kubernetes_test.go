package deploy

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/yaml"
	admission "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	strict "sigs.k8s.io/yaml"
)

// manifest is what kubernetes.yaml declares.
type manifest struct {
	claim      corev1.PersistentVolumeClaim
	deployment appsv1.Deployment
	service    corev1.Service
}

// decode reads the documents of a manifest into the types of Kubernetes. What
// these have no field for, or another type, is an error; so is another kind.
func decode(content []byte) (manifest, error) {
	var m manifest
	kinds := map[string]any{"v1/PersistentVolumeClaim": &m.claim, "apps/v1/Deployment": &m.deployment, "v1/Service": &m.service}
	documents := yaml.NewDocumentDecoder(io.NopCloser(bytes.NewReader(content)))
	for {
		document := make([]byte, len(content)+1)
		n, err := documents.Read(document)
		if errors.Is(err, io.EOF) && len(kinds) == 0 {
			return m, nil
		}
		if err != nil {
			return m, err
		}
		var kind struct{ APIVersion, Kind string }
		if err := strict.Unmarshal(document[:n], &kind); err != nil {
			return m, err
		}
		name := kind.APIVersion + "/" + kind.Kind
		object, ok := kinds[name]
		if !ok {
			return m, errors.New("unexpected, or twice: " + name)
		}
		delete(kinds, name)
		if err := strict.UnmarshalStrict(document[:n], object); err != nil {
			return m, err
		}
	}
}

func readManifest(t *testing.T) ([]byte, manifest) {
	t.Helper()
	content, err := os.ReadFile("kubernetes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := decode(content)
	if err != nil {
		t.Fatal(err)
	}
	return content, m
}

// TestManifestIsChecked shows that decoding finds what kubectl would refuse.
func TestManifestIsChecked(t *testing.T) {
	t.Parallel()
	content, _ := readManifest(t)
	for _, tc := range []struct{ name, old, new string }{
		{"a field that there is not", "imagePullPolicy:", "imagePullPolicies:"},
		{"a text for a number", "replicas: 1", "replicas: one"},
		{"a field in the wrong place", "      containers:", "      replicas: 1\n      containers:"},
		{"a field twice", "  replicas: 1", "  replicas: 1\n  replicas: 2"},
		{"another kind", "kind: Service", "kind: Ingress"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			changed := bytes.Replace(content, []byte(tc.old), []byte(tc.new), 1)
			if bytes.Equal(changed, content) {
				t.Fatalf("the manifest has no %q", tc.old)
			}
			if _, err := decode(changed); err == nil {
				t.Error("it was taken")
			}
		})
	}
}

// TestPodIsRestricted asks the admission controller's own rules whether the pod
// may run where only the level "restricted" may.
func TestPodIsRestricted(t *testing.T) {
	t.Parallel()
	_, m := readManifest(t)
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	level := admission.LevelVersion{Level: admission.LevelRestricted, Version: admission.LatestVersion()}
	template := m.deployment.Spec.Template
	for _, result := range evaluator.EvaluatePod(level, &template.ObjectMeta, &template.Spec) {
		if !result.Allowed {
			t.Errorf("%s: %s", result.ForbiddenReason, result.ForbiddenDetail)
		}
	}
	// Beyond the level:
	if pod := template.Spec; *pod.AutomountServiceAccountToken || *pod.EnableServiceLinks || *pod.SecurityContext.RunAsUser != user {
		t.Errorf("the pod gets a token or variables that it does not need, or is not the image's user: %+v", pod)
	}
	if !*template.Spec.Containers[0].SecurityContext.ReadOnlyRootFilesystem {
		t.Error("the container can write to its file system")
	}
}

// TestManifestFits checks that its parts find one another, and the server.
func TestManifestFits(t *testing.T) {
	t.Parallel()
	_, m := readManifest(t)
	spec := m.deployment.Spec
	pod := spec.Template.Spec
	container := pod.Containers[0]
	if diff := cmp.Diff(spec.Template.Labels, spec.Selector.MatchLabels); diff != "" {
		t.Errorf("the Deployment does not select its pods (-labels +selector):\n%s", diff)
	}
	if diff := cmp.Diff(spec.Template.Labels, m.service.Spec.Selector); diff != "" {
		t.Errorf("the Service does not select the pods (-labels +selector):\n%s", diff)
	}
	if *spec.Replicas != 1 || spec.Strategy.Type != appsv1.RecreateDeploymentStrategyType || len(pod.Containers) != 1 {
		t.Errorf("one database takes one process at a time: %d replicas, strategy %s", *spec.Replicas, spec.Strategy.Type)
	}
	if volume := pod.Volumes[0]; len(pod.Volumes) != 1 || volume.PersistentVolumeClaim.ClaimName != m.claim.Name || volume.Name != container.VolumeMounts[0].Name {
		t.Errorf("the volume is not the claim's: %+v, %+v", pod.Volumes, container.VolumeMounts)
	}
	if container.VolumeMounts[0].MountPath != dataDir || *pod.SecurityContext.FSGroup != user {
		t.Errorf("the image's user cannot write to the volume: %+v", container.VolumeMounts)
	}
	if container.Image != "mockserver:latest" {
		t.Errorf("the image is %s, not the one that docs/ci.md has a registry's put in the place of", container.Image)
	}
	if memory := container.Resources.Limits.Memory(); memory.IsZero() || container.Resources.Requests.Memory().Cmp(*memory) > 0 || container.Resources.Requests.Cpu().IsZero() {
		t.Errorf("resources: %+v", container.Resources)
	}
}

func TestManifestServes(t *testing.T) {
	t.Parallel()
	_, m := readManifest(t)
	container := m.deployment.Spec.Template.Spec.Containers[0]
	environment := map[string]string{}
	for _, variable := range container.Env {
		environment[variable.Name] = variable.Value
	}
	c := settings(t, environment)
	if c.DB != dbFile || c.Addr != "0.0.0.0:8080" {
		t.Errorf("it serves %s on %s", c.DB, c.Addr)
	}
	if host, _, err := net.SplitHostPort(c.ControlAddr); err != nil || !net.ParseIP(host).IsLoopback() {
		t.Errorf("others reach the control plane on %q", c.ControlAddr)
	}
	ports := []corev1.ContainerPort{{Name: "api", ContainerPort: apiPort}}
	if diff := cmp.Diff(ports, container.Ports); diff != "" {
		t.Errorf("ports (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromString("api")}}, m.service.Spec.Ports); diff != "" {
		t.Errorf("the Service's ports (-want +got):\n%s", diff)
	}
	for path, probes := range map[string][]*corev1.Probe{
		"/_mock/health/live":  {container.LivenessProbe},
		"/_mock/health/ready": {container.ReadinessProbe, container.StartupProbe},
	} {
		for _, probe := range probes {
			if diff := cmp.Diff(&corev1.HTTPGetAction{Path: path, Port: intstr.FromString("api")}, probe.HTTPGet); diff != "" {
				t.Errorf("probe (-want +got):\n%s", diff)
			}
		}
	}
}
