CREATE TABLE `sync_days` (
	`agent_id` text NOT NULL,
	`day` integer NOT NULL,
	`connection_id` text NOT NULL,
	`counts` text NOT NULL,
	PRIMARY KEY(`agent_id`, `day`, `connection_id`)
);
--> statement-breakpoint
CREATE INDEX `sync_days_day` ON `sync_days` (`day`);--> statement-breakpoint
DROP INDEX `sync_runs_agent`;--> statement-breakpoint
ALTER TABLE `connections` ADD `tally_day` integer;--> statement-breakpoint
ALTER TABLE `connections` ADD `tally` text;--> statement-breakpoint
ALTER TABLE `connections` ADD `last_run_id` text;--> statement-breakpoint
-- Counts the runs so far by calendar and UTC day, under the names of src/domain/sync-counts.ts. json_patch drops nulls.
INSERT INTO `sync_days` (`agent_id`, `day`, `connection_id`, `counts`)
SELECT agent_id, started_at / 86400000, connection_id, json_patch('{}', json_object(
  'snapshot', NULLIF(SUM(mode = 'snapshot'), 0), 'delta', NULLIF(SUM(mode = 'delta'), 0),
  'roll', NULLIF(SUM(mode = 'roll'), 0), 'audit', NULLIF(SUM(mode = 'audit'), 0),
  'unchanged', NULLIF(SUM(outcome = 'ok' AND mode <> 'audit' AND upserts + removals + missing + extra + unreadable = 0), 0),
  'failed', NULLIF(SUM(outcome = 'failed'), 0),
  'failedAudit', NULLIF(SUM(outcome = 'failed' AND mode = 'audit'), 0),
  'upserts', NULLIF(SUM(upserts), 0), 'removals', NULLIF(SUM(removals), 0), 'missing', NULLIF(SUM(missing), 0),
  'extra', NULLIF(SUM(extra), 0), 'unreadable', NULLIF(SUM(unreadable), 0),
  'ms', NULLIF(SUM(MAX(finished_at - started_at, 0)), 0)))
FROM sync_runs GROUP BY agent_id, started_at / 86400000, connection_id;
--> statement-breakpoint
INSERT INTO `sync_days` (`agent_id`, `day`, `connection_id`, `counts`)
SELECT agent_id, day, connection_id, json_group_object(name, total) FROM (
  SELECT agent_id, started_at / 86400000 AS day, connection_id,
    'ms.' || CAST(ln(MAX(finished_at - started_at, 1)) / ln(2) * 4 + 1e-9 AS INTEGER) AS name, COUNT(*) AS total
  FROM sync_runs GROUP BY 1, 2, 3, 4
  UNION ALL
  SELECT agent_id, started_at / 86400000, connection_id, 'failed.' || failure_kind, COUNT(*)
  FROM sync_runs WHERE outcome = 'failed' GROUP BY 1, 2, 3, 4)
GROUP BY agent_id, day, connection_id
ON CONFLICT (`agent_id`, `day`, `connection_id`) DO UPDATE SET `counts` = json_patch(`counts`, excluded.`counts`);
--> statement-breakpoint
-- Only runs that tell something stay. They move to a new table, because nearly all rows would have to be deleted.
CREATE TABLE `telling_runs` (
	`id` text PRIMARY KEY NOT NULL,
	`agent_id` text NOT NULL,
	`connection_id` text NOT NULL,
	`mode` text NOT NULL,
	`outcome` text NOT NULL,
	`failure_kind` text,
	`failure_code` text,
	`pages` integer NOT NULL,
	`upserts` integer NOT NULL,
	`removals` integer NOT NULL,
	`missing` integer DEFAULT 0 NOT NULL,
	`extra` integer DEFAULT 0 NOT NULL,
	`unreadable` integer DEFAULT 0 NOT NULL,
	`started_at` integer NOT NULL,
	`finished_at` integer NOT NULL
);
--> statement-breakpoint
INSERT INTO `telling_runs` SELECT id, agent_id, connection_id, mode, outcome, failure_kind, failure_code, pages,
  upserts, removals, missing, extra, unreadable, started_at, finished_at FROM sync_runs
WHERE outcome <> 'ok' OR mode = 'audit' OR upserts + removals + missing + extra + unreadable > 0;
--> statement-breakpoint
DROP TABLE `sync_runs`;
--> statement-breakpoint
ALTER TABLE `telling_runs` RENAME TO `sync_runs`;
--> statement-breakpoint
CREATE INDEX `sync_runs_started` ON `sync_runs` (`started_at`);
--> statement-breakpoint
CREATE INDEX `sync_runs_drift` ON `sync_runs` (`started_at`) WHERE missing + extra > 0;
