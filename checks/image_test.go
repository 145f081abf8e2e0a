package checks

import "testing"

func TestMovingTag(t *testing.T) {
	for _, tag := range []string{
		"latest", "main", "qa", "latest-alpine", "alpine-latest", "latest-gpu", "8-latest", "1.2-latest", "latest-py3", "nightly-slim", "nightly-cuda",
		"edge-amd64", "edge-alpine", "stable-alpine", "stable-perl", "stable-alpine-perl", "canary-slim",
	} {
		if !movingTag(tag) {
			t.Errorf("%s does not move", tag)
		}
	}
	for _, tag := range []string{
		"alpine", "slim", "bullseye", "bookworm", "jammy", "debian", "ubuntu", "slim-bookworm", "jdk-slim", "lts-alpine", "mainline-alpine", "nonroot",
		"1.2.3", "v1", "v1-alpine", "1.2-slim", "3.19", "alpine3.19", "alpine-3.19", "bookworm-20240211-slim", "jdk17", "ubi9", "release.2024-01-31t20-20-33z", "2024a",
		"4f2c1aa", "deadbeef", "main-4f2c1aa", "master-121", "latest-4f2c1aa", "latest-20240101", "latest-1.2.3", "nightly-2024-05-01", "nightly-20240501",
		"edge-24.5.1", "stable-2.14.0", "1.25-stable", "dev-1", "production-42", "bionic-1", "cuda", "release-x", "_", "-",
	} {
		if movingTag(tag) {
			t.Errorf("%s moves", tag)
		}
	}
}
