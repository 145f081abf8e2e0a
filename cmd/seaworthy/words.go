package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/agext/levenshtein"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagError says in words what is wrong with a flag: pflag repeats what Go's parsers say.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var bad *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return usageError("unknown flag: -%s", unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		var flags []string
		c.Flags().VisitAll(func(f *pflag.Flag) { flags = append(flags, f.Name) })
		hint := ""
		if best, ok := nearest(unknown.GetSpecifiedName(), flags); ok {
			hint = fmt.Sprintf("; did you mean --%s?", best)
		}
		return usageError("unknown flag: --%s%s", unknown.GetSpecifiedName(), hint)
	case errors.As(err, &missing):
		name, _ := pflag.UnquoteUsage(missing.GetFlag())
		return usageError("--%s wants a value: --%[1]s %s", missing.GetFlag().Name, strings.ToUpper(cmp.Or(name, "VALUE")))
	case errors.As(err, &bad):
		return usageError("--%s: %s", bad.GetFlag().Name, badValue(bad))
	}
	return &failure{exitUsage, err}
}

func badValue(bad *pflag.InvalidValueError) string {
	switch bad.GetFlag().Value.Type() {
	case "int":
		return fmt.Sprintf("%q is no whole number", bad.GetValue())
	case "duration":
		return fmt.Sprintf("%q is no duration such as 30s, 10m or 24h", bad.GetValue())
	case "bool":
		return fmt.Sprintf("%q is neither true nor false", bad.GetValue())
	}
	return bad.Unwrap().Error()
}

// reason says in words why a file, a folder or an address can't be used, without the
// system's call and the path, which may be a temporary file's: the caller names the
// one that the user knows.
func reason(err error) string {
	for _, known := range []struct {
		is   error
		says string
	}{
		{fs.ErrNotExist, "there is no such file or folder"},
		{fs.ErrPermission, "permission is denied"},
		{syscall.EISDIR, "it is a folder"},
		{syscall.ENOTDIR, "a part of its path is a file, not a folder"},
		{syscall.ENOSPC, "no space is left on the device"},
		{syscall.EROFS, "its file system is read-only"},
		{syscall.ECONNREFUSED, "the connection is refused"},
		{os.ErrDeadlineExceeded, "it does not answer in time"},
	} {
		if errors.Is(err, known.is) {
			return known.says
		}
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return "no address is known for the host " + dns.Name
	}
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err.Error()
	case errors.As(err, &link):
		return link.Err.Error()
	}
	return err.Error()
}

// ofSystem reports whether the system refused, rather than this program.
func ofSystem(err error) bool {
	var errno syscall.Errno
	return errors.As(err, &errno)
}

// nearest is the candidate most like word; ok is false when none is like it.
func nearest(word string, candidates []string) (best string, ok bool) {
	least := -1
	for _, c := range candidates {
		d := levenshtein.Distance(strings.ToLower(word), strings.ToLower(c), nil)
		if part, whole := strings.ToLower(word), strings.ToLower(c); len(part) >= 3 && (strings.Contains(whole, part) || strings.HasPrefix(part, whole)) {
			d = min(d, 2)
		}
		if least < 0 || d < least {
			least, best = d, c
		}
	}
	return best, least >= 0 && least <= max(2, len(word)/3)
}

// nearestFew are the n candidates most like word, or one of whose parts is.
func nearestFew(word string, candidates []string, n int) []string {
	distance := map[string]int{}
	for _, c := range candidates {
		distance[c] = levenshtein.Distance(strings.ToLower(word), strings.ToLower(c), nil)
		for part := range strings.SplitSeq(strings.ToLower(c), "-") {
			distance[c] = min(distance[c], 1+levenshtein.Distance(strings.ToLower(word), part, nil))
		}
	}
	sorted := slices.Clone(candidates)
	slices.SortStableFunc(sorted, func(a, b string) int { return cmp.Compare(distance[a], distance[b]) })
	return sorted[:min(n, len(sorted))]
}

// holding are the candidates of which the word is a part.
func holding(word string, candidates []string) (some []string) {
	for _, c := range candidates {
		if len(word) >= 3 && strings.Contains(strings.ToLower(c), strings.ToLower(word)) {
			some = append(some, c)
		}
	}
	return some
}

// didYouMean is a clause that names the nearest candidate; where none is like the word
// it names all, or of many the nearest few.
func didYouMean(word string, candidates []string) string {
	const most, few = 12, 5
	if some := holding(word, candidates); len(some) > 1 && len(some) <= few {
		return fmt.Sprintf("; did you mean %s or %s?", strings.Join(some[:len(some)-1], ", "), some[len(some)-1])
	}
	if best, ok := nearest(word, candidates); ok {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	switch n := len(candidates); {
	case n == 0:
		return "; there is none"
	case n == 1:
		return "; there is only " + candidates[0]
	case n > most:
		return fmt.Sprintf("; the nearest of %d are %s", n, strings.Join(nearestFew(word, candidates, few), ", "))
	}
	return "; there are " + strings.Join(candidates, ", ")
}
