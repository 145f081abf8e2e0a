package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// lockedBuffer takes a log from several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// booted is a running serve.
type booted struct {
	greeting map[string]string
	log      *lockedBuffer
	stop     func() int
}

func boot(t *testing.T, args ...string) booted {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	read, write := io.Pipe()
	log := &lockedBuffer{}
	p := Program{In: strings.NewReader(""), Out: write, Err: log, Env: []string{"HOME=" + t.TempDir()}}
	status := make(chan int, 1)
	go func() {
		status <- p.Run(ctx, append([]string{"serve", "--listen-grpc", "localhost:0", "--listen-http", "localhost:0", "--shutdown-timeout", "2s"}, args...))
		write.Close()
	}()
	b := booted{greeting: map[string]string{}, log: log}
	b.stop = sync.OnceValue(func() int { cancel(); return <-status })
	t.Cleanup(func() { b.stop() })
	lines := bufio.NewScanner(read)
	for lines.Scan() && b.greeting["look at"] == "" {
		key, value, _ := strings.Cut(lines.Text(), "  ")
		b.greeting[strings.TrimSpace(key)] = strings.TrimSpace(value)
		if k, v, ok := strings.Cut(lines.Text(), " http://"); ok {
			b.greeting[strings.TrimSpace(k)] = "http://" + v
		}
		if b.greeting["look at"] != "" {
			break
		}
	}
	go io.Copy(io.Discard, read)
	if b.greeting["look at"] == "" {
		t.Fatalf("serve did not start (status %d): %s", b.stop(), log)
	}
	return b
}

func TestServe(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	b := boot(t, "--data-dir", data, "--repository", shop(t))
	if !strings.Contains(b.log.String()+b.greeting["data directory"], data) && b.greeting["data directory"] != data {
		t.Errorf("the data directory is not named: %v", b.greeting)
	}
	var list struct{ Services []struct{ Name string } }
	for deadline := time.Now().Add(20 * time.Second); len(list.Services) < 2 && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		resp, err := http.Get(b.greeting["REST"] + "/v1/services")
		if err != nil {
			t.Fatal(err)
		}
		err = json.NewDecoder(resp.Body).Decode(&list)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %v", resp.Status, err)
		}
	}
	if len(list.Services) != 2 {
		t.Errorf("the repository was not scanned: %v\n%s", list, b.log)
	}
	if status := b.stop(); status != exitOK {
		t.Errorf("status %d: %s", status, b.log)
	}
	if _, err := os.Stat(filepath.Join(data, "seaworthy.db")); err != nil {
		t.Error(err)
	}
}

func TestServeRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := shop(t)
	other := filepath.Join(t.TempDir(), "shop")
	if err := os.CopyFS(other, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"port in use", []string{"--listen-http", taken.Addr().String()}, "listen.http: " + taken.Addr().String() + " is in use by another program: stop that, or set listen.http (--listen-http, SEAWORTHY_LISTEN_HTTP)"},
		{"no repository there", []string{"--repository", filepath.Join(dir, "nowhere")}, "nowhere"},
		{"the same ID twice", []string{"--repository", dir, "--repository", other}, "would both have the ID shop"},
		{"the same path twice", []string{"--repository", dir, "--repository", dir}, "are both"},
		{"no allowed root there", []string{"--allowed-root", filepath.Join(dir, "nowhere")}, "nowhere"},
		{"no file for the database", []string{"--database-file", filepath.Join(dir, "nowhere")}, "database_file: "},
		{"reachable", []string{"--listen-http", ":0"}, "insecure_listen: true"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{"serve", "--data-dir", t.TempDir(), "--listen-grpc", "localhost:0"}, c.args...)
			if !strings.Contains(strings.Join(c.args, " "), "listen-http") {
				args = append(args, "--listen-http", "localhost:0")
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			status, _, stderr := runWith(t, ctx, []string{"HOME=" + t.TempDir()}, args...)
			if status != exitUsage || !strings.Contains(stderr, c.want) {
				t.Errorf("status %d, stderr (want %q):\n%s", status, c.want, stderr)
			}
		})
	}
}
