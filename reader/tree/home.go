package tree

import (
	"encoding/json"
	"io"
	"io/fs"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

var (
	remoteURL  = lazyregexp.New(`(?m)^\s*url\s*=\s*\S*?[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?\s*$`)
	moduleLine = lazyregexp.New(`(?m)^module\s+(?:github|gitlab)\.(?:com|io)/([\w.-]+/[\w.-]+)`)
	projectURL = lazyregexp.New(`github\.com[:/]([\w.-]+/[\w.-]+)`)
)

// Home is the repository that it is, "owner/name" in lower case: of git's own
// configuration, else of what the files in the root say of themselves. Empty where neither
// tells.
func (t *Tree) Home() string {
	t.home.Do(func() { t.homeName = strings.ToLower(t.findHome()) })
	return t.homeName
}

func (t *Tree) findHome() string {
	if m := remoteURL.FindSubmatch(t.gitConfig()); m != nil {
		return string(m[1])
	}
	if data, ok := t.Read("go.mod"); ok {
		if m := moduleLine.FindSubmatch(data); m != nil {
			return string(m[1])
		}
	}
	data, _ := t.Read("package.json")
	var p struct {
		Repository any `json:"repository"` // a text, or an object with a url
	}
	if json.Unmarshal(data, &p) != nil {
		return ""
	}
	text, _ := p.Repository.(string)
	if o, ok := p.Repository.(map[string]any); ok {
		text, _ = o["url"].(string)
	}
	if m := projectURL.FindStringSubmatch(text); m != nil {
		return strings.TrimSuffix(m[1], ".git")
	}
	return ""
}

// maxGitConfig is how much of git's configuration is read.
const maxGitConfig = 1 << 20

// gitConfig reads git's configuration, a regular file that the tree leaves out.
func (t *Tree) gitConfig() []byte {
	const name = ".git/config"
	info, err := fs.Stat(t.fsys, name)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := t.fsys.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxGitConfig))
	if err != nil {
		return nil
	}
	return data
}
