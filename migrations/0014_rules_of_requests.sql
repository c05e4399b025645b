ALTER TABLE `busy` ADD `buffer_before_ms` integer;--> statement-breakpoint
ALTER TABLE `busy` ADD `buffer_after_ms` integer;--> statement-breakpoint
ALTER TABLE `bookings` ADD `buffer_before_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `bookings` ADD `buffer_after_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `holds` ADD `buffer_before_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `holds` ADD `buffer_after_ms` integer DEFAULT 0 NOT NULL;