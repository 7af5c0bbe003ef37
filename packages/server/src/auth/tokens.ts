import { createHash, hkdfSync, randomBytes } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";

export const accessSeconds = 3600;
/** for a browser that looks at the queues */
export const boardSeconds = 1800;
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
  /** what the cookie of the queue board holds; no access token, and none is taken for it */
  signBoard(userId: string): Promise<string>;
  verifyBoard(token: string): Promise<AccessToken | undefined>;
}

/** Keys are derived: what signs one kind of token signs nothing else, and tokens outlive a restart because the secret does. */
export function createTokens(secret: string): Tokens {
  const access = createSigner(secret, "omicselector2 access tokens", accessSeconds);
  const board = createSigner(secret, "omicselector2 queue board", boardSeconds);
  return { signAccess: access.sign, verifyAccess: access.verify, signBoard: board.sign, verifyBoard: board.verify };
}

function createSigner(secret: string, purpose: string, seconds: number) {
  const key = new Uint8Array(hkdfSync("sha256", secret, "", purpose, 32));
  return {
    async sign(userId: string): Promise<string> {
      return await new SignJWT()
        .setProtectedHeader({ alg: "HS256", typ: "JWT" })
        .setSubject(userId)
        .setIssuer(issuer)
        .setIssuedAt()
        .setExpirationTime(`${seconds}s`)
        .setJti(randomBytes(12).toString("base64url"))
        .sign(key);
    },
    async verify(token: string): Promise<AccessToken | undefined> {
      try {
        const { payload } = await jwtVerify(token, key, { algorithms: ["HS256"], issuer, requiredClaims: ["sub", "exp"] });
        return { userId: payload.sub!, expiresAt: new Date(payload.exp! * 1000) };
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
