ALTER TABLE `bookings` ADD `sealed_texts` text;--> statement-breakpoint
ALTER TABLE `bookings` ADD `client_hash` text;--> statement-breakpoint
CREATE INDEX `bookings_client` ON `bookings` (`client_hash`) WHERE client_hash is not null;--> statement-breakpoint
-- drizzle-kit cuts the expressions of these two indexes at their commas. See src/store/sealed-under.ts.
CREATE INDEX `bookings_sealed_under` ON `bookings` (CASE WHEN (title <> '' OR description IS NOT NULL OR location IS NOT NULL OR client_name IS NOT NULL OR client_email IS NOT NULL) THEN '' ELSE substr(sealed_texts, 4, instr(substr(sealed_texts, 4), '.') - 1) END);--> statement-breakpoint
CREATE INDEX `accounts_sealed_under` ON `accounts` (substr(sealed_credentials, 4, instr(substr(sealed_credentials, 4), '.') - 1));
