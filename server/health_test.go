package server

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
)

func TestHealthFollowsTheStore(t *testing.T) {
	r := boot(t, nil)
	client := grpc_health_v1.NewHealthClient(r.conn)
	check := func(service string) string {
		resp, err := client.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: service})
		if err != nil {
			return status.Code(err).String()
		}
		return resp.GetStatus().String()
	}
	ready := func() bool {
		code, _ := r.do(t, "GET", "/readyz", "")
		return code == 200
	}
	waitFor(t, "readiness", ready)
	for _, name := range append(apiServices(), "") {
		if got := check(name); got != "SERVING" {
			t.Errorf("%q: %s", name, got)
		}
	}
	if got := check("no.such.Service"); got != "NotFound" {
		t.Errorf("an unknown service: %s", got)
	}

	r.store.fail(errors.New("gone"))
	waitFor(t, "the store's end to show", func() bool { return !ready() })
	for name, want := range map[string]string{"": "NOT_SERVING", "seaworthy.v1.ScanService": "NOT_SERVING", "seaworthy.v1.CheckService": "SERVING"} {
		if got := check(name); got != want {
			t.Errorf("without a store %q: %s", name, got)
		}
	}
	if code, _ := r.do(t, "GET", "/healthz", ""); code != 200 {
		t.Errorf("healthz without a store: %d", code)
	}
	code, o := r.json(t, "GET", "/v1/services/shop.cart", "")
	if code != 503 || at(o, "code") != float64(codes.Unavailable) || strings.Contains(fmt.Sprint(o), "10.1.2.3") {
		t.Errorf("a method without a store: %d %v", code, o)
	}
	if code, _ := r.json(t, "GET", "/v1/checks", ""); code != 200 {
		t.Errorf("checks without a store: %d", code)
	}

	r.store.fail(nil)
	waitFor(t, "readiness again", ready)
}

func TestReflectionListsEveryService(t *testing.T) {
	r := boot(t, nil)
	stream, err := reflectionv1.NewServerReflectionClient(r.conn).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&reflectionv1.ServerReflectionRequest{MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{}}); err != nil {
		t.Fatal(err)
	}
	resp, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range resp.GetListServicesResponse().GetService() {
		got = append(got, s.GetName())
	}
	for _, want := range append(apiServices(), "grpc.health.v1.Health") {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing in %v", want, got)
		}
	}
}
