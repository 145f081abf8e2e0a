package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// card is what of a scorecard is compared.
type card struct {
	Service struct {
		Name           string `json:"name"`      // services/<id>
		ShortName      string `json:"shortName"` // the last part of the ID
		UnscoredReason string `json:"unscoredReason"`
	} `json:"service"`
	Results []result `json:"results"`
}

// result is the answer of one check.
type result struct {
	Check    string `json:"check"` // checks/<id>
	Outcome  string `json:"outcome"`
	Reason   string `json:"reason"`
	Evidence []struct {
		Location struct {
			Path      string `json:"path"`
			FirstLine int    `json:"firstLine"`
		} `json:"location"`
		Message string `json:"message"`
	} `json:"evidence"`
}

// notInID are the characters that a repository's ID can't have.
var notInID = regexp.MustCompile(`[^a-z0-9_-]+`)

// scan asks the program about a folder. The ID is the repository's name, wherever it was
// cloned to.
func scan(program, folder, name string) ([]card, error) {
	id := strings.Trim(notInID.ReplaceAllString(strings.ToLower(name), "-"), "-_")
	out, err := output(folder, program, "scan", ".", "--id", id, "--format", "json")
	if err != nil {
		return nil, err
	}
	var answer struct {
		Scorecards []card `json:"scorecards"`
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		return nil, fmt.Errorf("the program's answer: %w", err)
	}
	return answer.Scorecards, nil
}

// id is the service's, without what all have in common.
func (c *card) id() string { return strings.TrimPrefix(c.Service.Name, "services/") }

// named reports whether the name is that of the service: the last part of its ID, or
// more of it, where parts end at dots and slashes.
func (c *card) named(name string) bool {
	return name == c.Service.ShortName || c.id() == name ||
		strings.HasSuffix(c.id(), "."+name) || strings.HasSuffix(c.id(), "/"+name)
}

// find gives the service of the name: the one with just this ID, else the only one whose
// ID ends so.
func find(cards []card, name string) (*card, error) {
	var found []*card
	for i := range cards {
		if c := &cards[i]; c.id() == name {
			return c, nil
		} else if c.named(name) {
			found = append(found, c)
		}
	}
	ids := func(of []*card) string {
		all := make([]string, 0, len(of))
		for _, c := range of {
			all = append(all, c.id())
		}
		slices.Sort(all)
		return strings.Join(all, ", ")
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		all := make([]*card, 0, len(cards))
		for i := range cards {
			all = append(all, &cards[i])
		}
		return nil, fmt.Errorf("no service is named %s; there are: %s", name, ids(all))
	}
	return nil, fmt.Errorf("%s may be any of: %s", name, ids(found))
}

// answer is what the program says to a question.
func (c *card) answer(check string) (*result, error) {
	known := map[string]bool{}
	for i := range c.Results {
		id := strings.TrimPrefix(c.Results[i].Check, "checks/")
		if id == check {
			return &c.Results[i], nil
		}
		known[id] = true
	}
	if len(known) == 0 {
		return nil, fmt.Errorf("service %s is not judged: %s", c.id(), c.Service.UnscoredReason)
	}
	return nil, fmt.Errorf("no check has the ID %s; there are: %s", check, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
}
