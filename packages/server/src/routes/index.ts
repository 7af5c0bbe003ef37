import type { App, Services } from "../http.ts";
import { accountRoutes } from "./account.ts";
import { adminRoutes } from "./admin.ts";
import { adminSessionRoute } from "./admin-session.ts";
import { authRoutes } from "./auth.ts";
import { dataRoutes } from "./data.ts";
import { jobRoutes } from "./jobs.ts";
import { methodRoutes } from "./methods.ts";
import { resultRoutes } from "./results.ts";
import { shareRoutes } from "./shares.ts";
import { submitRoutes } from "./submit.ts";
import { uploadRoute } from "./upload.ts";

/** One line for each resource below the prefix. */
export const apiRoutes: readonly ((app: App, services: Services) => void)[] = [
  authRoutes,
  accountRoutes,
  uploadRoute,
  dataRoutes,
  shareRoutes,
  submitRoutes,
  jobRoutes,
  resultRoutes,
  methodRoutes,
  adminSessionRoute,
  adminRoutes,
];
