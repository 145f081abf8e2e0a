package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// outcomes are what a label, and an answer, may be.
var outcomes = []string{"PASS", "FAIL", "NOT_APPLICABLE", unknown}

const unknown = "UNKNOWN"

// label is what a person says of one service and check.
type label struct {
	line                         int
	service, check, outcome, why string
}

// labelled is a file of labels: a repository at a commit, and what is true of it.
type labelled struct {
	file                     string
	url, owner, name, commit string
	labels                   []label
}

func (l *labelled) repository() string { return l.owner + "/" + l.name }

// at names a line of the file in an error.
func (l *labelled) at(line int, format string, a ...any) error {
	return fmt.Errorf("%s:%d: %s", l.file, line, fmt.Sprintf(format, a...))
}

// readLabels reads all files of the folder, by name. Everything that is wrong is said at
// once; a folder that is not there has none.
func readLabels(folder string) (all []*labelled, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.tsv"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var wrong []error
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		l, err := parseLabels(file, string(content))
		all, wrong = append(all, l), append(wrong, err)
	}
	return all, errors.Join(wrong...)
}

// header is the first line of a file of labels.
var header = regexp.MustCompile(`^# (https://[^/\s]+/([\w.-]+)/([\w.-]+)) ([0-9a-f]{40})$`)

// parseLabels reads one file: `# <address> <commit>`, then a label a line, its service,
// check, outcome and reason parted by tabs. Empty lines and those that begin with # are
// for the reader.
func parseLabels(file, content string) (*labelled, error) {
	l := &labelled{file: file}
	lines := strings.Split(strings.TrimSuffix(content, "\n"), "\n")
	first := header.FindStringSubmatch(lines[0])
	if first == nil {
		return l, l.at(1, "the first line is `# https://github.com/owner/name <commit of 40 digits>`")
	}
	l.url, l.owner, l.name, l.commit = first[1], first[2], first[3], first[4]
	var wrong []error
	if want := l.owner + "+" + l.name + ".tsv"; filepath.Base(file) != want {
		wrong = append(wrong, l.at(1, "the file of this repository is named %s", want))
	}
	seen := map[[2]string]int{}
	for i, line := range lines[1:] {
		n := i + 2
		cells, err := fields(line, 4)
		switch {
		case err != nil:
			wrong = append(wrong, l.at(n, "%s: service, check, outcome and why are wanted, parted by tabs", err))
			continue
		case cells == nil:
			continue
		case !slices.Contains(outcomes, cells[2]):
			wrong = append(wrong, l.at(n, "%q is none of %s", cells[2], strings.Join(outcomes, ", ")))
			continue
		}
		key := [2]string{cells[0], cells[1]}
		if before := seen[key]; before > 0 {
			wrong = append(wrong, l.at(n, "line %d has a label for %s and %s already", before, cells[0], cells[1]))
			continue
		}
		seen[key] = n
		l.labels = append(l.labels, label{n, cells[0], cells[1], cells[2], cells[3]})
	}
	if len(l.labels) == 0 && wrong == nil {
		wrong = append(wrong, l.at(1, "there is no label"))
	}
	return l, errors.Join(wrong...)
}

// fields are the cells of a line, none of them empty; nil for a line without any.
func fields(line string, want int) ([]string, error) {
	line = strings.TrimSuffix(line, "\r")
	if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
		return nil, nil
	}
	cells := strings.Split(line, "\t")
	if len(cells) != want {
		return nil, fmt.Errorf("%d cells, not %d", len(cells), want)
	}
	for i := range cells {
		if cells[i] = strings.TrimSpace(cells[i]); cells[i] == "" {
			return nil, fmt.Errorf("cell %d is empty", i+1)
		}
	}
	return cells, nil
}

// question names what is asked: of which service of which repository, by which check.
type question struct{ repository, service, check string }

// reason is a line of misses.tsv: why the program's answer is another.
type reason struct {
	line int
	why  string
}

// reasons are those of misses.tsv.
type reasons struct {
	file string
	all  map[question]reason
}

// readMisses reads repository (owner/name), service, check and explanation, parted by
// tabs. Empty lines and those that begin with # are for the reader.
func readMisses(file string) (reasons, error) {
	r := reasons{file, map[question]reason{}}
	content, err := os.ReadFile(file)
	if err != nil {
		return r, err
	}
	var wrong []error
	for i, line := range strings.Split(string(content), "\n") {
		cells, err := fields(line, 4)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s:%d: %w: repository, service, check and explanation are wanted, parted by tabs", file, i+1, err))
		}
		if cells == nil {
			continue
		}
		q := question{cells[0], cells[1], cells[2]}
		if before, have := r.all[q]; have {
			wrong = append(wrong, fmt.Errorf("%s:%d: line %d explains this already", file, i+1, before.line))
			continue
		}
		r.all[q] = reason{i + 1, cells[3]}
	}
	return r, errors.Join(wrong...)
}
