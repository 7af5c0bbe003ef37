// dockerfile-lint FILE: reads a Dockerfile as `docker build` does, and ends with 1 where BuildKit would refuse or warn.
package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

func main() {
	faults, err := lint(os.Args[1])
	if err != nil {
		faults = append(faults, err.Error())
	}
	for _, fault := range faults {
		fmt.Fprintln(os.Stderr, fault)
	}
	if len(faults) > 0 {
		os.Exit(1)
	}
}

func lint(path string) (faults []string, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	parsed, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	for _, warning := range parsed.Warnings {
		faults = append(faults, warning.Short)
	}
	warn := func(rule, _, _, message string, _ []parser.Range) { faults = append(faults, rule+": "+message) }
	_, _, err = instructions.Parse(parsed.AST, linter.New(&linter.Config{Warn: warn}))
	return faults, err
}
