ALTER TABLE `agents` ADD `number` integer;--> statement-breakpoint
UPDATE `agents` SET `number` = rowid;--> statement-breakpoint
CREATE UNIQUE INDEX `agents_number` ON `agents` (`number`);--> statement-breakpoint
ALTER TABLE `connections` ADD `number` integer;--> statement-breakpoint
-- Rows have short keys from now on, and SQL can't shorten the old ones. So each calendar is listed anew by its next pull.
UPDATE `connections` SET `number` = rowid, `cursor` = NULL, `round_started_at` = NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `connections_number` ON `connections` (`number`);--> statement-breakpoint
CREATE TABLE `__new_busy` (
	`agent_number` integer NOT NULL,
	`connection_number` integer NOT NULL,
	`starts_at` integer NOT NULL,
	`ends_at` integer NOT NULL,
	`event_key` text NOT NULL,
	`series_key` text,
	`status` text NOT NULL,
	`all_day` integer NOT NULL,
	`booking_id` text,
	`generation` integer NOT NULL,
	`expires_at` integer
);
--> statement-breakpoint
INSERT INTO `__new_busy` (`agent_number`, `connection_number`, `starts_at`, `ends_at`, `event_key`, `series_key`, `status`, `all_day`, `booking_id`, `generation`, `expires_at`)
SELECT a.`number`, COALESCE(c.`number`, 0), b.`starts_at`, b.`ends_at`, b.`event_key`, b.`series_key`, b.`status`, b.`all_day`, b.`booking_id`, b.`generation`, b.`expires_at`
FROM `busy` b JOIN `agents` a ON a.`agent_id` = b.`agent_id` LEFT JOIN `connections` c ON c.`id` = b.`connection_id`
WHERE b.`connection_id` = '' OR c.`id` IS NOT NULL;--> statement-breakpoint
DROP TABLE `busy`;--> statement-breakpoint
ALTER TABLE `__new_busy` RENAME TO `busy`;--> statement-breakpoint
CREATE UNIQUE INDEX `busy_event` ON `busy` (`connection_number`,`event_key`,`agent_number`,`starts_at`);--> statement-breakpoint
CREATE INDEX `busy_time` ON `busy` (`agent_number`,`starts_at`);--> statement-breakpoint
CREATE INDEX `busy_series` ON `busy` (`connection_number`,`series_key`) WHERE series_key is not null;--> statement-breakpoint
CREATE INDEX `busy_booking` ON `busy` (`agent_number`,`booking_id`) WHERE booking_id is not null;--> statement-breakpoint
CREATE INDEX `busy_own` ON `busy` (`ends_at`) WHERE connection_number = 0;--> statement-breakpoint
CREATE INDEX `busy_expiring` ON `busy` (`agent_number`,`expires_at`) WHERE expires_at is not null;
