CREATE TABLE `holds` (
	`agent_id` text NOT NULL,
	`hold_id` text NOT NULL,
	`starts_at` integer NOT NULL,
	`ends_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`state` text NOT NULL,
	`booking_id` text,
	`write_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`agent_id`, `hold_id`)
);
--> statement-breakpoint
CREATE INDEX `holds_expires` ON `holds` (`expires_at`);--> statement-breakpoint
CREATE TABLE `left_behind` (
	`agent_id` text NOT NULL,
	`provider` text NOT NULL,
	`calendar_id` text NOT NULL,
	`booking_id` text NOT NULL,
	`external_id` text,
	`etag` text,
	`generation` integer NOT NULL,
	PRIMARY KEY(`agent_id`, `provider`, `calendar_id`, `booking_id`)
);
--> statement-breakpoint
CREATE TABLE `dead_jobs` (
	`id` text PRIMARY KEY NOT NULL,
	`agent_id` text,
	`lane` text NOT NULL,
	`job` text NOT NULL,
	`failed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `dead_jobs_agent` ON `dead_jobs` (`agent_id`,`failed_at`);--> statement-breakpoint
CREATE INDEX `dead_jobs_failed` ON `dead_jobs` (`failed_at`);--> statement-breakpoint
CREATE TABLE `disabled_endpoints` (
	`url` text PRIMARY KEY NOT NULL,
	`disabled_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `notices` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`agent_id` text NOT NULL,
	`kind` text NOT NULL,
	`subject` text NOT NULL,
	`once_key` text,
	`data` text NOT NULL,
	`state` text NOT NULL,
	`attempts` integer NOT NULL,
	`next_attempt_at` integer NOT NULL,
	`lease_id` text,
	`lease_until` integer NOT NULL,
	`failure_code` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `notices_id` ON `notices` (`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `notices_once` ON `notices` (`once_key`) WHERE once_key is not null;--> statement-breakpoint
CREATE INDEX `notices_due` ON `notices` (`next_attempt_at`) WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX `notices_subject` ON `notices` (`agent_id`,`subject`,`sequence`) WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX `notices_failed` ON `notices` (`agent_id`,`updated_at`) WHERE state = 'failed';--> statement-breakpoint
CREATE INDEX `notices_failed_any` ON `notices` (`updated_at`) WHERE state = 'failed';--> statement-breakpoint
CREATE INDEX `notices_agent` ON `notices` (`agent_id`,`sequence`);--> statement-breakpoint
CREATE INDEX `notices_created` ON `notices` (`created_at`);--> statement-breakpoint
ALTER TABLE `busy` ADD `expires_at` integer;--> statement-breakpoint
CREATE INDEX `busy_expiring` ON `busy` (`agent_id`,`expires_at`) WHERE expires_at is not null;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `look_due_at` integer;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `seen_generation` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `deliveries_failed` ON `deliveries` (`agent_id`,`updated_at`) WHERE state = 'failed';--> statement-breakpoint
CREATE INDEX `deliveries_failed_any` ON `deliveries` (`updated_at`) WHERE state = 'failed';--> statement-breakpoint
CREATE INDEX `deliveries_look_due` ON `deliveries` (`look_due_at`) WHERE look_due_at is not null;--> statement-breakpoint
CREATE INDEX `connections_remote` ON `connections` (`provider`,`calendar_id`);