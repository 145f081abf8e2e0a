package directory

import (
	"net"
	"net/url"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
)

// scp is the short form of an ssh address: `git@host:owner/repo.git`. A host of one
// letter is a Windows drive.
var scp = lazyregexp.New(`^(?:[^@/\s]+@)?([A-Za-z0-9][A-Za-z0-9.-]+):([^/:].*|/[^/].*)$`)

// webURL makes the web address (https) of a git remote's, without user, password,
// token, query or port of another protocol. It is empty where none can be told: a
// path, a helper (`ext::`), an alias of the user's ssh configuration, plain http on
// a port of its own.
func webURL(remote string) string {
	remote = strings.TrimSpace(remote)
	if strings.Contains(remote, "::") || strings.ContainsAny(remote, "\\\x00\n\r\t ") {
		return ""
	}
	if m := scp.FindStringSubmatch(remote); m != nil && !strings.Contains(remote, "://") {
		return sshWeb(m[1], "", m[2])
	}
	u, err := url.Parse(remote)
	if err != nil || u.Hostname() == "" || u.Opaque != "" {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "https":
		return web(u.Host, u.Path)
	case "http", "git":
		if u.Port() != "" {
			return ""
		}
		return web(u.Hostname(), u.Path)
	case "ssh", "git+ssh", "ssh+git":
		return sshWeb(u.Hostname(), u.Port(), u.Path)
	}
	return ""
}

// sshWeb turns an ssh address into the web's. A host without a dot is most likely an
// alias of someone's ssh configuration, not a name.
func sshWeb(host, port, p string) string {
	if !strings.Contains(host, ".") && net.ParseIP(host) == nil {
		return ""
	}
	host, p = strings.ToLower(host), strings.Trim(p, "/")
	parts := strings.Split(p, "/")
	switch {
	case host == "ssh.dev.azure.com" && len(parts) == 4: // v3/org/project/repo
		return web("dev.azure.com", path.Join(parts[1], parts[2], "_git", parts[3]))
	case host == "ssh.github.com", host == "altssh.gitlab.com", host == "altssh.bitbucket.org":
		_, host, _ = strings.Cut(host, ".")
	case port == "7999" && len(parts) == 2: // Bitbucket Server's own ssh port
		return web(host, "scm/"+p)
	}
	return web(host, p)
}

// web puts the address together. Bitbucket Server clones from /scm/PROJECT/repo and
// shows /projects/PROJECT/repos/repo.
func web(host, p string) string {
	p = strings.TrimSuffix(strings.Trim(path.Clean("/"+p), "/"), ".git")
	if parts := strings.Split(p, "/"); len(parts) == 3 && parts[0] == "scm" {
		p = path.Join("projects", parts[1], "repos", parts[2])
		if user, ok := strings.CutPrefix(parts[1], "~"); ok {
			p = path.Join("users", user, "repos", parts[2])
		}
	}
	host = strings.ToLower(host)
	if h, port, err := net.SplitHostPort(host); err == nil && port == "443" {
		host = h
	}
	if p == "" {
		return ""
	}
	u := url.URL{Scheme: "https", Host: host, Path: "/" + p}
	return u.String()
}
