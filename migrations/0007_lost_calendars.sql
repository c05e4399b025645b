ALTER TABLE `connections` ADD `gone_at` integer;--> statement-breakpoint
ALTER TABLE `connections` ADD `marked_as` text;--> statement-breakpoint
ALTER TABLE `connections` ADD `recognition` text;--> statement-breakpoint
CREATE INDEX `connections_gone` ON `connections` (`gone_at`) WHERE gone_at is not null;--> statement-breakpoint
ALTER TABLE `left_behind` ADD `marked_as` text;--> statement-breakpoint
ALTER TABLE `left_behind` ADD `recognised_by` text;