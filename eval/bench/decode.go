package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"
)

// decode is the yardstick: it reads every YAML file below the folder and decodes each
// document to nodes, and does nothing with them.
func decode(folder string, out io.Writer) error {
	documents := 0
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err != nil || d.IsDir() || ext != ".yaml" && ext != ".yml" {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for decoder := yaml.NewDecoder(bytes.NewReader(content)); ; documents++ {
			var node yaml.Node
			switch err := decoder.Decode(&node); {
			case errors.Is(err, io.EOF):
				return nil
			case err != nil:
				return fmt.Errorf("%s: %w", path, err)
			}
		}
	})
	for range documents {
		fmt.Fprintln(out, "document")
	}
	return err
}
