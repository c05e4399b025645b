CREATE TABLE `connect_links` (
	`secret_hash` text PRIMARY KEY NOT NULL,
	`agent_id` text NOT NULL,
	`return_to` text,
	`single_use` integer NOT NULL,
	`opened_by` text,
	`expires_at` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `connect_links_agent` ON `connect_links` (`agent_id`);--> statement-breakpoint
CREATE INDEX `connect_links_expires` ON `connect_links` (`expires_at`);