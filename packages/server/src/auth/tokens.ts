import { createHash, hkdfSync, randomBytes } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import { createVerifiedTokens } from "./verified-tokens.ts";

export const accessSeconds = 3600;
export const refreshSeconds = 30 * 24 * 3600;
const issuer = "omicselector2";

export interface AccessToken {
  userId: string;
  expiresAt: Date;
}

export interface Tokens {
  signAccess(userId: string): Promise<string>;
  /** undefined: forged, expired, or not one of ours */
  verifyAccess(token: string): Promise<AccessToken | undefined>;
}

/** The key is derived: what signs tokens signs nothing else, and tokens outlive a restart because the secret does. */
export function createTokens(secret: string): Tokens {
  const key = new Uint8Array(hkdfSync("sha256", secret, "", "omicselector2 access tokens", 32));
  const verified = createVerifiedTokens<AccessToken>();
  return {
    async signAccess(userId) {
      return await new SignJWT()
        .setProtectedHeader({ alg: "HS256", typ: "JWT" })
        .setSubject(userId)
        .setIssuer(issuer)
        .setIssuedAt()
        .setExpirationTime(`${accessSeconds}s`)
        .setJti(randomBytes(12).toString("base64url"))
        .sign(key);
    },
    async verifyAccess(token) {
      const before = verified.find(token);
      if (before !== undefined) return before;
      try {
        const { payload } = await jwtVerify(token, key, { algorithms: ["HS256"], issuer, requiredClaims: ["sub", "exp"] });
        return verified.add(token, { userId: payload.sub!, expiresAt: new Date(payload.exp! * 1000) });
      } catch {
        return undefined;
      }
    },
  };
}

export interface RefreshToken {
  token: string;
  /** what the database keeps */
  hash: string;
  expiresAt: Date;
}

export function newRefreshToken(): RefreshToken {
  const token = randomBytes(32).toString("base64url");
  return { token, hash: refreshHash(token), expiresAt: new Date(Date.now() + refreshSeconds * 1000) };
}

export const refreshHash = (token: string): string => createHash("sha256").update(token).digest("hex");
