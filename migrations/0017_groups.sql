ALTER TABLE `bookings` ADD `group_id` text;--> statement-breakpoint
CREATE INDEX `bookings_group` ON `bookings` (`group_id`,`starts_at`) WHERE group_id is not null;