import { rest } from "@omicselector2/contracts";
import type { App, Services } from "../http.ts";
import { responses } from "./documented.ts";

export function methodRoutes(app: App, services: Services): void {
  app.route({
    method: "GET",
    url: "/methods",
    config: { public: true },
    schema: {
      operationId: "listMethods",
      summary: "Every method with its options as JSON Schema",
      tags: ["methods"],
      response: responses({ 200: rest.methodList }),
    },
    handler: async () => {
      const items = [...services.methods()];
      return { items, total: items.length };
    },
  });
}
