//go:build unix

package render

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stopped gives a pool whose one worker was started and stands still.
func stopped(t *testing.T, deadline time.Duration) (p *Pool, pid int) {
	t.Helper()
	p = pool(t, Options{Workers: 1, Deadline: time.Minute})
	if res, err := p.Render(context.Background(), helmJob("a: 1")); err != nil || res.Failure != nil {
		t.Fatal(err, res.Failure)
	}
	w := <-p.slots
	p.slots <- w
	p.o.Deadline = deadline
	if err := syscall.Kill(w.cmd.Process.Pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	var status syscall.WaitStatus // its other threads may run on for a moment
	if _, err := syscall.Wait4(w.cmd.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatal(err, status)
	}
	return p, w.cmd.Process.Pid
}

// A worker that gets no processor for longer than its deadline still answers.
func TestWaitingDoesNotCount(t *testing.T) {
	p, pid := stopped(t, 2*time.Second)
	timer := time.AfterFunc(3*time.Second, func() { _ = syscall.Kill(pid, syscall.SIGCONT) })
	defer timer.Stop()
	if res, err := p.Render(context.Background(), helmJob("a: 1")); err != nil || res.Failure != nil {
		t.Fatal(err, res.Failure)
	}
}

// A worker that never answers is given up, and another takes its place.
func TestPatienceEnds(t *testing.T) {
	p, _ := stopped(t, 100*time.Millisecond)
	res, err := p.Render(context.Background(), helmJob("a: 1"))
	if err != nil || reason(res) != "timeout" || !strings.Contains(res.Failure.Message, "by the clock") {
		t.Fatal(err, res.Failure)
	}
	p.o.Deadline = time.Minute
	if res, err := p.Render(context.Background(), helmJob("a: 1")); err != nil || res.Failure != nil {
		t.Fatal("the pool is broken after it:", err, res.Failure)
	}
}
