package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	_ "github.com/seaworthy-dev/seaworthy/cmd/seaworthy/early" // the first: it delays the collection of garbage
	"github.com/seaworthy-dev/seaworthy/reader/kube"
)

func main() {
	// A chart or overlay is rendered by this same program, in a process that can be stopped.
	worker, done := kube.RenderWorker()
	if done {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Once the first signal is heard, the second one kills.
	context.AfterFunc(ctx, stop)
	p := Program{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Environ(), Renderer: worker}
	os.Exit(p.Run(ctx, os.Args[1:]))
}
