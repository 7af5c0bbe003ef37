/**
 * Tokens whose signature was found right are not computed again until they expire. That is all that is remembered:
 * whether their user is still let in is asked anew for every request.
 * @param most  tokens; the one that came first goes first
 */
export function createVerifiedTokens<Token extends { readonly expiresAt: Date }>(most = 10_000) {
  const tokens = new Map<string, Token>();
  return {
    find(token: string): Token | undefined {
      const found = tokens.get(token);
      if (found === undefined || found.expiresAt.getTime() > Date.now()) return found;
      tokens.delete(token);
      return undefined;
    },
    add(token: string, verified: Token): Token {
      if (tokens.size >= most) tokens.delete(tokens.keys().next().value!);
      tokens.set(token, verified);
      return verified;
    },
  };
}
