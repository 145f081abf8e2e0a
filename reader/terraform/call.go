package terraform

import (
	"net/url"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// newCall says what a module source is and whether it is pinned: a folder beside
// it, a registry module with a bounded version, a repository at a ref that is no
// moving branch, an archive or artefact whose address holds a version or a checksum.
func newCall(name, folder string, source, version text) scorecard.ModuleCall {
	call := scorecard.ModuleCall{
		Name:    name,
		Source:  clean(strings.ReplaceAll(string(source), hole, "…")),
		Version: strings.TrimSpace(strings.ReplaceAll(string(version), hole, "…")),
	}
	if source.known() {
		if local, ok := localSource(folder, string(source)); ok {
			call.Local, call.Pinned = local, true
			return call
		}
	}
	switch {
	case isLocal(string(source)):
		call.Pinned = true // beside it, or outside of what was scanned; it moves with the repository
	case registry.MatchString(string(source)) && !hosted.MatchString(string(source)):
		call.Pinned = version.known() && bounded(call.Version, false)
	default:
		call.Pinned = pinnedAddress(string(source))
	}
	return call
}

var (
	// registry is `[host/]namespace/name/provider`, with a folder behind `//`.
	registry = lazyregexp.New(`^(?:[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+(?::\d+)?/)?[0-9A-Za-z][0-9A-Za-z_-]*/[0-9A-Za-z][0-9A-Za-z_-]*/[0-9a-z]+(?://.*)?$`)
	// hosted are the hosts whose bare address means a git repository.
	hosted = lazyregexp.New(`^(?:github\.com|bitbucket\.org|gitlab\.com)/`)
	// versioned finds a version in an archive's address.
	versioned = lazyregexp.New(`(?:^|[/_=-])v?\d+\.\d+(?:\.\d+)*`)
	forced    = lazyregexp.New(`^([a-z0-9]+)::`)
	archive   = lazyregexp.New(`\.(?:zip|tar\.gz|tgz|tar\.bz2|tbz2|tar\.xz|txz|tar)$`)
	userinfo  = lazyregexp.New(`//[^/@?#]*@`)
)

func isLocal(source string) bool {
	return strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../") || source == "." || source == ".." ||
		strings.HasPrefix(source, `.\`) || strings.HasPrefix(source, `..\`)
}

// localSource resolves a source that is a path; false where it is none, or leads
// out of the repository.
func localSource(folder, source string) (string, bool) {
	if !isLocal(source) {
		return "", false
	}
	p := path.Join(folder, strings.ReplaceAll(source, `\`, "/"))
	if p == ".." || strings.HasPrefix(p, "../") {
		return "", false
	}
	return p, true
}

// movingRefs are branches: what they name is another thing tomorrow.
var movingRefs = map[string]bool{
	"main": true, "master": true, "head": true, "develop": true, "dev": true, "trunk": true, "latest": true,
	"staging": true, "production": true, "stable": true, "edge": true, "": true,
}

// pinnedAddress judges a source that is neither local nor from a registry.
func pinnedAddress(source string) bool {
	address, query, _ := strings.Cut(source, "?")
	values, err := url.ParseQuery(strings.ReplaceAll(query, hole, "…"))
	if err != nil {
		return false
	}
	for _, key := range []string{"ref", "rev", "tag", "digest", "versionId", "version"} {
		if values.Has(key) {
			return !movingRefs[strings.ToLower(strings.TrimPrefix(values.Get(key), "refs/heads/"))]
		}
	}
	if values.Has("checksum") {
		return true
	}
	scheme := ""
	if m := forced.FindStringSubmatch(address); m != nil {
		scheme, address = m[1], address[len(m[0]):]
	}
	switch {
	case scheme == "git" || scheme == "hg" || scheme == "oci":
		return false
	case scheme == "s3" || scheme == "gcs" || archive.MatchString(address) || values.Get("archive") != "":
		return versioned.MatchString(address)
	}
	return false
}

// keptQuery are the parameters of an address that say what is fetched; others may
// hold keys.
var keptQuery = map[string]bool{
	"ref": true, "rev": true, "tag": true, "digest": true, "versionId": true, "version": true, "checksum": true, "archive": true, "depth": true,
}

// clean takes credentials out of an address: a password, a token in place of a
// user, and parameters that are not known to be harmless.
func clean(source string) string {
	address, query, found := strings.Cut(source, "?")
	address = userinfo.ReplaceAllStringFunc(address, func(s string) string {
		if s == "//git@" {
			return s
		}
		return "//"
	})
	if !found {
		return address
	}
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		key, _, _ := strings.Cut(pair, "=")
		if keptQuery[key] {
			kept = append(kept, pair)
		}
	}
	if len(kept) == 0 {
		return address
	}
	return address + "?" + strings.Join(kept, "&")
}
