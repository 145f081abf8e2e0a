package kube

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/reader/credential"
	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
)

// bareLine is the value that a line of an env file gets whose key is not shown.
const bareLine = "seaworthy:bare-line"

// environmentName is what may stand alone in an env file, as the name of a variable.
var environmentName = lazyregexp.New(`^[A-Z_][A-Z0-9_]*$`)

// envFiles are the env files that the kustomization's Secrets are made of.
func envFiles(k *kustomization) map[string]bool {
	out := map[string]bool{}
	for _, g := range yamldoc.Items(yamldoc.Get(k.root, "secretGenerator")) {
		refs := yamldoc.Items(yamldoc.Get(g, "envs"))
		if env := yamldoc.Get(g, "env"); env != nil {
			refs = append(refs, env)
		}
		for _, n := range refs {
			if p, ok := resolve(k.folder, yamldoc.String(n)); ok {
				out[p] = true
			}
		}
	}
	return out
}

// withoutBareLines takes out of an env file the lines without a sign of equality:
// Kustomize takes each for the name of a variable, whose value it has from where it
// runs. A variable's name stays, with a value that is filled in; anything else is as a
// rule a token that somebody wrote without a key, and is withheld.
func withoutBareLines(data []byte) []byte {
	var out bytes.Buffer
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		t := strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
		key, _, found := strings.Cut(t, "=")
		switch {
		case t == "" || strings.HasPrefix(t, "#"):
			out.WriteString(line)
		case found && secretKeyName.MatchString(strings.TrimSpace(key)) && !credential.ShowsKey(key):
			out.WriteString(line)
		case !found && environmentName.MatchString(t) && !credential.ShowsKey(t):
			fmt.Fprintf(&out, "%s=${%s}\n", t, t)
		default:
			fmt.Fprintf(&out, "line-%d=%s\n", n, bareLine)
		}
	}
	return out.Bytes()
}

// secretKeyName is what Kubernetes allows as a key of a Secret.
var secretKeyName = lazyregexp.New(`^[-._a-zA-Z0-9]+$`)
