import { z } from "zod";
import { resourceId, timestamp } from "./common.ts";

export const userRoles = ["user", "researcher", "admin"] as const;

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

/** bcrypt ignores what lies behind 72 bytes, so more is refused rather than cut off unsaid. */
export const newPassword = z
  .string()
  .refine((text) => bytesOf(text) >= 12, "must have at least 12 bytes")
  .refine((text) => bytesOf(text) <= 72, "must have at most 72 bytes")
  .describe("12 to 72 bytes of UTF-8");

/** Without "@": a name can never pose as somebody's address at login. */
export const username = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'letters, digits, ".", "_" and "-", beginning with a letter or digit')
  .describe("1 to 100 letters, digits, dots, underscores, hyphens");

const email = z.email("must be an e-mail address").max(255).toLowerCase();
const fullName = z.string().trim().max(255);
const password = z.string().min(1).max(1024);

export const registerRequest = z.strictObject({ email, username, password: newPassword, full_name: fullName.nullish() });

export const registeredUser = z.object({ id: resourceId, email: z.string(), username: z.string(), created_at: timestamp });

export const loginRequest = z.strictObject({
  username: z.string().min(1).max(255).describe("user name or e-mail address"),
  password,
  refresh_in: z
    .enum(["body", "cookie"])
    .default("body")
    .describe("where the refresh token goes: into the answer, or into an HttpOnly cookie for pages"),
});

export const tokens = z.object({
  access_token: z.string().describe("JWT, for `Authorization: Bearer`"),
  token_type: z.literal("bearer"),
  expires_in: z.int().describe("seconds"),
  refresh_token: z.string().optional().describe("for POST /auth/refresh, once; absent when it went into a cookie"),
});

/** The token may come in the cookie instead. */
export const refreshRequest = z.strictObject({ refresh_token: z.string().min(1).max(200).optional() }).nullish();

export const me = z.object({
  id: resourceId,
  email: z.string(),
  username: z.string(),
  role: z.enum(userRoles).describe("user: own work; researcher: also shares datasets and runs long jobs; admin: also manages users"),
  full_name: z.string().nullable(),
  created_at: timestamp,
});

export const updateMeRequest = z
  .strictObject({
    email: email.optional(),
    full_name: fullName.nullable().optional(),
    password: newPassword.optional(),
    current_password: password.optional().describe("needed to change the e-mail address or the password"),
  })
  .refine((body) => (body.email === undefined && body.password === undefined) || body.current_password !== undefined, {
    path: ["current_password"],
    message: "is needed to change the e-mail address or the password",
  });

/** Body of DELETE /auth/me. */
export const eraseMeRequest = z.strictObject({ current_password: password.describe("so that an open page is not enough") });
