CREATE TABLE `password_attempts` (
	`agent_id` text NOT NULL,
	`id` text NOT NULL,
	`started_at` integer NOT NULL,
	PRIMARY KEY(`agent_id`, `id`)
);
--> statement-breakpoint
CREATE INDEX `password_attempts_started` ON `password_attempts` (`started_at`);