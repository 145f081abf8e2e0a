package report

import (
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// webLink is the address of a place on the repository's host at the commit that was
// read; empty where the host's addresses are not known to be of that shape.
func webLink(r scorecard.Revision, l scorecard.Location) string {
	u, err := url.Parse(r.URL)
	if err != nil || u.Scheme != "https" || u.User != nil || r.Commit == "" || l.Path == "" || !isHex(r.Commit) {
		return ""
	}
	blob, last := "/blob/", "-L"
	switch u.Hostname() {
	case "github.com":
	case "gitlab.com":
		blob, last = "/-/blob/", "-"
	default:
		return ""
	}
	link := "https://" + u.Host + strings.TrimSuffix(u.EscapedPath(), "/") + blob + r.Commit + "/" + escapePath(path.Join(r.Folder, l.Path))
	if l.FirstLine > 0 {
		link += fmt.Sprintf("#L%d", l.FirstLine)
		if l.LastLine > l.FirstLine {
			link += fmt.Sprintf("%s%d", last, l.LastLine)
		}
	}
	return link
}

func isHex(s string) bool {
	return strings.Trim(s, "0123456789abcdef") == ""
}

// escapePath makes a path a relative URI reference: everything but letters, digits
// and `-._~` is percent-encoded (a colon in the first segment would be a scheme).
func escapePath(p string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		c := p[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~/", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}
