/** The user's password in an address: all between the first colon after `//` and the last `@` of the word. */
const passwordInAddress = /(\/\/[^\s:/"'\\]*):[^\s"'\\]*@/g;
/** The same where the address has it behind its question mark. */
const passwordParameter = /([?&](?:ssl)?password=)[^&\s"'\\]+/gi;
/** What stands in an Authorization header, whoever printed it. */
const bearer = /\bBearer [^\s"'\\]+/g;
/** A token of the API. */
const apiToken = /\bswy_[\w-]{43}/g;

/**
 * Answers a function that takes secrets out of a text: passwords in addresses, tokens of the API, and the given values. It is
 * the last gate before a log or a terminal, for what a library puts into the text of an error.
 */
export function createRedaction(secrets: readonly string[]): (text: string) => string {
  return (text) => {
    const hidden = text
      .replace(passwordInAddress, '$1:[hidden]@')
      .replace(passwordParameter, '$1[hidden]')
      .replace(bearer, 'Bearer [hidden]')
      .replace(apiToken, 'swy_[hidden]');
    return secrets.reduce((kept, secret) => kept.replaceAll(secret, '[hidden]'), hidden);
  };
}
