// Command pipelines carries out the jobs of docs/ci.md on this machine: their
// scripts as they stand, with containers of the image mockserver as services and
// a small repository of tests as that of a reader.
//
//	pipelines CHECKOUT            run all jobs
//	pipelines --workflow CHECKOUT print the workflow of GitHub, for actionlint
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "pipelines:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// run does what the arguments say.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("pipelines", flag.ContinueOnError)
	printed := flags.Bool("workflow", false, "print the workflow of GitHub and run nothing")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("name the checkout of mockserver")
	}
	source, err := filepath.Abs(flags.Arg(0))
	if err != nil {
		return err
	}
	page, err := os.ReadFile(filepath.Join(source, "docs", "ci.md"))
	if err != nil {
		return err
	}
	hub, lab, err := pipelines(page)
	if err != nil {
		return err
	}
	if *printed {
		_, err := io.WriteString(stdout, hub)
		return err
	}
	return runAll(ctx, source, hub, lab, stdout)
}

// runAll runs the jobs of both pipelines, one after the other.
func runAll(ctx context.Context, source, hub, lab string, stdout io.Writer) error {
	jobs, err := githubJobs(hub)
	if err != nil {
		return fmt.Errorf("GitHub: %w", err)
	}
	more, err := gitlabJobs(lab)
	if err != nil {
		return fmt.Errorf("GitLab: %w", err)
	}
	r := runner{source: source, user: filepath.Join(source, "deploy", "pipelines", "testdata", "user"), out: stdout}
	for _, j := range append(jobs, more...) {
		fmt.Fprintln(stdout, "---", j.name)
		if err := r.run(ctx, j); err != nil {
			return fmt.Errorf("%s: %w", j.name, err)
		}
	}
	return nil
}
