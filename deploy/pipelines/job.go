package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// job is a job of a pipeline, whatever its vendor calls its parts.
type job struct {
	name     string
	env      map[string]string
	services []service
	steps    []step
}

// service is a container beside a job.
type service struct {
	image string
	env   map[string]string
	// host and port are where the job reaches it.
	host string
	port string
	// awaited says that the vendor waits for its health check.
	awaited bool
}

// step is a part of a job: a script, or a checkout to a folder.
type step struct {
	name     string
	script   string
	checkout string
	// onFailure says that it is only for jobs that have failed.
	onFailure bool
}

// blocks are the YAML blocks of a page, in order.
func blocks(page []byte) []string {
	var found []string
	var block *strings.Builder
	for line := range strings.Lines(string(page)) {
		switch {
		case block == nil && strings.TrimSpace(line) == "```yaml":
			block = &strings.Builder{}
		case block != nil && strings.TrimSpace(line) == "```":
			found = append(found, block.String())
			block = nil
		case block != nil:
			block.WriteString(line)
		}
	}
	return found
}

// pipelines are the two of the page: GitHub's workflow and GitLab's file.
func pipelines(page []byte) (workflow, gitlab string, err error) {
	found := blocks(page)
	if len(found) != 2 {
		return "", "", fmt.Errorf("the page has %d blocks of YAML, not a workflow of GitHub and a file of GitLab", len(found))
	}
	return found[0], found[1], nil
}

// workflow is what is understood of a workflow of GitHub. actionlint knows the
// rest of the language; what is not here is refused, so that nothing of the
// page goes unnoticed.
type workflow struct {
	Name        string            `json:"name"`
	On          []string          `json:"on"`
	Permissions map[string]string `json:"permissions"`
	Jobs        map[string]struct {
		RunsOn   string            `json:"runs-on"`
		Env      map[string]string `json:"env"`
		Services map[string]struct {
			Image       string            `json:"image"`
			Credentials map[string]string `json:"credentials"` // not needed for an image that is here
			Ports       []string          `json:"ports"`
			Env         map[string]string `json:"env"`
		} `json:"services"`
		Steps []struct {
			Name string         `json:"name"`
			Uses string         `json:"uses"`
			With map[string]any `json:"with"`
			Run  string         `json:"run"`
			If   string         `json:"if"`
		} `json:"steps"`
	} `json:"jobs"`
}

// githubJobs reads a workflow.
func githubJobs(content string) ([]job, error) {
	var w workflow
	if err := yaml.UnmarshalStrict(onAsText(content), &w); err != nil {
		return nil, err
	}
	var jobs []job
	for _, name := range slices.Sorted(maps.Keys(w.Jobs)) {
		declared := w.Jobs[name]
		j := job{name: "GitHub: " + name, env: declared.Env}
		for _, s := range declared.Services {
			if len(s.Ports) != 1 {
				return nil, fmt.Errorf("%s: the service has %d ports, not one", name, len(s.Ports))
			}
			published, _, _ := strings.Cut(s.Ports[0], ":")
			j.services = append(j.services, service{image: s.Image, env: s.Env, host: "127.0.0.1", port: published, awaited: true})
		}
		for _, s := range declared.Steps {
			part := step{name: s.Name, script: s.Run, onFailure: s.If == "failure()"}
			if s.If != "" && !part.onFailure {
				return nil, fmt.Errorf("%s: a step has the condition %q", name, s.If)
			}
			action, _, _ := strings.Cut(s.Uses, "@")
			switch action {
			case "":
			case "actions/checkout":
				part.checkout, _ = s.With["path"].(string)
				if part.checkout == "" {
					part.checkout = "."
				}
			case "actions/setup-node", "actions/setup-go":
				continue // both are there already
			default:
				return nil, fmt.Errorf("%s: cannot stand in for %s", name, s.Uses)
			}
			j.steps = append(j.steps, part)
		}
		jobs = append(jobs, j)
	}
	if len(jobs) == 0 {
		return nil, errors.New("the workflow has no jobs")
	}
	return jobs, nil
}

// onAsText quotes the key "on", which YAML 1.1 takes for true.
func onAsText(content string) []byte {
	return bytes.Replace([]byte(content), []byte("\non:"), []byte("\n\"on\":"), 1)
}

// gitlabJobs reads a file of GitLab's whose top level has jobs only.
func gitlabJobs(content string) ([]job, error) {
	var file map[string]struct {
		Image    string `json:"image"`
		Services []struct {
			Name      string            `json:"name"`
			Alias     string            `json:"alias"`
			Variables map[string]string `json:"variables"`
		} `json:"services"`
		Variables    map[string]string `json:"variables"`
		BeforeScript []string          `json:"before_script"`
		Script       []string          `json:"script"`
	}
	if err := yaml.UnmarshalStrict([]byte(content), &file); err != nil {
		return nil, err
	}
	var jobs []job
	for _, name := range slices.Sorted(maps.Keys(file)) {
		declared := file[name]
		if len(declared.Script) == 0 || declared.Image == "" {
			return nil, fmt.Errorf("%s: a job has an image and a script", name)
		}
		j := job{name: "GitLab: " + name, env: declared.Variables, steps: []step{{checkout: "."}}}
		for _, s := range declared.Services {
			j.services = append(j.services, service{image: s.Name, env: s.Variables, host: s.Alias, port: "8080"})
		}
		script := strings.Join(append(declared.BeforeScript, declared.Script...), "\n")
		j.steps = append(j.steps, step{name: "script", script: script})
		jobs = append(jobs, j)
	}
	if len(jobs) == 0 {
		return nil, errors.New("the file has no jobs")
	}
	return jobs, nil
}
