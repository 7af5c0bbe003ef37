import { blobKeys } from "@omicselector2/platform";
import { z } from "zod";
import { prefix } from "../http.ts";

/** Files of a result as the wire lists them. */
export function artifactsOf(resultId: string, blobs: readonly { key: string; bytes: number }[]) {
  const folder = blobKeys.resultPrefix(resultId);
  return blobs.map(({ key, bytes }) => {
    const name = key.slice(folder.length);
    return { name, bytes, content_type: mediaTypeOf(name), href: `${prefix}/results/${resultId}/artifacts/${encodeURIComponent(name)}` };
  });
}

const mediaTypes: Record<string, string> = {
  csv: "text/csv; charset=utf-8",
  html: "text/html; charset=utf-8",
  json: "application/json; charset=utf-8",
  jsonld: "application/ld+json; charset=utf-8",
  md: "text/markdown; charset=utf-8",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
  zip: "application/zip",
};

const unknownKind = "application/octet-stream";

export function mediaTypeOf(name: string): string {
  return mediaTypes[name.split(".").at(-1) ?? ""] ?? unknownKind;
}

/** What the documentation says of one file: it is of one of these kinds. */
export const artifactResponse = {
  description: "the file",
  content: Object.fromEntries([unknownKind, ...Object.values(mediaTypes)].map((type) => [type.split(";")[0]!, { schema: schemaOf(type) }])),
};

function schemaOf(mediaType: string): z.ZodType {
  if (/[/+]json\b/.test(mediaType)) return z.unknown();
  return mediaType.startsWith("text/") ? z.string() : z.file();
}
