import { defineConfig } from "drizzle-kit";

/** `npx drizzle-kit generate --name what_changes` in this folder writes the next migration; those released are never edited. */
export default defineConfig({
  dialect: "postgresql",
  schema: "./src/schema.ts",
  out: "./src/migrations",
});
