import type { App } from "../http.ts";
import { explain, problemCodes } from "../problems.ts";

/** Two pages without script or anything from elsewhere: what this is, and what each error code means. */
export function pageRoutes(app: App): void {
  const html = "text/html; charset=utf-8";
  const hide = { config: { public: true }, schema: { hide: true } } as const;
  app.get("/", hide, async (_request, reply) => reply.header("content-type", html).send(home));
  app.get("/problems", hide, async (_request, reply) => reply.header("content-type", html).send(problems));
}

const style = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #5b6470; --line: #d9dee3; --ground: #ffffff; --accent: #0b6e99; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #9aa4af; --line: #333b44; --ground: #14181c; --accent: #5cb8e0; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 14px/1.6 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 720px; margin: 0 auto; padding: 64px 24px; }
h1 { font-size: 24px; line-height: 32px; font-weight: 600; margin: 0 0 8px; }
h2 { font-size: 16px; line-height: 24px; font-weight: 600; margin: 40px 0 8px; }
p { margin: 0 0 16px; } .soft { color: var(--soft); }
a { color: var(--accent); text-underline-offset: 2px; } a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
pre { border: 1px solid var(--line); border-radius: 8px; padding: 16px; overflow-x: auto; margin: 0 0 16px; font: 13px/1.6 ui-monospace, monospace; }
ol, ul { padding-left: 24px; margin: 0 0 16px; } li { margin: 4px 0; }
table { border-collapse: collapse; width: 100%; } th { font-weight: 600; }
th, td { text-align: left; vertical-align: top; padding: 8px 16px 8px 0; border-bottom: 1px solid var(--line); } td.n { text-align: right; }
:target { background: color-mix(in srgb, var(--accent) 12%, transparent); }
code { font: 13px ui-monospace, monospace; }`;

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><link rel="icon" href="data:,"><style>${style}</style></head><body><main>
${body}
</main></body></html>
`;

const home = page(
  "OmicSelector2",
  `<h1>OmicSelector2</h1>
<p>Upload an omics matrix, let feature-selection methods compete on it under honest resampling, and leave with a short, stable biomarker signature.</p>
<p class="soft">This server is running. Its work is done through its API and the command line; nothing on this page leaves this machine.</p>
<h2>Where to go</h2>
<ul>
<li><a href="/docs">API, to read and to try</a>, also as <a href="/openapi.json">OpenAPI 3.1</a></li>
<li><a href="/api/v1/methods">Methods</a> that can compete, each with its options and its source</li>
<li><a href="/problems">Errors</a>: every code, what it means, what to do</li>
<li><a href="/ready">Readiness</a> of what this server stands on</li>
</ul>
<h2>A first signature</h2>
<ol>
<li>Make an account: <code>POST /api/v1/auth/register</code>, then log in.</li>
<li>Upload a matrix (CSV, TSV or h5ad): <code>POST /api/v1/data/upload</code>. The upload doctor says what it saw, with remedies.</li>
<li>Find a signature: <code>POST /api/v1/jobs/feature-selection</code>. Watch it on <code>/api/v1/jobs/{id}/ws</code>.</li>
<li>Read the answer: <code>GET /api/v1/results/{id}</code>: the genes, how often each was seen, how well they predict samples that had no part in choosing them.</li>
</ol>
<h2>Without a server</h2>
<pre>npx omicselector2 select expression.csv --target diagnosis --methods lasso,rf_importance</pre>
<p class="soft">The same study, the same bytes of result.</p>`,
);

const problems = page(
  "Errors of OmicSelector2",
  `<h1>Errors</h1>
<p>Answers that are no success are <code>application/problem+json</code> (RFC 9457). <code>detail</code> says what happened and what to do; <code>code</code> is one of these and never changes its meaning; <code>errors</code> names each field at fault.</p>
<table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th><th>What to do</th></tr></thead><tbody>
${problemCodes
  .map((code) => {
    const { status, title, remedy } = explain(code);
    return `<tr id="${code}"><td><code>${code}</code></td><td class="n">${status}</td><td>${title}</td><td>${remedy}</td></tr>`;
  })
  .join("\n")}
</tbody></table>
<p><a href="/">Back</a></p>`,
);
