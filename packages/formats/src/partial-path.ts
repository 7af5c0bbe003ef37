/** Where a data set lies until it is whole. */
export function partialPath(output: string): string {
  return `${output}.partial`;
}
