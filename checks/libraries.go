package checks

import (
	"slices"
	"strings"
	"sync"

	"github.com/seaworthy-dev/seaworthy/lazyregexp"
	"github.com/seaworthy-dev/seaworthy/scorecard"
)

// purpose is what a library is for.
type purpose string

const (
	tracing           purpose = "tracing"
	structuredLogging purpose = "structured logging"
	circuitBreaking   purpose = "circuit breaking"
	retrying          purpose = "timeouts and retries"
	rateLimiting      purpose = "rate limiting"
	migrating         purpose = "migrations"         // a tool that does nothing else
	migratingFolder   purpose = "migrations by file" // one that can, where it has files of them
	relational        purpose = "a relational database"
	llmClient         purpose = "an LLM client"
	llmObservability  purpose = "LLM observability"
	metricsLibrary    purpose = "metrics"
	metricsPush       purpose = "metrics that it sends itself"
	webServer         purpose = "a server"
	remoteClient      purpose = "a client"
)

// ofManifests is what takes nothing from what programs depend on.
var ofManifests = []scorecard.Family{scorecard.Kubernetes, scorecard.Runtime}

// libraries are those that checks look for, by purpose and ecosystem ("jvm" is Maven and
// Gradle, by "group:artifact" or the plugin's id). A name that ends in `*` stands for all
// that begin so. Names are as scorecard.Dependency has them; of Go modules without `/v2`.
//
// To add a library, add its name to the line of its ecosystem.
var libraries = map[purpose]map[string]string{
	metricsPush: {
		"go": `go.opentelemetry.io/otel/exporters/otlp/otlpmetric/* github.com/GoogleCloudPlatform/opentelemetry-operations-go/exporter/metric
			contrib.go.opencensus.io/exporter/stackdriver github.com/DataDog/datadog-go* github.com/newrelic/go-agent*`,
		"npm":  `@opentelemetry/exporter-metrics-otlp-* @google-cloud/opentelemetry-cloud-monitoring-exporter hot-shots datadog-metrics newrelic`,
		"pypi": `opentelemetry-exporter-gcp-monitoring newrelic datadog markus statsd django-statsd aiodogstatsd`,
		"jvm": `io.micrometer:micrometer-registry-stackdriver io.micrometer:micrometer-registry-datadog io.micrometer:micrometer-registry-cloudwatch*
			io.micrometer:micrometer-registry-new-relic io.micrometer:micrometer-registry-newrelic io.micrometer:micrometer-registry-otlp io.micrometer:micrometer-registry-dynatrace
			io.micrometer:micrometer-registry-wavefront io.micrometer:micrometer-registry-azure-monitor io.micrometer:micrometer-registry-signalfx io.micrometer:micrometer-registry-elastic
			io.micrometer:micrometer-registry-influx io.micrometer:micrometer-registry-graphite io.micrometer:micrometer-registry-statsd io.micrometer:micrometer-registry-atlas
			com.newrelic.telemetry:micrometer-registry-new-relic com.google.cloud:spring-cloud-gcp-starter-metrics com.datadoghq:java-dogstatsd-client`,
		"nuget":     `dogstatsd-csharp-client newrelic.agent*`,
		"rubygems":  `dogstatsd-ruby newrelic_rpm`,
		"packagist": `datadog/php-datadogstatsd`,
		"cargo":     `metrics-exporter-dogstatsd metrics-exporter-statsd`,
		"hex":       `new_relic_agent`,
	},
	tracing: {
		"go": `go.opentelemetry.io/otel/sdk go.opentelemetry.io/otel/exporters/otlp/otlptrace* go.opentelemetry.io/otel/exporters/jaeger go.opentelemetry.io/otel/exporters/zipkin
			go.opentelemetry.io/contrib/exporters/autoexport go.opentelemetry.io/contrib/otelconf go.opentelemetry.io/auto* github.com/uptrace/uptrace-go github.com/honeycombio/otel-config-go* github.com/honeycombio/honeycomb-opentelemetry-go* 
			github.com/GoogleCloudPlatform/opentelemetry-operations-go/exporter/trace cloud.google.com/go/trace 
			gopkg.in/DataDog/dd-trace-go.v1* github.com/DataDog/dd-trace-go* github.com/uber/jaeger-client-go github.com/openzipkin/zipkin-go* github.com/openzipkin-contrib/* github.com/lightstep/*
			github.com/aws/aws-xray-sdk-go github.com/newrelic/go-agent* go.elastic.co/apm* github.com/apache/skywalking-go* github.com/SkyAPM/go2sky* github.com/signalfx/splunk-otel-go* github.com/zeromicro/go-zero`,
		"npm": `@opentelemetry/sdk-node @opentelemetry/sdk-trace-* @opentelemetry/auto-instrumentations-* @opentelemetry/exporter-trace-* @opentelemetry/exporter-otlp-grpc @opentelemetry/exporter-otlp-http @opentelemetry/exporter-jaeger @opentelemetry/exporter-zipkin @opentelemetry/node @opentelemetry/tracing
			  @vercel/otel @azure/monitor-opentelemetry* @honeycombio/opentelemetry-* @splunk/otel* @google-cloud/opentelemetry-cloud-trace-exporter @google-cloud/trace-agent applicationinsights @grafana/faro-web-tracing @microlabs/otel-cf-workers
			dd-trace jaeger-client aws-xray-sdk* newrelic @newrelic/* elastic-apm-node @elastic/apm-rum* @elastic/opentelemetry-node nestjs-otel nestjs-opentelemetry @appsignal/nodejs @instana/collector skywalking-backend-js lightstep-tracer @dynatrace/oneagent* @uptrace/node @fastify/otel`,
		"pypi": `opentelemetry-sdk opentelemetry-distro opentelemetry-exporter-otlp* opentelemetry-exporter-jaeger* opentelemetry-exporter-zipkin* opentelemetry-exporter-gcp-trace opentelemetry-instrumentation* opentelemetry-bootstrap opentelemetry-sdk-extension-aws
			azure-monitor-opentelemetry* splunk-opentelemetry honeycomb-opentelemetry logfire logfire* uptrace ddtrace jaeger-client py-zipkin aws-xray-sdk aws-opentelemetry-distro newrelic elastic-apm elastic-opentelemetry lightstep opencensus* google-cloud-trace instana apache-skywalking traceloop-sdk appsignal`,
		"jvm": `io.opentelemetry:opentelemetry-sdk* io.opentelemetry:opentelemetry-exporter-* io.opentelemetry.instrumentation:* io.opentelemetry.javaagent:* io.opentelemetry.javaagent* io.micrometer:micrometer-tracing-bridge-* io.micrometer:micrometer-tracing-reporter-*
			org.springframework.boot:spring-boot-starter-opentelemetry org.springframework.boot:spring-boot-starter-zipkin org.springframework.boot:spring-boot-micrometer-tracing* org.springframework.cloud:spring-cloud-starter-sleuth org.springframework.cloud:spring-cloud-starter-zipkin org.springframework.cloud:spring-cloud-sleuth-* org.springframework.cloud:spring-cloud-starter-otel*
			io.zipkin.brave:* io.zipkin.reporter2:* io.zipkin.aws:* io.jaegertracing:* io.opentracing.contrib:* com.datadoghq:dd-trace-* com.datadoghq:dd-java-agent com.amazonaws:aws-xray-recorder-sdk-* software.amazon.opentelemetry:* com.newrelic.agent.java:* co.elastic.apm:* co.elastic.otel:* com.google.cloud:spring-cloud-gcp-starter-trace org.springframework.cloud:spring-cloud-gcp-starter-trace com.google.cloud.opentelemetry:exporter-trace com.google.cloud:google-cloud-trace
			io.quarkus:quarkus-opentelemetry* io.quarkus:quarkus-smallrye-opentracing io.quarkiverse.opentelemetry* io.micronaut.tracing:* io.micronaut:micronaut-tracing io.helidon.tracing:* io.helidon.microprofile.tracing:* io.smallrye:smallrye-opentelemetry org.apache.skywalking:apm-toolkit-trace org.apache.skywalking:apm-toolkit-micrometer* com.microsoft.azure:applicationinsights-* com.azure:azure-monitor-opentelemetry* com.azure.spring:spring-cloud-azure-starter-monitor* io.ktor:ktor-server-opentelemetry* com.splunk:splunk-otel-javaagent`,
		"nuget": `opentelemetry opentelemetry.extensions.hosting opentelemetry.exporter.opentelemetryprotocol* opentelemetry.exporter.jaeger opentelemetry.exporter.zipkin opentelemetry.autoinstrumentation* opentelemetry.instrumentation.* azure.monitor.opentelemetry* honeycomb.opentelemetry* grafana.opentelemetry* elastic.opentelemetry*
			datadog.trace* jaeger jaeger.core zipkin4net* awsxrayrecorder* newrelic.agent* elastic.apm* microsoft.applicationinsights* google.cloud.diagnostics.* google.cloud.trace.* lightstep steeltoe.management.tracing* skyapm.*`,
		"rubygems":  `opentelemetry-sdk opentelemetry-exporter-* opentelemetry-instrumentation-* ddtrace datadog zipkin-tracer jaeger-client aws-xray-sdk newrelic_rpm elastic-apm google-cloud-trace stackdriver appsignal splunk-otel`,
		"packagist": `open-telemetry/sdk open-telemetry/exporter-* open-telemetry/opentelemetry-auto-* open-telemetry/opentelemetry ext-opentelemetry datadog/dd-trace openzipkin/zipkin jonahgeorge/jaeger-client-php elastic/apm-agent nipwaayoni/elastic-apm-php-agent keepsuit/laravel-opentelemetry overtrue/laravel-open-telemetry friendsofopentelemetry/opentelemetry-bundle google/cloud-trace`,
		"cargo":     `opentelemetry_sdk opentelemetry-otlp opentelemetry-jaeger opentelemetry-zipkin opentelemetry-datadog tracing-opentelemetry init-tracing-opentelemetry axum-tracing-opentelemetry opentelemetry-instrumentation-* datadog-opentelemetry rustracing_jaeger fastrace-*`,
		"hex":       `opentelemetry opentelemetry_exporter opentelemetry_phoenix opentelemetry_ecto opentelemetry_cowboy opentelemetry_bandit spandex spandex_datadog new_relic_agent appsignal appsignal_phoenix`,
	},
	structuredLogging: {
		"go": `log/slog go.uber.org/zap github.com/rs/zerolog github.com/sirupsen/logrus github.com/go-kit/log github.com/go-kit/kit github.com/go-logr/logr github.com/go-logr/zapr github.com/go-logr/zerologr github.com/go-logr/stdr github.com/hashicorp/go-hclog github.com/apex/log github.com/inconshreveable/log15 github.com/phuslu/log
			github.com/charmbracelet/log charm.land/log golang.org/x/exp/slog github.com/lmittmann/tint github.com/uber-go/zap k8s.io/klog github.com/samber/slog-* github.com/go-kratos/kratos github.com/zeromicro/go-zero cdr.dev/slog github.com/mattermost/logr sigs.k8s.io/controller-runtime github.com/gookit/slog`,
		"npm":  `pino pino-* nestjs-pino winston nest-winston express-winston bunyan express-bunyan-logger express-pino-logger @google-cloud/logging-winston @google-cloud/logging-bunyan @google-cloud/logging log4js roarr tslog loglayer @loglayer/* lambda-log @aws-lambda-powertools/logger ecs-pino-format @elastic/ecs-* @logtail/node @logtape/logtape @backstage/backend-defaults @backstage/backend-common @opentelemetry/sdk-logs @opentelemetry/exporter-logs-* @axiomhq/winston @axiomhq/pino moleculer`,
		"pypi": `structlog structlog-* dockerflow python-json-logger json-logging json-log-formatter loguru logbook eliot google-cloud-logging aws-lambda-powertools ecs-logging python-logstash* django-structlog jslog4kube logfire graypy pygelf python-logging-loki azure-monitor-opentelemetry`,
		"jvm": `net.logstash.logback:* net.logstash.log4j:* ch.qos.logback.contrib:logback-json-* ch.qos.logback.contrib:logback-jackson org.apache.logging.log4j:log4j-layout-template-json co.elastic.logging:* com.google.cloud:google-cloud-logging-logback com.google.cloud:spring-cloud-gcp-starter-logging org.springframework.cloud:spring-cloud-gcp-starter-logging com.google.cloud:spring-cloud-gcp-logging
			io.quarkus:quarkus-logging-json io.quarkiverse.loggingjson:* io.quarkus:quarkus-logging-gelf de.siegmar:logback-gelf de.siegmar:logback-awslogs-json-encoder biz.paluch.logging:* com.github.loki4j:* io.opentelemetry.instrumentation:opentelemetry-logback-appender-* io.opentelemetry.instrumentation:opentelemetry-log4j-appender-* software.amazon.lambda:powertools-logging*
			    com.internetitem:logback-elasticsearch-appender`,
		"nuget":     `serilog* nlog nlog.* log4net.ext.json seq.extensions.logging elastic.commonschema* elastic.serilog* google.cloud.logging.* zlogger karambolo.extensions.logging.* aws.lambda.powertools.logging gelf.extensions.logging`,
		"rubygems":  `semantic_logger rails_semantic_logger lograge logstash-event logstash-logger ougai json_log_formatter ecs-logging google-cloud-logging stackdriver twiglet dry-logger logtail logtail-rails`,
		"packagist": `monolog/monolog symfony/monolog-bundle google/cloud-logging elastic/ecs-logging`,
		"cargo":     `tracing tracing-subscriber tracing-bunyan-formatter tracing-stackdriver json-subscriber slog slog-json structured-logger emit`,
		"hex":       `logger_json`,
	},
	circuitBreaking: {
		"go": `github.com/sony/gobreaker github.com/afex/hystrix-go github.com/cep21/circuit github.com/failsafe-go/failsafe-go github.com/mercari/go-circuitbreaker github.com/rubyist/circuitbreaker github.com/eapache/go-resiliency github.com/slok/goresilience github.com/alibaba/sentinel-golang github.com/streadway/handy github.com/go-kratos/aegis github.com/zeromicro/go-zero
			github.com/gojek/heimdall github.com/gojektech/heimdall`,
		"npm":       `opossum opossum-prometheus cockatiel brakes hystrixjs levee mollitia @mollitia/* nestjs-resilience moleculer`,
		"pypi":      `pybreaker circuitbreaker aiobreaker purgatory purgatory-circuitbreaker aiocircuitbreaker hyx failsafe`,
		"jvm":       `io.github.resilience4j:resilience4j-* org.springframework.cloud:spring-cloud-starter-circuitbreaker-* org.springframework.cloud:spring-cloud-circuitbreaker-* org.springframework.cloud:spring-cloud-starter-netflix-hystrix org.springframework.cloud:spring-cloud-starter-hystrix com.netflix.hystrix:* net.jodah:failsafe dev.failsafe:failsafe* com.alibaba.csp:* com.alibaba.cloud:spring-cloud-starter-alibaba-sentinel io.smallrye:smallrye-fault-tolerance io.quarkus:quarkus-smallrye-fault-tolerance org.eclipse.microprofile.fault-tolerance:* io.micronaut:micronaut-retry io.vertx:vertx-circuit-breaker io.helidon.faulttolerance:* io.helidon.microprofile.bundles:* com.linecorp.armeria:* io.arrow-kt:arrow-resilience* io.arrow-kt:arrow-fx-resilience io.github.nomisrev:arrow-resilience`,
		"nuget":     `polly polly.core polly.extensions* microsoft.extensions.http.polly microsoft.extensions.http.resilience microsoft.extensions.resilience steeltoe.circuitbreaker.*`,
		"rubygems":  `circuitbox stoplight semian cb2 circuit_breaker faraday-circuit_breaker hystrix`,
		"packagist": `ackintosh/ganesha leocarmo/circuit-breaker-php ejsmont-artur/php-circuit-breaker eljam/circuit-breaker`,
		"cargo":     `failsafe circuit_breaker recloser tower-resilience*`,
		"hex":       `fuse external_service`,
	},
	retrying: {
		"go": `github.com/hashicorp/go-retryablehttp github.com/cenkalti/backoff github.com/avast/retry-go github.com/failsafe-go/failsafe-go github.com/sethvargo/go-retry github.com/eapache/go-resiliency github.com/slok/goresilience github.com/gojek/heimdall github.com/gojektech/heimdall github.com/go-resty/resty resty.dev/v3 github.com/grpc-ecosystem/go-grpc-middleware github.com/jpillora/backoff github.com/matryer/try github.com/giantswarm/retry-go 
			  github.com/flowchartsman/retry github.com/imroc/req github.com/PuerkitoBio/rehttp github.com/thedevsaddam/retry github.com/zeromicro/go-zero github.com/rogpeppe/retry github.com/ybbus/httpretry github.com/projectdiscovery/retryablehttp-go`,
		"npm":       `cockatiel async-retry p-retry axios-retry retry-axios got ky fetch-retry @vercel/fetch-retry promise-retry retry requestretry node-fetch-retry exponential-backoff ts-retry ts-retry-promise attempt @lifeomic/attempt p-timeout nestjs-resilience mollitia @mollitia/* @octokit/plugin-retry backoff ofetch make-fetch-happen @smithy/middleware-retry @smithy/util-retry moleculer retry-as-promised opossum`,
		"pypi":      `tenacity backoff retrying retry stamina aiohttp-retry httpx-retries hyx failsafe resilient-caller`,
		"jvm":       `io.github.resilience4j:resilience4j-* org.springframework.retry:spring-retry org.springframework.boot:spring-boot-starter-retry org.springframework.cloud:spring-cloud-starter-circuitbreaker-* org.springframework.cloud:spring-cloud-circuitbreaker-* net.jodah:failsafe dev.failsafe:failsafe* com.github.rholder:guava-retrying io.smallrye:smallrye-fault-tolerance io.quarkus:quarkus-smallrye-fault-tolerance org.eclipse.microprofile.fault-tolerance:* io.micronaut:micronaut-retry io.helidon.faulttolerance:* com.netflix.hystrix:* org.springframework.cloud:spring-cloud-starter-netflix-hystrix org.springframework.cloud:spring-cloud-starter-hystrix com.linecorp.armeria:* io.arrow-kt:arrow-resilience* io.arrow-kt:arrow-fx-resilience com.michael-bull.kotlin-retry:* io.projectreactor.addons:reactor-extra com.github.cb372:cats-retry*`,
		"nuget":     `polly polly.core polly.extensions* microsoft.extensions.http.polly microsoft.extensions.http.resilience microsoft.extensions.resilience steeltoe.circuitbreaker.*`,
		"rubygems":  `retriable faraday-retry retryable with_retries retries httpx stoplight semian circuitbox`,
		"packagist": `caseyamcl/guzzle_retry_middleware eventsauce/backoff stechstudio/backoff symfony/http-client kamermans/guzzle-retry-middleware`,
		"cargo":     `backoff backon tokio-retry tokio-retry2 reqwest-retry retry again failsafe tower-resilience* exponential-backoff stubborn-io`,
		"hex":       `retry req tesla external_service fuse`,
	},
	rateLimiting: {
		"go":        `golang.org/x/time/rate github.com/ulule/limiter github.com/didip/tollbooth github.com/didip/tollbooth_* github.com/go-chi/httprate* github.com/throttled/throttled github.com/go-redis/redis_rate github.com/sethvargo/go-limiter github.com/uber-go/ratelimit go.uber.org/ratelimit github.com/juju/ratelimit github.com/mennanov/limiters github.com/alibaba/sentinel-golang github.com/JGLTechnologies/gin-rate-limit github.com/envoyproxy/ratelimit github.com/failsafe-go/failsafe-go github.com/zeromicro/go-zero github.com/aviddiviner/gin-limit github.com/kevinms/leakybucket-go`,
		"npm":       `express-rate-limit express-slow-down rate-limiter-flexible @fastify/rate-limit fastify-rate-limit koa-ratelimit koa2-ratelimit @nestjs/throttler nestjs-throttler @upstash/ratelimit limiter bottleneck express-brute hono-rate-limiter graphql-rate-limit* hapi-rate-limit ratelimiter rate-limit-redis @koa/ratelimit elysia-rate-limit @arcjet/*`,
		"pypi":      `slowapi flask-limiter limits django-ratelimit fastapi-limiter ratelimit aiolimiter asgi-ratelimit pyrate-limiter quart-rate-limiter token-bucket throttled throttled-py sanic-limiter`,
		"jvm":       `com.bucket4j:* com.github.vladimir-bukhtoyarov:* com.giffing.bucket4j.spring.boot.starter:* io.github.resilience4j:resilience4j-ratelimiter io.github.resilience4j:resilience4j-spring-boot* io.github.resilience4j:resilience4j-all com.marcosbarbero.cloud:spring-cloud-zuul-ratelimit com.alibaba.csp:* com.alibaba.cloud:spring-cloud-starter-alibaba-sentinel es.moki.ratelimitj:* io.quarkiverse.bucket4j:* com.github.bucket4j:* io.ktor:ktor-server-rate-limit* com.netflix.concurrency-limits:* org.isomorphism:token-bucket io.smallrye:smallrye-fault-tolerance io.quarkus:quarkus-smallrye-fault-tolerance`,
		"nuget":     `aspnetcoreratelimit* system.threading.ratelimiting microsoft.aspnetcore.ratelimiting redisratelimiting* polly.ratelimiting polly.ratelimiting* webapithrottle`,
		"rubygems":  `rack-attack rack-throttle ratelimit grape-attack redis-throttle prorate pecorino rack-ratelimit`,
		"packagist": `symfony/rate-limiter nikolaposa/rate-limit noxlogic/ratelimit-bundle graham-campbell/throttle bandwidth-throttle/token-bucket davedevelopment/stiphle touhonoob/rate-limit sunspikes/php-ratelimiter`,
		"cargo":     `governor tower_governor tower-governor actix-governor actix-limitation axum-governor actix-extensible-rate-limit ratelimit_meter leaky-bucket rocket-governor rocket_governor`,
		"hex":       `hammer hammer_plug ex_rated plug_attack`,
	},
	migrating: {
		"go":        `github.com/golang-migrate/migrate github.com/mattes/migrate github.com/pressly/goose github.com/rubenv/sql-migrate ariga.io/atlas* ariga.io/atlas-go-sdk ariga.io/atlas-provider-* github.com/amacneil/dbmate github.com/jackc/tern github.com/go-gormigrate/gormigrate gopkg.in/gormigrate.v1 gopkg.in/gormigrate.v2 github.com/golang-migrate/migrate/* github.com/GuiaBolso/darwin github.com/lopezator/migrator github.com/remind101/migrate github.com/gobuffalo/pop* github.com/gobuffalo/fizz github.com/uptrace/bun/migrate github.com/go-pg/migrations github.com/maragudk/migrate maragu.dev/migrate github.com/adlio/schema github.com/BurntSushi/migration`,
		"npm":       `db-migrate db-migrate-* node-pg-migrate umzug sequelize-cli postgres-migrations drizzle-kit @databases/pg-migrations graphile-migrate migrate-sql marv ley @slonik/migrator @mikro-orm/migrations kysely-ctl node-flywaydb dbmate @adonisjs/lucid`,
		"pypi":      `alembic flask-migrate yoyo-migrations aerich peewee-migrate sqlalchemy-migrate flask-alembic atlas-provider-django atlas-provider-sqlalchemy advanced-alchemy`,
		"jvm":       `org.flywaydb:* org.flywaydb.flyway org.flywaydb.enterprise:* com.redgate.flyway:* org.liquibase:* org.liquibase.gradle org.springframework.boot:spring-boot-starter-flyway org.springframework.boot:spring-boot-starter-liquibase org.springframework.boot:spring-boot-flyway org.springframework.boot:spring-boot-liquibase io.quarkus:quarkus-flyway* io.quarkus:quarkus-liquibase io.micronaut.flyway:* io.micronaut.liquibase:* org.mybatis:mybatis-migrations org.grails.plugins:database-migration io.ebean:ebean-migration* nu.studer.jooq-flyway com.typesafe.play:play-jdbc-evolutions com.typesafe.play:evolutions* org.playframework:play-jdbc-evolutions* io.dropwizard:dropwizard-migrations`,
		"nuget":     `fluentmigrator* dbup dbup-* evolve roundhouse grate`,
		"rubygems":  `standalone_migrations`,
		"packagist": `doctrine/doctrine-migrations-bundle doctrine/migrations robmorgan/phinx cakephp/migrations cycle/migrations yiisoft/db-migration`,
		"cargo":     `refinery refinery-core sea-orm-migration diesel_migrations atlas-provider-*`,
		"hex":       ``,
	},
	migratingFolder: {
		"go":        `entgo.io/ent gorm.io/gorm github.com/uptrace/bun github.com/jmoiron/sqlx`,
		"npm":       `prisma @prisma/client knex typeorm sequelize sequelize-typescript @mikro-orm/core objection drizzle-orm kysely bookshelf @nestjs/typeorm @nestjs/sequelize @adonisjs/lucid postgres pg mysql mysql2`,
		"pypi":      `django tortoise-orm piccolo peewee pony`,
		"jvm":       ``,
		"nuget":     `microsoft.entityframeworkcore* npgsql.entityframeworkcore.* pomelo.entityframeworkcore.* entityframework oracle.entityframeworkcore mysql.entityframeworkcore`,
		"rubygems":  `rails activerecord sinatra-activerecord sequel hanami-model rom-sql`,
		"packagist": `laravel/framework illuminate/database doctrine/orm topthink/framework yiisoft/yii2`,
		"cargo":     `diesel diesel-async sqlx sea-orm`,
		"hex":       `ecto_sql ash_postgres`,
	},
	relational: {
		"go":   `github.com/jackc/pgx* github.com/jackc/pgx github.com/lib/pq github.com/go-sql-driver/mysql github.com/go-pg/pg github.com/mattn/go-sqlite3 modernc.org/sqlite github.com/glebarez/sqlite github.com/glebarez/go-sqlite gorm.io/gorm gorm.io/driver/* github.com/jinzhu/gorm github.com/jmoiron/sqlx entgo.io/ent github.com/uptrace/bun* github.com/denisenkom/go-mssqldb github.com/microsoft/go-mssqldb github.com/sijms/go-ora* github.com/godror/godror xorm.io/xorm github.com/go-xorm/xorm github.com/volatiletech/sqlboiler* github.com/aarondl/sqlboiler* github.com/Masterminds/squirrel github.com/doug-martin/goqu github.com/gobuffalo/pop github.com/upper/db github.com/go-gorp/gorp github.com/go-jet/jet github.com/stephenafamo/bob cloud.google.com/go/cloudsqlconn cloud.google.com/go/alloydbconn github.com/ncruces/go-sqlite3 zombiezen.com/go/sqlite`,
		"npm":  `pg pg-promise postgres mysql mysql2 mariadb mssql tedious oracledb sqlite3 better-sqlite3 sequelize sequelize-typescript typeorm @nestjs/typeorm @nestjs/sequelize knex objection bookshelf @prisma/client prisma drizzle-orm kysely @mikro-orm/core @mikro-orm/postgresql @mikro-orm/mysql slonik massive @databases/pg @databases/mysql @neondatabase/serverless @vercel/postgres @planetscale/database @libsql/client @adonisjs/lucid @fastify/postgres @fastify/mysql`,
		"pypi": `sqlalchemy sqlalchemy[*] sqlmodel psycopg psycopg[*] psycopg2 psycopg2-binary asyncpg aiopg mysqlclient pymysql aiomysql asyncmy mysql-connector-python mysql-connector mariadb pyodbc pymssql cx-oracle oracledb peewee pony tortoise-orm django flask-sqlalchemy flask-sqlalchemy-lite databases databases[*] ormar gino piccolo records encode-databases aiosqlite pg8000 cloud-sql-python-connector cloud-sql-python-connector[*] google-cloud-alloydb-connector google-cloud-alloydb-connector[*] langchain-google-alloydb-pg langchain-postgres edgy advanced-alchemy dj-database-url`,
		"jvm": `org.springframework.boot:spring-boot-starter-data-jpa org.springframework.boot:spring-boot-starter-jdbc org.springframework.boot:spring-boot-starter-data-jdbc org.springframework.boot:spring-boot-starter-data-r2dbc org.springframework.boot:spring-boot-starter-jooq org.springframework.data:spring-data-jpa org.springframework.data:spring-data-jdbc org.springframework:spring-jdbc org.springframework:spring-orm org.mybatis* com.baomidou:* org.postgresql:* io.r2dbc:* com.mysql:* mysql:mysql-connector-java org.mariadb.jdbc:* org.mariadb:* com.microsoft.sqlserver:* com.oracle.database.jdbc:* com.oracle.ojdbc:* com.h2database:h2 org.hsqldb:hsqldb org.apache.derby:derby org.xerial:sqlite-jdbc org.hibernate:* org.hibernate.orm:* org.jooq:jooq org.jooq:* com.zaxxer:HikariCP org.jdbi:* org.jetbrains.exposed:* io.ebean:* com.querydsl:querydsl-jpa com.querydsl:querydsl-sql jakarta.persistence:* javax.persistence:* org.eclipse.persistence:*
			io.quarkus:quarkus-jdbc-* io.quarkus:quarkus-hibernate-orm* io.quarkus:quarkus-reactive-pg-client io.quarkus:quarkus-reactive-mysql-client io.quarkus:quarkus-agroal io.micronaut.sql:* io.micronaut.data:micronaut-data-jdbc io.micronaut.data:micronaut-data-hibernate-jpa io.vertx:vertx-pg-client io.vertx:vertx-mysql-client com.github.jasync-sql:* org.ktorm:* com.typesafe.slick:* org.tpolecat:doobie-* io.getquill:* app.cash.sqldelight:* org.flywaydb:* org.liquibase:*`,
		"nuget":     `npgsql* mysql.data* mysqlconnector* pomelo.* microsoft.entityframeworkcore* entityframework microsoft.data.sqlclient system.data.sqlclient microsoft.data.sqlite* dapper dapper.* oracle.manageddataaccess* nhibernate fluentnhibernate linq2db* servicestack.ormlite* repodb* petapoco npoco freesql* sqlsugar* aspire.npgsql* aspire.microsoft.entityframeworkcore.* aspire.pomelo.*`,
		"rubygems":  `pg mysql2 sqlite3 activerecord rails sequel rom-sql activerecord-* trilogy tiny_tds ruby-oci8 sinatra-activerecord hanami-db`,
		"packagist": `doctrine/orm doctrine/dbal doctrine/doctrine-bundle laravel/framework illuminate/database ext-pdo_pgsql ext-pdo_mysql ext-pgsql ext-mysqli ext-pdo propel/propel cycle/orm symfony/orm-pack yiisoft/db yiisoft/yii2 cakephp/cakephp cakephp/orm catfan/medoo topthink/think-orm aura/sql hyperf/database`,
		"cargo":     `sqlx diesel diesel-async sea-orm tokio-postgres postgres mysql mysql_async rusqlite tiberius deadpool-postgres rbatis oracle welds ormx bb8-postgres r2d2_postgres libsql`,
		"hex":       `postgrex myxql tds ecto_sql ecto_sqlite3 exqlite`,
	},
	llmClient: {
		"go":        `github.com/sashabaranov/go-openai github.com/openai/openai-go github.com/anthropics/anthropic-sdk-go github.com/tmc/langchaingo google.golang.org/genai github.com/google/generative-ai-go cloud.google.com/go/vertexai github.com/ollama/ollama github.com/cloudwego/eino* github.com/firebase/genkit/go github.com/aws/aws-sdk-go-v2/service/bedrockruntime github.com/liushuangls/go-anthropic github.com/cohere-ai/cohere-go github.com/Azure/azure-sdk-for-go/sdk/ai/azopenai`,
		"npm":       `openai @azure/openai @anthropic-ai/* langchain @langchain/* ai @ai-sdk/* llamaindex @llamaindex/* @google/generative-ai @google/genai @google-cloud/vertexai cohere-ai @mistralai/mistralai ollama replicate @huggingface/inference @aws-sdk/client-bedrock-runtime groq-sdk together-ai genkit @genkit-ai/* @mastra/* portkey-ai @openrouter/*`,
		"pypi":      `openai anthropic langchain langchain-* langgraph llama-index llama-index-* google-generativeai google-genai google-cloud-aiplatform vertexai cohere mistralai ollama replicate huggingface-hub litellm litellm[*] groq together semantic-kernel haystack-ai farm-haystack dspy dspy-ai instructor guidance autogen pyautogen autogen-* crewai crewai-* pydantic-ai pydantic-ai-* openai-agents smolagents marvin google-adk strands-agents portkey-ai agno vllm`,
		"jvm":       `dev.langchain4j:* org.springframework.ai:* com.openai:* com.theokanning.openai-gpt3-java:* com.azure:azure-ai-openai com.anthropic:* com.google.genai:* com.google.cloud:google-cloud-vertexai io.quarkiverse.langchain4j:* software.amazon.awssdk:bedrockruntime com.microsoft.semantic-kernel:* com.aallam.openai:*`,
		"nuget":     `openai azure.ai.openai anthropic.sdk anthropic microsoft.semantickernel* microsoft.extensions.ai* betalgo.openai* ollamasharp langchain* awssdk.bedrockruntime google.cloud.aiplatform.v1 microsoft.agents.ai*`,
		"rubygems":  `ruby-openai openai anthropic langchainrb ruby_llm gemini-ai ollama-ai`,
		"packagist": `openai-php/client openai-php/laravel anthropic-ai/sdk echolabsdev/prism prism-php/prism symfony/ai-* symfony/llm-chain`,
		"cargo":     `async-openai anthropic anthropic-sdk ollama-rs rig-core langchain-rust genai aws-sdk-bedrockruntime`,
		"hex":       `langchain openai_ex instructor anthropix ollama req_llm`,
	},
	llmObservability: {
		"go":        `github.com/henomis/langfuse-go github.com/traceloop/go-openllmetry* github.com/openlit/openlit* github.com/cloudwego/eino-ext/callbacks/langfuse*`,
		"npm":       `langfuse langfuse-* @langfuse/* langsmith @traceloop/* openlit @arizeai/* helicone @helicone/* @opentelemetry/instrumentation-openai lunary @langtrase/typescript-sdk braintrust @honeyhive/logger honeyhive weave opik @opik/* @posthog/ai @lmnr-ai/lmnr`,
		"pypi":      `langfuse langsmith traceloop-sdk opentelemetry-instrumentation-openai* opentelemetry-instrumentation-anthropic opentelemetry-instrumentation-langchain opentelemetry-instrumentation-llamaindex opentelemetry-instrumentation-bedrock opentelemetry-instrumentation-vertexai opentelemetry-instrumentation-google-genai opentelemetry-instrumentation-google-generativeai opentelemetry-instrumentation-groq opentelemetry-instrumentation-mistralai opentelemetry-instrumentation-ollama opentelemetry-instrumentation-crewai opentelemetry-instrumentation-haystack openinference-instrumentation* arize-phoenix* arize-otel openlit helicone lunary langtrace-python-sdk weave braintrust opik honeyhive agentops logfire mlflow lmnr literalai trulens*`,
		"jvm":       `io.opentelemetry.instrumentation:opentelemetry-openai-java* com.langfuse:* io.quarkiverse.langchain4j:quarkus-langchain4j-observability* dev.langchain4j:langchain4j-micrometer-metrics org.springframework.ai:spring-ai-autoconfigure-model-chat-observation`,
		"nuget":     `opentelemetry.instrumentation.openai langfuse* openlit`,
		"rubygems":  `langfuse langfuse-* langsmith opentelemetry-instrumentation-ruby_llm opentelemetry-instrumentation-openai braintrust`,
		"packagist": ``,
		"cargo":     `langfuse*`,
	},
	metricsLibrary: {
		"go":        `github.com/prometheus/client_golang go.opentelemetry.io/otel/sdk/metric go.opentelemetry.io/otel/exporters/prometheus github.com/VictoriaMetrics/metrics github.com/DataDog/datadog-go github.com/smira/go-statsd github.com/cactus/go-statsd-client github.com/armon/go-metrics github.com/hashicorp/go-metrics github.com/uber-go/tally`,
		"npm":       `prom-client express-prom-bundle @opentelemetry/sdk-metrics @opentelemetry/exporter-prometheus @willsoto/nestjs-prometheus fastify-metrics hot-shots node-statsd swagger-stats`,
		"pypi":      `prometheus-client prometheus-fastapi-instrumentator prometheus-flask-exporter django-prometheus starlette-exporter starlette-prometheus opentelemetry-exporter-prometheus datadog statsd aioprometheus`,
		"jvm":       `io.micrometer:micrometer-registry-* io.micrometer:micrometer-core io.prometheus:* io.dropwizard.metrics:* org.springframework.boot:spring-boot-starter-actuator io.quarkus:quarkus-micrometer* io.smallrye:smallrye-metrics io.helidon.metrics:*`,
		"nuget":     `prometheus-net* opentelemetry.exporter.prometheus* app.metrics* dogstatsd-csharp-client`,
		"rubygems":  `prometheus-client prometheus_exporter yabeda yabeda-* statsd-instrument dogstatsd-ruby puma-metrics`,
		"packagist": `promphp/prometheus_client_php jimdo/prometheus_client_php artprima/prometheus-metrics-bundle`,
		"cargo":     `prometheus prometheus-client metrics metrics-exporter-prometheus axum-prometheus actix-web-prom actix-web-prometheus opentelemetry-prometheus`,
		"hex":       `telemetry_metrics_prometheus* prom_ex prometheus_ex peep`,
	},
	webServer: {
		"go":        `net/http github.com/gin-gonic/gin github.com/labstack/echo* github.com/gofiber/fiber* github.com/go-chi/chi github.com/gorilla/mux github.com/julienschmidt/httprouter github.com/valyala/fasthttp google.golang.org/grpc connectrpc.com/connect github.com/twitchtv/twirp github.com/beego/beego github.com/zeromicro/go-zero github.com/go-kratos/kratos github.com/danielgtaylor/huma* github.com/emicklei/go-restful github.com/cloudwego/hertz github.com/kataras/iris github.com/99designs/gqlgen goa.design/goa*`,
		"npm":       `express fastify koa @nestjs/core @nestjs/platform-* @hapi/hapi restify hono @hono/node-server next nuxt @sveltejs/kit @remix-run/node @remix-run/express @grpc/grpc-js apollo-server* @apollo/server graphql-yoga polka micro sails @adonisjs/core @feathersjs/feathers @backstage/backend-defaults ws socket.io moleculer-web elysia @trpc/server astro`,
		"pypi":      `flask fastapi fastapi[*] django djangorestframework starlette aiohttp tornado sanic falcon bottle pyramid quart litestar gunicorn uvicorn uvicorn[*] hypercorn grpcio connexion connexion[*] streamlit gradio uwsgi waitress daphne robyn blacksheep cherrypy`,
		"jvm":       `org.springframework.boot:spring-boot-starter-web org.springframework.boot:spring-boot-starter-webmvc org.springframework.boot:spring-boot-starter-webflux org.springframework.boot:spring-boot-starter-graphql org.springframework.boot:spring-boot-starter-data-rest org.springframework.boot:spring-boot-starter-jersey org.springframework.cloud:spring-cloud-starter-gateway* org.springframework.grpc:* io.quarkus:quarkus-rest* io.quarkus:quarkus-resteasy* io.quarkus:quarkus-grpc io.quarkus:quarkus-vertx-http io.micronaut:micronaut-http-server* io.ktor:ktor-server-* io.javalin:* io.vertx:vertx-web io.dropwizard:dropwizard-core io.helidon.webserver:* io.helidon.microprofile.bundles:* com.sparkjava:* io.grpc:grpc-netty* io.grpc:grpc-services io.grpc:grpc-stub net.devh:grpc-* com.typesafe.akka:akka-http* org.http4s:* org.eclipse.jetty:* org.apache.tomcat.embed:* io.undertow:* com.linecorp.armeria:* com.twitter:finagle-* org.glassfish.jersey* com.typesafe.play:play`,
		"nuget":     `microsoft.net.sdk.web microsoft.aspnetcore.app grpc.aspnetcore* fastendpoints nancy servicestack carter microsoft.aspnetcore.*`,
		"rubygems":  `rails sinatra puma unicorn grape hanami roda falcon rack grpc thin passenger cuba padrino`,
		"packagist": `laravel/framework symfony/framework-bundle slim/slim laravel/lumen-framework cakephp/cakephp yiisoft/yii2 codeigniter4/framework laminas/laminas-mvc mezzio/mezzio api-platform/* hyperf/http-server workerman/workerman spiral/roadrunner-http react/http topthink/framework`,
		"cargo":     `axum actix-web rocket warp tonic hyper poem tide salvo async-graphql ntex gotham`,
		"hex":       `plug_cowboy bandit plug grpc absinthe`,
	},
	remoteClient: {
		"go":        `net/http google.golang.org/grpc connectrpc.com/connect github.com/go-resty/resty resty.dev/v3 github.com/hashicorp/go-retryablehttp github.com/valyala/fasthttp github.com/imroc/req github.com/carlmjohnson/requests github.com/twitchtv/twirp github.com/aws/aws-sdk-go* k8s.io/client-go cloud.google.com/go* github.com/Khan/genqlient`,
		"npm":       `axios got node-fetch ky undici request superagent needle cross-fetch @nestjs/axios @grpc/grpc-js @apollo/client graphql-request isomorphic-fetch ofetch @connectrpc/connect* @trpc/client @aws-sdk/* aws-sdk @backstage/backend-defaults`,
		"pypi":      `requests httpx httpx[*] aiohttp urllib3 grpcio boto3 aiobotocore zeep gql uplink treq pycurl kubernetes`,
		"jvm":       `org.springframework.boot:spring-boot-starter-web org.springframework.boot:spring-boot-starter-webmvc org.springframework.boot:spring-boot-starter-webflux org.springframework.boot:spring-boot-starter-restclient org.springframework.boot:spring-boot-starter-webclient org.springframework.cloud:spring-cloud-starter-openfeign io.github.openfeign:* com.squareup.okhttp3:* com.squareup.retrofit2:* org.apache.httpcomponents* io.grpc:* io.ktor:ktor-client-* org.asynchttpclient:* com.konghq:unirest-java* io.quarkus:quarkus-rest-client* io.micronaut:micronaut-http-client io.vertx:vertx-web-client software.amazon.awssdk:* com.amazonaws:*`,
		"nuget":     `restsharp refit* flurl* grpc.net.client grpc.net.clientfactory microsoft.extensions.http* awssdk.* grpc.core graphql.client`,
		"rubygems":  `faraday httparty rest-client typhoeus http excon httpx grpc aws-sdk* net-http-persistent`,
		"packagist": `guzzlehttp/guzzle symfony/http-client php-http/* aws/aws-sdk-php grpc/grpc kriswallsmith/buzz`,
		"cargo":     `reqwest tonic hyper ureq surf isahc aws-sdk-* awc hyper-util graphql_client`,
		"hex":       `req tesla httpoison finch hackney mint grpc`,
	},
}

