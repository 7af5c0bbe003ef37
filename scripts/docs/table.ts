/** A Markdown table; cells may hold anything but line ends. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Two digits that mean something. */
export function short(value: number): string {
  if (value === 0) return "0";
  return Math.abs(value) < 0.01 || Math.abs(value) >= 1e4 ? value.toExponential(1) : String(Number(value.toPrecision(2)));
}
