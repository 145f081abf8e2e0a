// Command imports writes the protos of others that Seaworthy's own protos import
// (google/api, buf/validate) to the folder that it is given, so that buf can read
// them. They are printed from the very Go packages that the generated code is built
// with: their versions are those of go.mod, and nothing is fetched, nor committed.
package main

import (
	"fmt"
	"os"

	// The files come with these packages.
	_ "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"github.com/jhump/protoreflect/v2/protoprint"
	_ "google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: imports FOLDER")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "imports:", err)
		os.Exit(1)
	}
}

// files are the imports of proto/seaworthy, and theirs, but for google/protobuf,
// which buf brings along.
var files = []string{
	"buf/validate/validate.proto",
	"google/api/annotations.proto",
	"google/api/field_behavior.proto",
	"google/api/http.proto",
	"google/api/resource.proto",
}

func write(folder string) error {
	var fds []protoreflect.FileDescriptor
	for _, path := range files {
		fd, err := protoregistry.GlobalFiles.FindFileByPath(path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		fds = append(fds, fd)
	}
	printer := protoprint.Printer{Compact: true}
	return printer.PrintProtosToFileSystem(fds, folder)
}
