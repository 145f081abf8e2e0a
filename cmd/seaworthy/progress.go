package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/clipperhouse/displaywidth"

	"github.com/seaworthy-dev/seaworthy/report"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

const (
	progressAfter = 500 * time.Millisecond // shorter work shows nothing
	progressEvery = 100 * time.Millisecond

	eraseRight = "\x1b[K" // from the cursor to the end of the line
)

// progressLine shows how far work has come on one line of a terminal, and leaves
// nothing of it behind.
type progressLine struct {
	w     io.Writer
	width func() int
	start time.Time

	mu    sync.Mutex
	last  scorecard.Progress
	shown bool
	done  chan struct{}
	ended sync.WaitGroup
}

// newProgressLine begins to watch; nothing is shown before progressAfter.
func newProgressLine(w io.Writer, width func() int) *progressLine {
	p := &progressLine{w: w, width: width, start: time.Now(), done: make(chan struct{})}
	p.ended.Go(p.watch)
	return p
}

// update notes how far the work has come.
func (p *progressLine) update(now scorecard.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = now
}

// stop erases the line.
func (p *progressLine) stop() {
	close(p.done)
	p.ended.Wait()
	if p.shown {
		io.WriteString(p.w, "\r"+eraseRight)
	}
}

func (p *progressLine) watch() {
	first := time.NewTimer(progressAfter)
	defer first.Stop()
	select {
	case <-p.done:
		return
	case <-first.C:
	}
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		p.draw()
		select {
		case <-p.done:
			return
		case <-tick.C:
		}
	}
}

func (p *progressLine) draw() {
	p.mu.Lock()
	now := p.last
	p.mu.Unlock()
	line := fmt.Sprintf("%4.0fs  %s", time.Since(p.start).Seconds(), progressText(now))
	// One column stays free: some terminals break a line that is full.
	line = displaywidth.TruncateString(line, max(10, p.width()-1), "…")
	io.WriteString(p.w, "\r"+line+eraseRight)
	p.shown = true
}

func progressText(p scorecard.Progress) string {
	verb := map[string]string{"walk": "looking for files", "read": "reading", "render": "rendering", "judge": "judging", "record": "recording"}[p.Stage]
	if verb == "" {
		verb = "starting"
	}
	s := verb
	switch {
	case p.Total > 0:
		s += fmt.Sprintf(" %d of %d", p.Done, p.Total)
	case p.Done > 0:
		s += fmt.Sprintf(" %d", p.Done)
	}
	if p.Item != "" {
		s += "  " + report.Clean(p.Item)
	}
	return s
}
