// node deploy/health.mjs [port]: ends with 0 where /health answers on this machine, else with 1; for images, which hold no curl.
// Without a port: PORT, the API's. A worker answers on METRICS_PORT.
import { get as plain } from "node:http";
import { get as secure } from "node:https";

const { PORT = "8000", TLS_CERT = "" } = process.env;
const own = process.argv[2];
// The API speaks TLS where it was given a certificate, which names the public host and not this one.
const get = own === undefined && TLS_CERT !== "" ? secure : plain;
const options = { host: "127.0.0.1", port: Number(own ?? PORT), path: "/health", timeout: 4000, rejectUnauthorized: false };
const request = get(options, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1));
request.on("timeout", () => request.destroy(new Error("no answer in 4 seconds")));
request.on("error", ({ message }) => {
  process.stderr.write(`${message}\n`);
  process.exit(1);
});
