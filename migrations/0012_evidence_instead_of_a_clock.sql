ALTER TABLE `accounts` ADD `calendars_listed_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `agents` ADD `asked_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `connections` ADD `trusted_ms` integer DEFAULT 0 NOT NULL;