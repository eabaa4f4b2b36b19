/** What an operator's commands are made of. */
export {
  createToken,
  listTokens,
  type NewToken,
  revokeToken,
  type TokenRecord,
  type TokenScope,
  tokenScopes,
} from '../api/tokens.ts';
export { keepIdentity, newIdentity } from '../identity/change.ts';
export { copied, isInPlace, readIdentity } from '../identity/database.ts';
export { migrate } from '../platform/migrate.ts';
