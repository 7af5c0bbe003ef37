export { encryptedBlobStore } from "./encrypted.ts";
export { openFileBlobStore } from "./files.ts";
export { blobKeys } from "./keys.ts";
export { checkSecret } from "./secret-check.ts";
