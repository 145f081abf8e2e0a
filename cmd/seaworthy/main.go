package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Once the first signal is heard, the second one kills.
	context.AfterFunc(ctx, stop)
	p := Program{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Environ()}
	os.Exit(p.Run(ctx, os.Args[1:]))
}
