// Command storefront serves the shop's pages.
package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	listen := flag.String("listen", ":8080", "where to listen")
	orders := flag.String("orders", "http://orders", "where orders are")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	var ready atomic.Bool
	measured := &metrics{codes: map[int]int{}, within: make([]int, len(buckets))}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", measured)
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !ready.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	mux.Handle("GET /{$}", measured.watch(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("<!doctype html><title>Shop</title><h1>Shop</h1>"))
	})))
	server := &http.Server{Addr: *listen, Handler: mux, ReadHeaderTimeout: 5 * time.Second}

	go func() {
		ready.Store(true)
		slog.Info("serving", "address", *listen, "orders", *orders)
		if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("can't serve", "error", err)
			stop()
		}
	}()
	<-ctx.Done()
	ready.Store(false)
	grace, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	server.Shutdown(grace)
}
