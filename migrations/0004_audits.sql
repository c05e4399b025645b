ALTER TABLE `connections` ADD `audited_at` integer;--> statement-breakpoint
ALTER TABLE `connections` ADD `audit_due_at` integer;--> statement-breakpoint
CREATE INDEX `connections_audit_due` ON `connections` (`audit_due_at`) WHERE is_active = 1 AND sync_enabled = 1 AND closing_at IS NULL;--> statement-breakpoint
CREATE INDEX `connections_audited` ON `connections` (`audited_at`,`created_at`) WHERE is_active = 1 AND sync_enabled = 1 AND closing_at IS NULL;--> statement-breakpoint
ALTER TABLE `sync_runs` ADD `missing` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `sync_runs` ADD `extra` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `sync_runs_drift` ON `sync_runs` (`started_at`) WHERE missing + extra > 0;