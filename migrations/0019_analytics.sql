CREATE TABLE `lost_sales` (
	`agent_id` text NOT NULL,
	`day` integer NOT NULL,
	`reason` text NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`agent_id`, `day`, `reason`)
);
--> statement-breakpoint
CREATE INDEX `lost_sales_day` ON `lost_sales` (`day`);--> statement-breakpoint
ALTER TABLE `bookings` ADD `moved_at` integer;--> statement-breakpoint
ALTER TABLE `bookings` ADD `cancelled_at` integer;--> statement-breakpoint
CREATE INDEX `bookings_changed` ON `bookings` (`agent_id`,`updated_at`);--> statement-breakpoint
CREATE INDEX `connections_failing` ON `connections` (`provider`,`failure_code`) WHERE failure_kind is not null;--> statement-breakpoint
CREATE INDEX `sync_runs_failed` ON `sync_runs` (`started_at`,`failure_code`) WHERE failure_kind is not null;--> statement-breakpoint
UPDATE `bookings` SET `cancelled_at` = `updated_at` WHERE `state` = 'cancelled';
