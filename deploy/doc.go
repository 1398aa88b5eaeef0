// Package deploy checks compose.yaml and kubernetes.yaml: against what Compose
// and Kubernetes take, and against what the server has.
package deploy
