UPDATE "jobs" SET "status" = 'failed', "error_message" = 'the program was renewed while this job was unfinished: run it again', "completed_at" = now(), "claimed_by" = null WHERE "status" IN ('pending', 'running');--> statement-breakpoint
DELETE FROM "job_units";--> statement-breakpoint
UPDATE "users" u SET "username" = left("username", 90) || '-' || left("id"::text, 8) WHERE EXISTS (SELECT 1 FROM "users" o WHERE lower(o."username") = lower(u."username") AND (o."created_at", o."id") < (u."created_at", u."id"));--> statement-breakpoint
CREATE TYPE "public"."range_state" AS ENUM('blocked', 'pending', 'leased', 'done');--> statement-breakpoint
CREATE TABLE "job_ranges" (
	"job_id" uuid NOT NULL,
	"range" integer NOT NULL,
	"stage" integer NOT NULL,
	"first" integer NOT NULL,
	"end" integer NOT NULL,
	"state" "range_state" DEFAULT 'blocked' NOT NULL,
	"turn" integer DEFAULT 0 NOT NULL,
	"leased_by" uuid,
	"leased_until" timestamp (3) with time zone,
	"attempts" integer DEFAULT 0 NOT NULL,
	"message_id" varchar(255),
	"sent_at" timestamp (3) with time zone,
	CONSTRAINT "job_ranges_job_id_range_pk" PRIMARY KEY("job_id","range"),
	CONSTRAINT "job_ranges_lease" CHECK ((state = 'leased') = (leased_by is not null and leased_until is not null))
);
--> statement-breakpoint
CREATE TABLE "workers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"host" varchar(255) NOT NULL,
	"threads" integer NOT NULL,
	"queues" text[] NOT NULL,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD COLUMN "response_location" text;--> statement-breakpoint
ALTER TABLE "job_units" ADD COLUMN "position" integer NOT NULL;--> statement-breakpoint
ALTER TABLE "job_units" ADD COLUMN "stage" integer NOT NULL;--> statement-breakpoint
ALTER TABLE "job_units" ADD COLUMN "cost" real NOT NULL;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "progress_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "job_ranges" ADD CONSTRAINT "job_ranges_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "job_ranges_open" ON "job_ranges" USING btree ("sent_at") WHERE state in ('pending', 'leased');--> statement-breakpoint
CREATE INDEX "job_ranges_leased" ON "job_ranges" USING btree ("leased_by") WHERE state = 'leased';--> statement-breakpoint
CREATE UNIQUE INDEX "users_username_folded" ON "users" USING btree (lower("username"));--> statement-breakpoint
ALTER TABLE "job_units" ADD CONSTRAINT "job_units_position" UNIQUE("job_id","position");