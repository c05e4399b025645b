CREATE TABLE `acts` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`at` integer NOT NULL,
	`agent_id` text,
	`action` text NOT NULL,
	`role` text NOT NULL,
	`subject` text,
	`target` text,
	`status` integer NOT NULL,
	`request_id` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `acts_id` ON `acts` (`id`);--> statement-breakpoint
CREATE INDEX `acts_agent` ON `acts` (`agent_id`,`sequence`);--> statement-breakpoint
CREATE INDEX `acts_at` ON `acts` (`at`);--> statement-breakpoint
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