// compiledLibraries are the names of one purpose and ecosystem, for looking up.
type compiledLibraries struct {
	exact    map[string]bool
	prefixes []string
}

var compiled = sync.OnceValue(func() map[purpose]map[string]*compiledLibraries {
	out := map[purpose]map[string]*compiledLibraries{}
	for p, byEcosystem := range libraries {
		out[p] = map[string]*compiledLibraries{}
		for ecosystem, names := range byEcosystem {
			c := &compiledLibraries{exact: map[string]bool{}}
			for name := range strings.FieldsSeq(names) {
				if prefix, ok := strings.CutSuffix(name, "*"); ok {
					c.prefixes = append(c.prefixes, prefix)
				} else {
					c.exact[strings.TrimSuffix(name, "*]")] = true
				}
			}
			out[p][ecosystem] = c
		}
	}
	return out
})

var majorVersion = lazyregexp.New(`/v\d+$`)

// serves reports whether a library of the ecosystem is for the purpose.
func serves(ecosystem, name string, p purpose) bool {
	switch ecosystem {
	case "maven", "gradle":
		ecosystem = "jvm"
	case "go":
		name = majorVersion.ReplaceAllString(name, "")
	}
	c := compiled()[p][ecosystem]
	if c == nil {
		return false
	}
	if c.exact[name] {
		return true
	}
	for _, prefix := range c.prefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// libraryFor is the first dependency of the module for the purpose, of those scopes; nil
// where it has none. Those for tests and for developers alone are not there when the
// program runs.
func libraryFor(m *scorecard.Module, p purpose, scopes ...string) *scorecard.Dependency {
	for i := range m.Dependencies {
		d := &m.Dependencies[i]
		if slices.Contains(scopes, d.Scope) && serves(m.Ecosystem, d.Name, p) {
			return d
		}
	}
	return nil
}
