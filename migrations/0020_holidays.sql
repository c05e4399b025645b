ALTER TABLE `agents` ADD `holidays` text;--> statement-breakpoint
ALTER TABLE `agents` ADD `worked_holidays` text;