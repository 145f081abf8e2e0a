package kube

import (
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/reader/yamldoc"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// preStop reads the container's hook before it is stopped; false when it is written
// and can't be read.
func preStop(c fields) (*scorecard.Hook, bool) {
	lifecycle := c.in("lifecycle")
	h := lifecycle.in("preStop")
	if h.node == nil {
		return nil, c.ok()
	}
	hook := &scorecard.Hook{FirstLine: lifecycle.line("preStop")}
	if hook.FirstLine > 0 {
		hook.LastLine = max(hook.FirstLine, yamldoc.LastLine(h.node))
	}
	for _, name := range []string{"exec", "httpGet", "sleep", "tcpSocket"} {
		handler := h.in(name)
		if handler.node == nil {
			continue
		}
		hook.Handler = name
		switch name {
		case "exec":
			if command := handler.texts("command"); c.ok() {
				hook.SleepSeconds = sleepOf(command)
			}
		case "sleep":
			if s := handler.int64("seconds"); s != nil {
				seconds := float64(*s)
				hook.SleepSeconds = &seconds
			}
		}
		break
	}
	return hook, c.ok()
}

// shells run the script that stands behind their option -c.
var shells = []string{"sh", "bash", "ash", "dash", "zsh"}

// sleepOf is for how many seconds a command sleeps; nil where it does not, or where
// that can't be told.
func sleepOf(command []string) *float64 {
	if len(command) == 0 {
		return nil
	}
	if !slices.Contains(shells, path.Base(command[0])) {
		if total, sleeps, known := sleepIn(command); sleeps && known {
			return &total
		}
		return nil
	}
	for i, arg := range command[1:] {
		if !strings.HasPrefix(arg, "-") {
			return nil // a script in a file
		}
		if !strings.HasPrefix(arg, "--") && strings.Contains(arg, "c") {
			if i+2 < len(command) {
				return sleepOfScript(command[i+2])
			}
			return nil
		}
	}
	return nil
}

// sleepOfScript adds up the sleeps of a script that runs straight through. Where some
// sleep may or may not run, or how often it does can't be told, nothing is known.
func sleepOfScript(script string) *float64 {
	var sum float64
	found := false
	before := ""
	for _, c := range commandsOf(script) {
		if len(c.words) > 0 && slices.Contains(flowWords, c.words[0]) {
			return nil
		}
		seconds, sleeps, known := sleepIn(c.words)
		if sleeps {
			if !known || c.after == "&" || before == "||" {
				return nil
			}
			sum, found = sum+seconds, true
		}
		before = c.after
	}
	if !found {
		return nil
	}
	return &sum
}

// flowWords begin what a shell runs under a condition, or more than once, or later.
var flowWords = []string{"if", "then", "else", "elif", "for", "while", "until", "do", "case", "select", "function", "trap", "eval",
	"[", "[[", "test"}

// runners are words before a command that change nothing about how long it runs.
var runners = []string{"exec", "command", "busybox", "time", "{", "!"}

// sleepIn reads the arguments of a `sleep` command, which adds them up; sleeps is
// false for any other command.
func sleepIn(words []string) (seconds float64, sleeps, known bool) {
	for len(words) > 0 && slices.Contains(runners, path.Base(words[0])) {
		words = words[1:]
	}
	if len(words) == 0 || path.Base(words[0]) != "sleep" {
		return 0, slices.ContainsFunc(words, func(w string) bool { return path.Base(w) == "sleep" }), false
	}
	known = len(words) > 1
	for _, arg := range words[1:] {
		s, ok := sleepTime(arg)
		seconds, known = seconds+s, known && ok
	}
	return seconds, true, known
}

// sleepTime reads one argument of `sleep`: "5", "0.5", "10s", "2m".
func sleepTime(arg string) (float64, bool) {
	units := map[byte]float64{'s': 1, 'm': 60, 'h': 3600, 'd': 86400}
	unit := 1.0
	if n := len(arg); n > 1 && units[arg[n-1]] > 0 {
		arg, unit = arg[:n-1], units[arg[n-1]]
	}
	v, err := strconv.ParseFloat(arg, 64)
	return v * unit, err == nil && v >= 0 && !math.IsInf(v*unit, 0) && !math.IsNaN(v)
}

// shellCommand is one simple command of a shell script.
type shellCommand struct {
	words []string
	after string // the operator behind it: ";", "&&", "||", "|", "&", "(" or ")"; empty at the end
}

// commandsOf splits a script into its simple commands. Quotes are taken off; what the
// shell would put in (variables, commands) stays as written, and so is no number.
func commandsOf(script string) []shellCommand {
	var out []shellCommand
	var words []string
	var word strings.Builder
	open := false // there is a word, be it empty
	end := func() {
		if open {
			words = append(words, word.String())
			word.Reset()
			open = false
		}
	}
	for i := 0; i < len(script); i++ {
		switch c := script[i]; c {
		case ' ', '\t', '\r':
			end()
		case '#':
			if open {
				word.WriteByte(c)
				continue
			}
			if i = lineEnd(script, i); i < len(script) {
				i--
			}
		case '\\':
			i++
			if i < len(script) && script[i] != '\n' {
				word.WriteByte(script[i])
				open = true
			}
		case '\'', '"':
			text, next := quoted(script, i)
			word.WriteString(text)
			open, i = true, next
		case ';', '\n', '&', '|', '(', ')':
			end()
			operator := operatorAt(script, i)
			i += len(operator) - 1
			if operator == "\n" {
				operator = ";"
			}
			out = append(out, shellCommand{words, operator})
			words = nil
		default:
			word.WriteByte(c)
			open = true
		}
	}
	end()
	return append(out, shellCommand{words: words})
}

func lineEnd(script string, i int) int {
	if n := strings.IndexByte(script[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(script)
}

// quoted gives the text between the quotes that begin at i, and where they end.
func quoted(script string, i int) (string, int) {
	var text strings.Builder
	quote := script[i]
	for i++; i < len(script) && script[i] != quote; i++ {
		if quote == '"' && script[i] == '\\' && i+1 < len(script) {
			i++
		}
		text.WriteByte(script[i])
	}
	return text.String(), i
}

func operatorAt(script string, i int) string {
	if i+1 < len(script) && script[i+1] == script[i] && (script[i] == '&' || script[i] == '|') {
		return script[i : i+2]
	}
	return script[i : i+1]
}
