/** Where a database is: one host, or several of which one can be written to. */
export interface DatabaseAddress {
  /** An address of one host each. */
  readonly hosts: readonly [string, ...string[]];
  /** Which of them is connected to; `undefined`: the only one, whatever it is. */
  readonly wants: 'read-write' | 'primary' | undefined;
}

/** Up to and with user and password; hosts; path; query. */
const parts = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?$/;

/**
 * Reads `postgres://HOST:5432,HOST:5432/NAME?target_session_attrs=read-write`, or the same with `?host=A,B&port=5432`, as libpq does.
 * Of several hosts one that can be written to is meant, also where nothing says so. `undefined`: it is no such address.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS
 */
export function readDatabaseAddress(address: string): DatabaseAddress | undefined {
  const [matched, begin = '', authority = '', path = '', query = ''] = parts.exec(address) ?? [];
  if (matched === undefined) return undefined;
  const parameters = new URLSearchParams(query);
  const attributes = parameters.get('target_session_attrs');
  if (!['any', 'read-write', 'primary', null].includes(attributes)) return undefined;
  const [first, ...others] =
    (parameters.get('host') ?? '') === ''
      ? byAuthority()
      : byParameters(parameters, begin + authority + path);
  if (first === undefined || ![first, ...others].every(isOfOneHost)) return undefined;
  const only = others.length === 0 && (attributes === null || attributes === 'any');
  const wants = only ? undefined : attributes === 'primary' ? 'primary' : 'read-write';
  return { hosts: [first, ...others], wants };

  function byAuthority(): string[] {
    const end = query === '' ? path : `${path}?${query}`;
    return authority.split(',').map((host) => `${begin}${host}${end}`);
  }
}

/** One port is that of all hosts; else each has its own. */
function byParameters(parameters: URLSearchParams, begin: string): string[] {
  const hosts = (parameters.get('host') ?? '').split(',');
  const ports = (parameters.get('port') ?? '').split(',');
  if (ports.length > 1 && ports.length !== hosts.length) return [];
  return hosts.map((host, i) => {
    const own = new URLSearchParams(parameters);
    own.set('host', host);
    own.set('port', (ports.length === 1 ? ports[0] : ports[i]) ?? '');
    return `${begin}?${own}`;
  });
}

/** A socket's address has no host, which `URL` does not read where it has a user. */
function isOfOneHost(address: string): boolean {
  if (!URL.canParse(address.replace('@/', '@local/'))) return false;
  return !/[?&](host|port)=[^&]*(,|%2C)/i.test(address);
}

/** The passwords that addresses hold, as they stand there and as they are meant. */
export function passwordsIn(address: string): string[] {
  const [, inAuthority] = /^[a-z]+:\/\/[^\s:/?#]*:([^/?#]*)@/.exec(address) ?? [];
  const [, query = ''] = address.split('?', 2);
  const given = [
    inAuthority,
    ...[...query.matchAll(/(?:^|&)(?:ssl)?password=([^&#]*)/g)].map(([, word]) => word),
  ];
  return given.flatMap((word) => (word === undefined ? [] : [word, decoded(word)]));
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word; // it stands for itself
  }
}

/** An address fit for a file and a screen. */
export const withoutPassword = (address: string): string =>
  address
    .replace(/^([a-z]+:\/\/[^\s:/?#]*):[^/?#]*@/, '$1@')
    .replace(/([?&])(?:ssl)?password=[^&#]*&?/g, '$1')
    .replace(/[?&/]+$/, '');
