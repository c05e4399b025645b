ALTER TABLE `agents` ADD `overrides` text;--> statement-breakpoint
ALTER TABLE `agents` ADD `max_per_day` integer;--> statement-breakpoint
ALTER TABLE `agents` ADD `max_per_week` integer;--> statement-breakpoint
ALTER TABLE `agents` ADD `horizon_days` integer;