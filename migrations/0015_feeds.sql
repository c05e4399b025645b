CREATE TABLE `feeds` (
	`id` text PRIMARY KEY NOT NULL,
	`agent_id` text NOT NULL,
	`secret_hash` text NOT NULL,
	`shows` text NOT NULL,
	`created_at` integer NOT NULL,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `feeds_secret` ON `feeds` (`secret_hash`);--> statement-breakpoint
CREATE INDEX `feeds_agent` ON `feeds` (`agent_id`,`created_at`);