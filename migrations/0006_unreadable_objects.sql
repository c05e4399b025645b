CREATE TABLE `unreadable_objects` (
	`connection_id` text NOT NULL,
	`object_key` text NOT NULL,
	`version` text NOT NULL,
	`reason` text NOT NULL,
	`extent` text NOT NULL,
	`starts_at` integer,
	`ends_by` integer,
	`generation` integer NOT NULL,
	`first_seen_at` integer NOT NULL,
	`counted_free_at` integer,
	PRIMARY KEY(`connection_id`, `object_key`)
);
--> statement-breakpoint
CREATE INDEX `unreadable_outstanding` ON `unreadable_objects` (`connection_id`,`ends_by`,`extent`) WHERE counted_free_at is null;--> statement-breakpoint
ALTER TABLE `sync_runs` ADD `unreadable` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `accounts_lost` ON `accounts` (`id`,`status`) WHERE status <> 'active';