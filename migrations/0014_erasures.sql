CREATE TABLE `erasures` (
	`agent_id` text PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`events` text NOT NULL,
	`requested_at` integer NOT NULL,
	`done_at` integer,
	`next_attempt_at` integer NOT NULL,
	`events_left` integer DEFAULT 0 NOT NULL,
	`unrevoked` text DEFAULT '[]' NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `erasures_id` ON `erasures` (`id`);--> statement-breakpoint
CREATE INDEX `erasures_due` ON `erasures` (`next_attempt_at`) WHERE done_at is null;--> statement-breakpoint
CREATE INDEX `erasures_done` ON `erasures` (`done_at`) WHERE done_at is not null;--> statement-breakpoint
CREATE INDEX `bookings_remembered` ON `bookings` (`ends_at`) WHERE (sealed_texts IS NOT NULL OR (title <> '' OR description IS NOT NULL OR location IS NOT NULL OR client_name IS NOT NULL OR client_email IS NOT NULL));--> statement-breakpoint
CREATE INDEX `sync_runs_agent` ON `sync_runs` (`agent_id`);