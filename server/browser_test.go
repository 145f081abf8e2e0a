package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What a stranger's page makes a browser send is refused; what people and programs
// send is not.
func TestOwnPages(t *testing.T) {
	for _, c := range []struct {
		name, method, host, origin string
		loopback                   bool
		want                       int
	}{
		{"a program", "POST", "localhost:8080", "", true, 200},
		{"by address", "GET", "127.0.0.1:8080", "", true, 200},
		{"by address, version 6", "GET", "[::1]:8080", "", true, 200},
		{"its own page", "POST", "localhost:8080", "http://localhost:8080", true, 200},
		{"a stranger's page writes", "POST", "localhost:8080", "https://evil.example", true, 403},
		{"a sandboxed page writes", "POST", "localhost:8080", "null", true, 403},
		{"a name that was bound to this machine", "GET", "evil.example:8080", "", true, 403},
		{"a public server has any name", "GET", "scorecards.example", "", false, 200},
		{"a stranger's page writes to a public server", "DELETE", "scorecards.example", "https://evil.example", false, 403},
	} {
		r := httptest.NewRequest(c.method, "/v1/scans", strings.NewReader("{}"))
		r.Host = c.host
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		w := httptest.NewRecorder()
		ownPages(c.loopback, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s: status %d, want %d", c.name, w.Code, c.want)
		}
	}
}
