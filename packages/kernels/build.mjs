// Compiles assembly/ to dist/wasm.js (the module as base64, so that engine and browser need no file access).
import { mkdir, rename, writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";

const dir = import.meta.dirname;
const { error, stdout, stderr, binary } = await compile();
if (error) {
  process.stderr.write(`${stderr}${stdout}${error}\n`);
  process.exit(1);
}
await mkdir(`${dir}/dist`, { recursive: true });
await replace("wasm.js", `export const wasmBase64 = "${Buffer.from(binary).toString("base64")}";\n`);
await replace("wasm.d.ts", "export declare const wasmBase64: string;\n");
process.stdout.write(`kernels: ${binary.length} bytes\n`);

async function compile() {
  let binary;
  const options = ["assembly/index.ts", "--baseDir", dir, "--outFile", "kernels.wasm", "-O3", "--converge", "--noAssert"];
  options.push("--runtime", "stub", "--importMemory", "--sharedMemory", "--initialMemory", "2", "--maximumMemory", "65536");
  options.push("--enable", "simd,threads,bulk-memory", "--noExportMemory");
  const result = await asc.main(options, {
    writeFile: (_name, contents) => {
      binary = contents;
    },
  });
  return { error: result.error, stdout: result.stdout.toString(), stderr: result.stderr.toString(), binary };
}

// Written beside and renamed, so that a reader never sees half a file.
async function replace(name, text) {
  const temporary = `${dir}/dist/.${name}.${process.pid}`;
  await writeFile(temporary, text);
  await rename(temporary, `${dir}/dist/${name}`);
}
