import { VERSION } from "@omicselector2/engine";
import { Command } from "commander";
import { auditCommand } from "./commands/audit.ts";
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { methodsCommand } from "./commands/methods.ts";
import { migrateCommand } from "./commands/migrate.ts";
import { selectCommand } from "./commands/select.ts";
import { serveCommand } from "./commands/serve.ts";
import { userCommand } from "./commands/user.ts";
import { workerCommand } from "./commands/worker.ts";

/** One line per command. */
const commands = [
  selectCommand,
  methodsCommand,
  doctorCommand,
  serveCommand,
  workerCommand,
  migrateCommand,
  userCommand,
  auditCommand,
  demoCommand,
];

export function createProgram(): Command {
  const program = new Command("omicselector2")
    .description("Biomarker signatures from omics matrices that survive review")
    .version(VERSION)
    .showHelpAfterError("(add --help for the options)");
  for (const command of commands) program.addCommand(command());
  return program;
}
