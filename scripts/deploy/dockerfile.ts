export interface Instruction {
  /** upper case */
  readonly name: string;
  readonly args: string[];
  /** RUN, CMD, ENTRYPOINT in the form of a JSON array: no shell is involved */
  readonly json: boolean;
}

/** What our Dockerfile is made of: comments, continued lines, words with or without quotes, JSON arrays. HEALTHCHECK keeps its own CMD. */
export function parseDockerfile(text: string): Instruction[] {
  const lines = text
    .split("\n")
    .filter((line) => !/^\s*#/.test(line))
    .join("\n")
    .replace(/\\\n/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const [, name, rest] = /^(\w+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (name === undefined || rest === undefined) throw new Error(`not an instruction: ${line}`);
    if (rest.startsWith("[")) return { name: name.toUpperCase(), args: JSON.parse(rest) as string[], json: true };
    const words = rest.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
    return { name: name.toUpperCase(), args: words.map((word) => word.replaceAll('"', "")), json: false };
  });
}

/** The instructions of each stage, FROM first. */
export function stagesOf(instructions: readonly Instruction[]): Instruction[][] {
  const stages: Instruction[][] = [];
  for (const each of instructions) {
    if (each.name === "FROM") stages.push([]);
    stages.at(-1)?.push(each);
  }
  return stages;
}
