-- create "inventories" table
CREATE TABLE `inventories` (`id` text NOT NULL, `create_time` datetime NOT NULL, `body` blob NOT NULL, PRIMARY KEY (`id`));
-- create "periods" table
CREATE TABLE `periods` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `scan` text NOT NULL, `start_time` datetime NOT NULL, `end_time` datetime NULL, `verdict_id` integer NOT NULL, `service_id` text NOT NULL, CONSTRAINT `periods_verdicts_verdict` FOREIGN KEY (`verdict_id`) REFERENCES `verdicts` (`id`) ON DELETE NO ACTION, CONSTRAINT `periods_services_periods` FOREIGN KEY (`service_id`) REFERENCES `services` (`id`) ON DELETE CASCADE);
-- create index "period_service_id_start_time" to table: "periods"
CREATE INDEX `period_service_id_start_time` ON `periods` (`service_id`, `start_time`);
-- create index "period_verdict_id" to table: "periods"
CREATE INDEX `period_verdict_id` ON `periods` (`verdict_id`);
-- create index "period_current" to table: "periods"
CREATE UNIQUE INDEX `period_current` ON `periods` (`service_id`) WHERE end_time IS NULL;
-- create "repositories" table
CREATE TABLE `repositories` (`id` text NOT NULL, `path` text NOT NULL, `display_name` text NOT NULL DEFAULT (''), `origin` text NOT NULL, `create_time` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "repositories_path_key" to table: "repositories"
CREATE UNIQUE INDEX `repositories_path_key` ON `repositories` (`path`);
-- create "results" table
CREATE TABLE `results` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `check_id` text NOT NULL, `outcome` text NOT NULL, `level` integer NOT NULL, `weight` real NOT NULL, `credit_min` real NOT NULL, `credit_max` real NOT NULL, `verdict_id` integer NOT NULL, CONSTRAINT `results_verdicts_results` FOREIGN KEY (`verdict_id`) REFERENCES `verdicts` (`id`) ON DELETE CASCADE);
-- create index "result_verdict_id_check_id" to table: "results"
CREATE UNIQUE INDEX `result_verdict_id_check_id` ON `results` (`verdict_id`, `check_id`);
-- create index "result_check_id_outcome_verdict_id" to table: "results"
CREATE INDEX `result_check_id_outcome_verdict_id` ON `results` (`check_id`, `outcome`, `verdict_id`);
-- create "scans" table
CREATE TABLE `scans` (`id` text NOT NULL, `repository` text NOT NULL, `state` text NOT NULL, `worker` integer NOT NULL DEFAULT (0), `create_time` datetime NOT NULL, `start_time` datetime NULL, `end_time` datetime NULL, `stage` text NOT NULL DEFAULT (''), `done` integer NOT NULL DEFAULT (0), `total` integer NOT NULL DEFAULT (0), `item` text NOT NULL DEFAULT (''), `error` text NOT NULL DEFAULT (''), `services` integer NOT NULL DEFAULT (0), `changed` integer NOT NULL DEFAULT (0), `gaps` integer NOT NULL DEFAULT (0), `revision` text NOT NULL DEFAULT (''), PRIMARY KEY (`id`));
-- create index "scan_repository_state" to table: "scans"
CREATE INDEX `scan_repository_state` ON `scans` (`repository`, `state`);
-- create index "scan_state_create_time" to table: "scans"
CREATE INDEX `scan_state_create_time` ON `scans` (`state`, `create_time`);
-- create index "scan_running" to table: "scans"
CREATE UNIQUE INDEX `scan_running` ON `scans` (`repository`) WHERE state = 'RUNNING';
-- create "services" table
CREATE TABLE `services` (`id` text NOT NULL, `repository` text NOT NULL, `display_name` text NOT NULL DEFAULT (''), `discovery` text NOT NULL DEFAULT (''), `entity_ref` text NOT NULL DEFAULT (''), `type` text NOT NULL DEFAULT (''), `owner` text NOT NULL DEFAULT (''), `lifecycle` text NOT NULL DEFAULT (''), `tier` text NOT NULL DEFAULT (''), `system` text NOT NULL DEFAULT (''), `unscored` text NOT NULL DEFAULT (''), `level` integer NOT NULL, `level_at_most` integer NOT NULL, `score` real NULL, `score_min` real NOT NULL, `score_max` real NOT NULL, `coverage` real NOT NULL, `scan` text NOT NULL, `scan_time` datetime NOT NULL, `change_time` datetime NOT NULL, `create_time` datetime NOT NULL, `retire_time` datetime NULL, `revision` text NOT NULL DEFAULT (''), `verdict_id` integer NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `services_verdicts_verdict` FOREIGN KEY (`verdict_id`) REFERENCES `verdicts` (`id`) ON DELETE NO ACTION);
-- create index "service_repository" to table: "services"
CREATE INDEX `service_repository` ON `services` (`repository`);
-- create index "service_owner_score" to table: "services"
CREATE INDEX `service_owner_score` ON `services` (`owner`, `score`);
-- create index "service_verdict_id" to table: "services"
CREATE INDEX `service_verdict_id` ON `services` (`verdict_id`);
-- create "verdicts" table
CREATE TABLE `verdicts` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `hash` text NOT NULL, `service` text NOT NULL, `rubric_hash` text NOT NULL, `create_time` datetime NOT NULL, `summary` blob NOT NULL, `body` blob NOT NULL, `inventory_hash` text NOT NULL, CONSTRAINT `verdicts_inventories_inventory` FOREIGN KEY (`inventory_hash`) REFERENCES `inventories` (`id`) ON DELETE NO ACTION);
-- create index "verdict_hash" to table: "verdicts"
CREATE UNIQUE INDEX `verdict_hash` ON `verdicts` (`hash`);
-- create index "verdict_service_create_time" to table: "verdicts"
CREATE INDEX `verdict_service_create_time` ON `verdicts` (`service`, `create_time`);
-- create index "verdict_inventory_hash" to table: "verdicts"
CREATE INDEX `verdict_inventory_hash` ON `verdicts` (`inventory_hash`);
