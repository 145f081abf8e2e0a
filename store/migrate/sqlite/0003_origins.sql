-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_periods" table
CREATE TABLE `new_periods` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `scan` text NOT NULL, `start_time` datetime NOT NULL, `end_time` datetime NULL, `seen_time` datetime NULL, `revision` text NOT NULL DEFAULT (''), `origins` text NOT NULL DEFAULT (''), `owner` text NOT NULL DEFAULT (''), `system` text NOT NULL DEFAULT (''), `tier` text NOT NULL DEFAULT (''), `lifecycle` text NOT NULL DEFAULT (''), `level` integer NOT NULL DEFAULT (0), `score` real NULL, `verdict_id` integer NOT NULL, `service_id` text NOT NULL, CONSTRAINT `periods_verdicts_verdict` FOREIGN KEY (`verdict_id`) REFERENCES `verdicts` (`id`) ON DELETE NO ACTION, CONSTRAINT `periods_services_periods` FOREIGN KEY (`service_id`) REFERENCES `services` (`id`) ON DELETE CASCADE);
-- copy rows from old table "periods" to new temporary table "new_periods"
INSERT INTO `new_periods` (`id`, `scan`, `start_time`, `end_time`, `seen_time`, `revision`, `owner`, `system`, `tier`, `lifecycle`, `level`, `score`, `verdict_id`, `service_id`) SELECT `id`, `scan`, `start_time`, `end_time`, `seen_time`, `revision`, `owner`, `system`, `tier`, `lifecycle`, `level`, `score`, `verdict_id`, `service_id` FROM `periods`;
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
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
