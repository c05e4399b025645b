ALTER TABLE `connections` ADD `round_pages` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `connections` ADD `resyncs` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `connections` ADD `lists_until` integer DEFAULT 0 NOT NULL;