import { createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";
import type { User } from "@omicselector2/platform";
import { jwtVerify, SignJWT } from "jose";
import { createVerifiedTokens } from "./verified-tokens.ts";

export const accessSeconds = 3600;
/** for a browser that looks at the queues */
export const boardSeconds = 1800;
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
  /** what the cookie of the queue board holds; no access token, and none is taken for it */
  signBoard(user: Holder): Promise<string>;
  verifyBoard(token: string): Promise<AccessToken | undefined>;
  /** whether the user's password is still the one that it was signed under: a new password ends the tokens of the old one */
  fits(token: AccessToken, user: Holder): boolean;
}

type Holder = Pick<User, "id" | "hashedPassword">;

/** Keys are derived: what signs one kind of token signs nothing else, and tokens outlive a restart because the secret does. */
export function createTokens(secret: string): Tokens {
  const stampKey = deriveKey(secret, "omicselector2 password stamps");
  const stamp = ({ hashedPassword }: Holder) => createHmac("sha256", stampKey).update(hashedPassword).digest("base64url").slice(0, 16);
  const access = createSigner(deriveKey(secret, "omicselector2 access tokens"), stamp, accessSeconds);
  const board = createSigner(deriveKey(secret, "omicselector2 queue board"), stamp, boardSeconds);
  const fits = (token: AccessToken, user: Holder) => token.password === stamp(user);
  return { signAccess: access.sign, verifyAccess: access.verify, signBoard: board.sign, verifyBoard: board.verify, fits };
}

const deriveKey = (secret: string, purpose: string) => new Uint8Array(hkdfSync("sha256", secret, "", purpose, 32));

function createSigner(key: Uint8Array, stamp: (user: Holder) => string, seconds: number) {
  const verified = createVerifiedTokens<AccessToken>();
  return {
    async sign(user: Holder): Promise<string> {
      return await new SignJWT({ pwd: stamp(user) })
        .setProtectedHeader({ alg: "HS256", typ: "JWT" })
        .setSubject(user.id)
        .setIssuer(issuer)
        .setIssuedAt()
        .setExpirationTime(`${seconds}s`)
        .setJti(randomBytes(12).toString("base64url"))
        .sign(key);
    },
    async verify(token: string): Promise<AccessToken | undefined> {
      const before = verified.find(token);
      if (before !== undefined) return before;
      try {
        const { payload } = await jwtVerify(token, key, { algorithms: ["HS256"], issuer, requiredClaims: ["sub", "exp", "pwd"] });
        const found = { userId: payload.sub!, password: String(payload.pwd), expiresAt: new Date(payload.exp! * 1000) };
        return verified.add(token, found);
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
