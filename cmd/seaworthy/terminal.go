package main

import (
	"io"
	"os"
	"strconv"

	"golang.org/x/term"

	"github.com/seaworthy-dev/seaworthy/report"
)

// terminalWidth is the width of the terminal that w is; ok is false for anything else.
func terminalWidth(w io.Writer) (columns int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		columns = 0
	}
	return columns, true
}

// layout says how to write to w: colours and links for terminals only, by the
// conventions of NO_COLOR, CLICOLOR, CLICOLOR_FORCE and TERM.
func (p *Program) layout(w io.Writer) report.Options {
	const notTerminal = 100 // columns, of a log or a file
	columns, terminal := terminalWidth(w)
	o := report.Options{Width: columns}
	if n, err := strconv.Atoi(p.env("COLUMNS")); err == nil && n > 0 && columns == 0 {
		o.Width = min(n, 1000)
	}
	if o.Width == 0 && !terminal {
		o.Width = notTerminal
	}
	capable := p.env("TERM") != "dumb"
	force := p.env("CLICOLOR_FORCE")
	switch {
	case p.env("NO_COLOR") != "":
	case force != "" && force != "0":
		o.Color = true
	default:
		o.Color = terminal && capable && p.env("CLICOLOR") != "0"
	}
	o.Links = terminal && capable && p.env("TERM") != "linux"
	return o
}
