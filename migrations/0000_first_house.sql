CREATE TABLE `accounts` (
	`id` text PRIMARY KEY NOT NULL,
	`agent_id` text NOT NULL,
	`provider` text NOT NULL,
	`provider_user_id` text NOT NULL,
	`email` text,
	`sealed_credentials` text NOT NULL,
	`access_token_expires_at` integer NOT NULL,
	`scopes` text NOT NULL,
	`credential_version` integer NOT NULL,
	`status` text NOT NULL,
	`status_reason` text,
	`reauth_claims` text,
	`refresh_lease_id` text,
	`refresh_lease_until` integer DEFAULT 0 NOT NULL,
	`refreshed_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_identity` ON `accounts` (`agent_id`,`provider`,`provider_user_id`);--> statement-breakpoint
CREATE INDEX `accounts_person` ON `accounts` (`provider`,`provider_user_id`);--> statement-breakpoint
CREATE INDEX `accounts_refreshed` ON `accounts` (`refreshed_at`);--> statement-breakpoint
CREATE TABLE `agents` (
	`agent_id` text PRIMARY KEY NOT NULL,
	`time_zone` text NOT NULL,
	`tentative_blocks` integer NOT NULL,
	`all_day_blocks` integer NOT NULL,
	`out_of_office_blocks` integer NOT NULL,
	`unanswered_blocks` integer NOT NULL,
	`working_elsewhere_blocks` integer NOT NULL,
	`buffer_before_ms` integer NOT NULL,
	`buffer_after_ms` integer NOT NULL,
	`minimum_notice_ms` integer NOT NULL,
	`working_hours` text,
	`on_stale` text NOT NULL,
	`on_external_change` text NOT NULL,
	`reminder_minutes` text NOT NULL,
	`revision` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `busy` (
	`agent_id` text NOT NULL,
	`starts_at` integer NOT NULL,
	`connection_id` text NOT NULL,
	`event_key` text NOT NULL,
	`ends_at` integer NOT NULL,
	`series_key` text,
	`status` text NOT NULL,
	`all_day` integer NOT NULL,
	`booking_id` text,
	`generation` integer NOT NULL,
	PRIMARY KEY(`agent_id`, `starts_at`, `connection_id`, `event_key`)
);
--> statement-breakpoint
CREATE INDEX `busy_event` ON `busy` (`connection_id`,`event_key`);--> statement-breakpoint
CREATE INDEX `busy_series` ON `busy` (`connection_id`,`series_key`) WHERE series_key is not null;--> statement-breakpoint
CREATE INDEX `busy_booking` ON `busy` (`agent_id`,`booking_id`) WHERE booking_id is not null;--> statement-breakpoint
CREATE TABLE `channels` (
	`id` text PRIMARY KEY NOT NULL,
	`connection_id` text NOT NULL,
	`notification_key` text NOT NULL,
	`secret_hash` text NOT NULL,
	`resource_id` text,
	`state` text NOT NULL,
	`expires_at` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `channels_notification_key` ON `channels` (`notification_key`);--> statement-breakpoint
CREATE INDEX `channels_connection` ON `channels` (`connection_id`);--> statement-breakpoint
CREATE INDEX `channels_retiring` ON `channels` (`connection_id`) WHERE state = 'retiring';--> statement-breakpoint
CREATE INDEX `channels_expires` ON `channels` (`expires_at`);--> statement-breakpoint
CREATE TABLE `connections` (
	`id` text PRIMARY KEY NOT NULL,
	`agent_id` text NOT NULL,
	`account_id` text NOT NULL,
	`provider` text NOT NULL,
	`calendar_id` text NOT NULL,
	`name` text NOT NULL,
	`time_zone` text,
	`role` text NOT NULL,
	`is_active` integer NOT NULL,
	`sync_enabled` integer NOT NULL,
	`blocks_availability` integer NOT NULL,
	`receives_bookings` integer NOT NULL,
	`closing_at` integer,
	`cursor` text,
	`window_starts_at` integer,
	`window_ends_at` integer,
	`round_started_at` integer,
	`generation` integer NOT NULL,
	`empty_snapshots` integer NOT NULL,
	`dirty` integer NOT NULL,
	`clean` integer NOT NULL,
	`lease_id` text,
	`lease_until` integer NOT NULL,
	`failures` integer NOT NULL,
	`failure_kind` text,
	`failure_code` text,
	`next_attempt_at` integer NOT NULL,
	`poll_due_at` integer NOT NULL,
	`roll_due_at` integer NOT NULL,
	`verified_at` integer,
	`last_sync_at` integer,
	`watch` text NOT NULL,
	`watch_failures` integer NOT NULL,
	`channel_due_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `connections_calendar` ON `connections` (`agent_id`,`provider`,`calendar_id`);--> statement-breakpoint
CREATE INDEX `connections_account` ON `connections` (`account_id`);--> statement-breakpoint
CREATE INDEX `connections_poll_due` ON `connections` (`poll_due_at`) WHERE is_active = 1 AND sync_enabled = 1 AND closing_at IS NULL;--> statement-breakpoint
CREATE INDEX `connections_roll_due` ON `connections` (`roll_due_at`) WHERE is_active = 1 AND sync_enabled = 1 AND closing_at IS NULL;--> statement-breakpoint
CREATE INDEX `connections_channel_due` ON `connections` (`channel_due_at`) WHERE is_active = 1 AND sync_enabled = 1 AND closing_at IS NULL;--> statement-breakpoint
CREATE INDEX `connections_dirty` ON `connections` (`id`) WHERE dirty > clean;--> statement-breakpoint
CREATE INDEX `connections_closing` ON `connections` (`closing_at`) WHERE closing_at is not null;--> statement-breakpoint
CREATE TABLE `kept_series` (
	`connection_id` text NOT NULL,
	`series_key` text NOT NULL,
	`reduced` text NOT NULL,
	`generation` integer NOT NULL,
	PRIMARY KEY(`connection_id`, `series_key`)
);
--> statement-breakpoint
CREATE TABLE `sync_runs` (
	`id` text PRIMARY KEY NOT NULL,
	`agent_id` text NOT NULL,
	`connection_id` text NOT NULL,
	`mode` text NOT NULL,
	`outcome` text NOT NULL,
	`failure_kind` text,
	`failure_code` text,
	`pages` integer NOT NULL,
	`upserts` integer NOT NULL,
	`removals` integer NOT NULL,
	`started_at` integer NOT NULL,
	`finished_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `sync_runs_agent` ON `sync_runs` (`agent_id`,`started_at`);--> statement-breakpoint
CREATE INDEX `sync_runs_started` ON `sync_runs` (`started_at`);--> statement-breakpoint
CREATE TABLE `bookings` (
	`agent_id` text NOT NULL,
	`booking_id` text NOT NULL,
	`title` text NOT NULL,
	`description` text,
	`location` text,
	`client_name` text,
	`client_email` text,
	`starts_at` integer NOT NULL,
	`ends_at` integer NOT NULL,
	`time_zone` text NOT NULL,
	`state` text NOT NULL,
	`revision` integer NOT NULL,
	`write_id` text NOT NULL,
	`idempotency_key` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`agent_id`, `booking_id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `bookings_idempotency_key` ON `bookings` (`agent_id`,`idempotency_key`) WHERE idempotency_key is not null;--> statement-breakpoint
CREATE INDEX `bookings_time` ON `bookings` (`agent_id`,`starts_at`);--> statement-breakpoint
CREATE TABLE `deliveries` (
	`connection_id` text NOT NULL,
	`booking_id` text NOT NULL,
	`agent_id` text NOT NULL,
	`wanted_revision` integer NOT NULL,
	`delivered_revision` integer NOT NULL,
	`state` text NOT NULL,
	`external_id` text,
	`etag` text,
	`generation` integer NOT NULL,
	`delivered_starts_at` integer,
	`delivered_ends_at` integer,
	`attempts` integer NOT NULL,
	`next_attempt_at` integer NOT NULL,
	`lease_id` text,
	`lease_until` integer NOT NULL,
	`failure_kind` text,
	`failure_code` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`connection_id`, `booking_id`)
);
--> statement-breakpoint
CREATE INDEX `deliveries_booking` ON `deliveries` (`agent_id`,`booking_id`);--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (`next_attempt_at`) WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX `deliveries_waiting` ON `deliveries` (`connection_id`,`created_at`) WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX `deliveries_lease` ON `deliveries` (`connection_id`,`lease_until`);--> statement-breakpoint
CREATE INDEX `deliveries_external` ON `deliveries` (`connection_id`,`external_id`);