DROP INDEX `connections_poll_due`;--> statement-breakpoint
DROP INDEX `connections_roll_due`;--> statement-breakpoint
DROP INDEX `connections_channel_due`;--> statement-breakpoint
DROP INDEX `connections_dirty`;--> statement-breakpoint
DROP INDEX `connections_closing`;--> statement-breakpoint
ALTER TABLE `connections` ADD `sent_for` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `connections` ADD `sent_until` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `connections_due` ON `connections` ((CASE WHEN closing_at IS NULL AND (is_active = 0 OR sync_enabled = 0) THEN NULL WHEN sent_for = ((dirty + poll_due_at + roll_due_at + next_attempt_at + (CASE WHEN channel_due_at IS NULL THEN 0 ELSE channel_due_at END) + (CASE WHEN closing_at IS NULL THEN 0 ELSE closing_at END)) % 9007199254740991) THEN sent_until WHEN closing_at IS NOT NULL THEN next_attempt_at ELSE (CASE WHEN channel_due_at < (CASE WHEN next_attempt_at > (CASE WHEN roll_due_at < (CASE WHEN dirty > clean THEN 0 ELSE poll_due_at END) THEN roll_due_at ELSE (CASE WHEN dirty > clean THEN 0 ELSE poll_due_at END) END) THEN next_attempt_at ELSE (CASE WHEN roll_due_at < (CASE WHEN dirty > clean THEN 0 ELSE poll_due_at END) THEN roll_due_at ELSE (CASE WHEN dirty > clean THEN 0 ELSE poll_due_at END) END) END) THEN channel_due_at ELSE (CASE WHEN next_attempt_at > (CASE WHEN roll_due_at < (CASE WHEN dirty > clean THEN 0 ELSE poll_due_at END) THEN roll_due_at ELSE (CASE WHEN dirty > clean THEN 0 ELSE poll_due_at END) END) THEN next_attempt_at ELSE (CASE WHEN roll_due_at < (CASE WHEN dirty > clean THEN 0 ELSE poll_due_at END) THEN roll_due_at ELSE (CASE WHEN dirty > clean THEN 0 ELSE poll_due_at END) END) END) END) END));--> statement-breakpoint
DROP INDEX `accounts_refreshed`;--> statement-breakpoint
CREATE INDEX `accounts_refreshed` ON `accounts` (`refreshed_at`,`id`) WHERE status = 'active';--> statement-breakpoint
DROP INDEX `channels_retiring`;--> statement-breakpoint
ALTER TABLE `channels` ADD `close_due_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `channels_retiring` ON `channels` (`close_due_at`) WHERE state = 'retiring';--> statement-breakpoint
DROP INDEX `deliveries_due`;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `sent_for` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `sent_until` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `deliveries_looks` ON `deliveries` ((CASE WHEN sent_for = (look_due_at + attempts) THEN sent_until ELSE look_due_at END)) WHERE state = 'delivered' and look_due_at is not null;--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` ((CASE WHEN sent_for = (wanted_revision + attempts + next_attempt_at) THEN sent_until ELSE next_attempt_at END)) WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX `busy_own` ON `busy` (`ends_at`) WHERE connection_id = '';