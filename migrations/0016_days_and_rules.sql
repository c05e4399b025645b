ALTER TABLE `agents` ADD `overrides` text;--> statement-breakpoint
ALTER TABLE `agents` ADD `max_per_day` integer;--> statement-breakpoint
ALTER TABLE `agents` ADD `max_per_week` integer;--> statement-breakpoint
ALTER TABLE `agents` ADD `horizon_days` integer;--> statement-breakpoint
ALTER TABLE `busy` ADD `buffer_before_ms` integer;--> statement-breakpoint
ALTER TABLE `busy` ADD `buffer_after_ms` integer;--> statement-breakpoint
ALTER TABLE `bookings` ADD `buffer_before_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `bookings` ADD `buffer_after_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `holds` ADD `buffer_before_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `holds` ADD `buffer_after_ms` integer DEFAULT 0 NOT NULL;