-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_periods" table
CREATE TABLE `new_periods` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `scan` text NOT NULL, `start_time` datetime NOT NULL, `end_time` datetime NULL, `seen_time` datetime NULL, `revision` text NOT NULL DEFAULT (''), `owner` text NOT NULL DEFAULT (''), `system` text NOT NULL DEFAULT (''), `tier` text NOT NULL DEFAULT (''), `lifecycle` text NOT NULL DEFAULT (''), `level` integer NOT NULL DEFAULT (0), `score` real NULL, `verdict_id` integer NOT NULL, `service_id` text NOT NULL, CONSTRAINT `periods_verdicts_verdict` FOREIGN KEY (`verdict_id`) REFERENCES `verdicts` (`id`) ON DELETE NO ACTION, CONSTRAINT `periods_services_periods` FOREIGN KEY (`service_id`) REFERENCES `services` (`id`) ON DELETE CASCADE);
-- copy rows from old table "periods" to new temporary table "new_periods"
INSERT INTO `new_periods` (`id`, `scan`, `start_time`, `end_time`, `verdict_id`, `service_id`) SELECT `id`, `scan`, `start_time`, `end_time`, `verdict_id`, `service_id` FROM `periods`;
-- drop "periods" table after copying rows
DROP TABLE `periods`;
-- rename temporary table "new_periods" to "periods"
ALTER TABLE `new_periods` RENAME TO `periods`;
-- create index "period_service_id_start_time" to table: "periods"
CREATE INDEX `period_service_id_start_time` ON `periods` (`service_id`, `start_time`);
-- create index "period_verdict_id" to table: "periods"
CREATE INDEX `period_verdict_id` ON `periods` (`verdict_id`);
-- create index "period_current" to table: "periods"
CREATE UNIQUE INDEX `period_current` ON `periods` (`service_id`) WHERE end_time IS NULL;
-- create "new_verdicts" table
CREATE TABLE `new_verdicts` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `hash` text NOT NULL, `service` text NOT NULL, `rubric_hash` text NOT NULL, `as_of` text NOT NULL DEFAULT (''), `program` text NOT NULL DEFAULT (''), `create_time` datetime NOT NULL, `summary` blob NOT NULL, `body` blob NOT NULL, `inventory_hash` text NOT NULL, CONSTRAINT `verdicts_inventories_inventory` FOREIGN KEY (`inventory_hash`) REFERENCES `inventories` (`id`) ON DELETE NO ACTION);
-- copy rows from old table "verdicts" to new temporary table "new_verdicts"
INSERT INTO `new_verdicts` (`id`, `hash`, `service`, `rubric_hash`, `create_time`, `summary`, `body`, `inventory_hash`) SELECT `id`, `hash`, `service`, `rubric_hash`, `create_time`, `summary`, `body`, `inventory_hash` FROM `verdicts`;
-- drop "verdicts" table after copying rows
DROP TABLE `verdicts`;
-- rename temporary table "new_verdicts" to "verdicts"
ALTER TABLE `new_verdicts` RENAME TO `verdicts`;
-- create index "verdict_hash" to table: "verdicts"
CREATE UNIQUE INDEX `verdict_hash` ON `verdicts` (`hash`);
-- create index "verdict_service_create_time" to table: "verdicts"
CREATE INDEX `verdict_service_create_time` ON `verdicts` (`service`, `create_time`);
-- create index "verdict_inventory_hash" to table: "verdicts"
CREATE INDEX `verdict_inventory_hash` ON `verdicts` (`inventory_hash`);
-- create "rubrics" table
CREATE TABLE `rubrics` (`id` text NOT NULL, `name` text NOT NULL, `create_time` datetime NOT NULL, `body` blob NOT NULL, PRIMARY KEY (`id`));
-- create "trend_days" table
CREATE TABLE `trend_days` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `day` text NOT NULL, `kind` text NOT NULL, `value` text NOT NULL, `services` integer NOT NULL DEFAULT (0), `scored` integer NOT NULL DEFAULT (0), `score_sum` integer NOT NULL DEFAULT (0), `none` integer NOT NULL DEFAULT (0), `bronze` integer NOT NULL DEFAULT (0), `silver` integer NOT NULL DEFAULT (0), `gold` integer NOT NULL DEFAULT (0), `platinum` integer NOT NULL DEFAULT (0), `matched` integer NOT NULL DEFAULT (0), `matched_rise` integer NOT NULL DEFAULT (0), `ruled_rise` integer NOT NULL DEFAULT (0), `update_time` datetime NOT NULL);
-- create index "trendday_kind_value_day" to table: "trend_days"
CREATE UNIQUE INDEX `trendday_kind_value_day` ON `trend_days` (`kind`, `value`, `day`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
