CREATE TABLE `refusals` (
	`write_id` text PRIMARY KEY NOT NULL,
	`refused_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `refusals_refused` ON `refusals` (`refused_at`);--> statement-breakpoint
CREATE INDEX `deliveries_unnamed` ON `deliveries` (`connection_id`) WHERE seen_generation < 0;