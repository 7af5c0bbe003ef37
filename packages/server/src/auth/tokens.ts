import { createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";
import type { User } from "@omicselector2/platform";
import { jwtVerify, SignJWT } from "jose";

export const accessSeconds = 3600;
export const refreshSeconds = 30 * 24 * 3600;
const issuer = "omicselector2";

export interface AccessToken {
  userId: string;
  /** stands for the password that was valid when it was signed */
  password: string;
  expiresAt: Date;
}

export interface Tokens {
  signAccess(user: Holder): Promise<string>;
  /** undefined: forged, expired, or not one of ours */
  verifyAccess(token: string): Promise<AccessToken | undefined>;
  /** whether the user's password is still the one that it was signed under: a new password ends the tokens of the old one */
  fits(token: AccessToken, user: Holder): boolean;
}

type Holder = Pick<User, "id" | "hashedPassword">;

/** The key is derived: what signs tokens signs nothing else, and tokens outlive a restart because the secret does. */
export function createTokens(secret: string): Tokens {
  const key = new Uint8Array(hkdfSync("sha256", secret, "", "omicselector2 access tokens", 32));
  const stamp = ({ hashedPassword }: Holder) => createHmac("sha256", key).update(hashedPassword).digest("base64url").slice(0, 16);
  return {
    async signAccess(user) {
      return await new SignJWT({ pwd: stamp(user) })
        .setProtectedHeader({ alg: "HS256", typ: "JWT" })
        .setSubject(user.id)
        .setIssuer(issuer)
        .setIssuedAt()
        .setExpirationTime(`${accessSeconds}s`)
        .setJti(randomBytes(12).toString("base64url"))
        .sign(key);
    },
    async verifyAccess(token) {
      try {
        const { payload } = await jwtVerify(token, key, { algorithms: ["HS256"], issuer, requiredClaims: ["sub", "exp", "pwd"] });
        return { userId: payload.sub!, password: String(payload.pwd), expiresAt: new Date(payload.exp! * 1000) };
      } catch {
        return undefined;
      }
    },
    fits: ({ password }, user) => password === stamp(user),
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
