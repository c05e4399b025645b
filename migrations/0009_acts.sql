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
CREATE INDEX `acts_at` ON `acts` (`at`);