import type { Db } from "@omicselector2/platform";
import { Command } from "commander";
import { Fault } from "../fault.ts";
import { withDatabase } from "../open-database.ts";

export function auditCommand(): Command {
  const command = new Command("audit").description("the audit log, on the data folder of a server that does not run, or on DATABASE_URL");
  command
    .command("verify")
    .description("prove that no entry was changed or taken out; the line that it prints is to be kept elsewhere")
    .option("--seen <hash>", "a last hash of an earlier check: proves that the end was not cut off either")
    .action(async ({ seen }: { seen?: string }) => void process.stdout.write(`${await withDatabase((db) => verify(db, seen))}\n`));
  return command;
}

async function verify(db: Db, seen: string | undefined): Promise<string> {
  const { hasAuditHash, verifyAudit } = await import("@omicselector2/platform");
  const verdict = await verifyAudit(db);
  if (!verdict.ok) throw new Fault(`the audit log is not whole: entry ${verdict.seq}: ${verdict.reason}`);
  if (seen !== undefined && !(await hasAuditHash(db, seen.toLowerCase()))) {
    throw new Fault(`the audit log is not whole: no entry has the hash ${seen} any more, so its end was cut off or written anew`);
  }
  return `${verdict.entries} entries, last hash ${verdict.lastHash}`;
}
