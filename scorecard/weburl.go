package scorecard

import (
	"fmt"
	"net/url"
	"path"
	"strings"
)

// WebURL is the page that shows the location's file at the revision's commit,
// with its lines marked: https, on GitHub, GitLab or Bitbucket, or a host of one's
// own that has one of the names in its own. It is empty where that can't be known,
// and where the work tree differed from the commit, so that the lines may too.
func (r Revision) WebURL(l Location) string {
	if r.URL == "" || r.Commit == "" || r.Dirty || l.Path == "" || path.IsAbs(l.Path) || strings.HasPrefix(path.Clean(l.Path), "..") {
		return ""
	}
	u, err := url.Parse(r.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" || strings.Trim(r.Commit, "0123456789abcdef") != "" {
		return ""
	}
	blob, lines, plain := "", "", ""
	switch host := strings.ToLower(u.Hostname()); {
	case strings.Contains(host, "github"):
		blob, lines, plain = "blob", "L%d-L%d", "plain=1"
	case strings.Contains(host, "gitlab"):
		blob, lines, plain = "-/blob", "L%d-%d", "plain=1"
	case host == "bitbucket.org":
		blob, lines = "src", "lines-%d:%d"
	default:
		return ""
	}
	file := path.Join(r.Folder, l.Path)
	if file == "." {
		file, blob = "", strings.Replace(blob, "blob", "tree", 1)
	}
	base := strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), ".git")
	out := url.URL{Scheme: "https", Host: u.Host, Path: path.Join("/", base, blob, r.Commit, file)}
	if l.FirstLine > 0 && file != "" {
		out.Fragment = fmt.Sprintf(lines, l.FirstLine, max(l.FirstLine, l.LastLine))
		if ext := strings.ToLower(path.Ext(file)); ext == ".md" || ext == ".markdown" {
			out.RawQuery = plain // else the page is rendered, without lines
		}
	}
	return out.String()
}
