package scrape

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The variables in a configuration of the collector's are those of the container that
// mounts it.
func TestVariablesOfCompose(t *testing.T) {
	const receivers = `receivers:
  nginx:
    endpoint: http://${env:WEB_HOST}:${env:WEB_PORT}/status
  postgresql:
    endpoint: ${DB_HOST}:5432
  redis/default:
    endpoint: ${env:CACHE:-cache}:6379
  mysql:
    endpoint: ${env:NOBODY_SETS_IT}:3306
  rabbitmq:
    endpoint: http://${env:ELSEWHERE}:15672
  memcached:
    endpoint: ${env:FROM_FILE}:11211
  prometheus/ads:
    config:
      scrape_configs:
        - job_name: ads
          static_configs: [{targets: ["${env:ADS_ADDR}"]}]
`
	compose := func(mount string) string {
		return `services:
  collector:
    image: otel/opentelemetry-collector-contrib:0.130.0
    volumes:
      - ` + mount + `:/etc/otel/config.yaml
    env_file: collector.env
    environment:
      - WEB_HOST
      - WEB_PORT=80
      - DB_HOST=${STORE}-main
      - ADS_ADDR=ads:9465
  other:
    image: busybox
    environment:
      ELSEWHERE: queue
`
	}
	env := "WEB_HOST=web # the proxy\nSTORE=db\nCACHE=not-passed-on\n"
	for name, tt := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"mounted": {map[string]string{"compose.yaml": compose("./otel/config.yaml"), ".env": env, "collector.env": "FROM_FILE=sessions\n", "otel/config.yaml": receivers}, []string{
			"otel/config.yaml:2-3 receivers.nginx nginx [web]",
			"otel/config.yaml:4-5 receivers.postgresql postgresql [db-main]",
			"otel/config.yaml:6-7 receivers[\"redis/default\"] redis/default [cache]",
			"otel/config.yaml:12-13 receivers.memcached memcached [sessions]",
			"otel/config.yaml:17-18 receivers[\"prometheus/ads\"].config.scrape_configs ads [ads]",
		}},
		"named by a variable": {map[string]string{"compose.yaml": compose("${CONFIG}"), ".env": env + "CONFIG=./otel/config.yaml\n", "otel/config.yaml": receivers}, []string{
			"otel/config.yaml:2-3 receivers.nginx nginx [web]",
			"otel/config.yaml:4-5 receivers.postgresql postgresql [db-main]",
			"otel/config.yaml:6-7 receivers[\"redis/default\"] redis/default [cache]",
			"otel/config.yaml:17-18 receivers[\"prometheus/ads\"].config.scrape_configs ads [ads]",
		}},
		"mounted by nobody": {map[string]string{"compose.yaml": compose("./otel/other.yaml"), ".env": env, "otel/config.yaml": receivers}, nil},
		"without Compose":   {map[string]string{".env": env, "otel/config.yaml": receivers}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			facts, _ := readFiles(t, tt.files)
			if diff := cmp.Diff(tt.want, show(facts.Scrapes)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
