import type { Db, User, UserRole } from "@omicselector2/platform";
import Table from "cli-table3";
import { Argument, Command } from "commander";
import { Fault } from "../fault.ts";
import { withDatabase } from "../open-database.ts";

const roles: readonly UserRole[] = ["user", "researcher", "admin"];

export function userCommand(): Command {
  const command = new Command("user").description("accounts, on the data folder of a server that does not run, or on DATABASE_URL");
  command
    .command("role")
    .description("give a role: user (own work), researcher (also shares and runs long jobs), admin (also manages users)")
    .argument("<name>", "user name or e-mail address")
    .addArgument(new Argument("<role>").choices([...roles]))
    .action(async (name: string, role: UserRole) => {
      const { username } = await withDatabase((db) => giveRole(db, name, role));
      process.stdout.write(`${username} is ${role} from now on\n`);
    });
  command
    .command("list")
    .description("everybody who has an account")
    .action(async () => void process.stdout.write(`${tableOf(await withDatabase(allUsers))}\n`));
  return command;
}

async function giveRole(db: Db, name: string, role: UserRole): Promise<User> {
  const { appendAudit, changeAccount, findUserByLogin } = await import("@omicselector2/platform");
  const user = await findUserByLogin(db, name);
  if (user === undefined) throw new Fault(`there is no user ${name}: omicselector2 user list names them`);
  return await db.transaction(async (tx) => {
    const changed = await changeAccount(tx, user.id, { role });
    if (changed === undefined) throw new Fault(`${name} is being erased`);
    await appendAudit(tx, { actor: "system", action: `user.role.${role}`, resource: `users/${changed.pseudonym}` });
    return changed;
  });
}

async function allUsers(db: Db): Promise<User[]> {
  const { listUsers } = await import("@omicselector2/platform");
  const all: User[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await listUsers(db, { page: 1, size: 100, ...(cursor === undefined ? {} : { cursor }) });
    all.push(...page.items);
    cursor = page.cursor;
  }
  return all;
}

function tableOf(users: readonly User[]): string {
  if (users.length === 0) return "nobody has an account yet: POST /api/v1/auth/register makes one";
  const table = new Table({ head: ["user", "e-mail", "role", "active", "since"], style: { head: [], border: [], compact: true } });
  for (const { username, email, role, isActive, createdAt } of users) {
    table.push([username, email, role, isActive ? "yes" : "no", createdAt.toISOString().slice(0, 10)]);
  }
  return table.toString();
}
