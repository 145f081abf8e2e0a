package server

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
)

// openAPIDocument is what buf made of the contract.
//
//go:embed openapi/seaworthy.swagger.json
var openAPIDocument []byte

func openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(openAPIDocument)
}

//go:embed index.html
var indexHTML string

// indexPage is the page that a browser sees first: what this is, and where to go on.
func (s *Server) indexPage() (http.Handler, error) {
	page, err := template.New("index").Parse(indexHTML)
	if err != nil {
		return nil, fmt.Errorf("index page: %w", err)
	}
	var b bytes.Buffer
	if err := page.Execute(&b, struct{ Version string }{s.options.Version}); err != nil {
		return nil, fmt.Errorf("index page: %w", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(b.Bytes())
	}), nil
}
