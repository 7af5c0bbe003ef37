import { describeMethod, type MethodDescription, selectors, wrapperDescriptions } from "@omicselector2/engine";
import Table from "cli-table3";
import { Command } from "commander";

export function methodsCommand(): Command {
  return new Command("methods")
    .description("list the methods that can select features, and what goes around them")
    .option("--json", "everything about each method, its options as JSON Schema")
    .action(({ json }: { json?: true }) => {
      const methods = [...selectors.map(({ id }) => describeMethod(id)), ...wrapperDescriptions];
      process.stdout.write(json ? `${JSON.stringify(methods, null, 2)}\n` : `${methodTable(methods)}\n`);
    });
}

function methodTable(methods: readonly MethodDescription[]): string {
  const table = new Table({ head: ["method", "also", "tasks", "what it is"], style: { head: [], border: [], compact: true } });
  for (const { id, aliases, tasks, summary } of methods) table.push([id, aliases.join(", "), tasks.join(", "), summary]);
  return table.toString();
}
