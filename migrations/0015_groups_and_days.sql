ALTER TABLE `agents` ADD `overrides` text;--> statement-breakpoint
ALTER TABLE `agents` ADD `max_per_day` integer;--> statement-breakpoint
ALTER TABLE `agents` ADD `max_per_week` integer;--> statement-breakpoint
ALTER TABLE `agents` ADD `horizon_days` integer;--> statement-breakpoint
ALTER TABLE `bookings` ADD `group_id` text;--> statement-breakpoint
CREATE INDEX `bookings_group` ON `bookings` (`group_id`,`starts_at`) WHERE group_id is not null;