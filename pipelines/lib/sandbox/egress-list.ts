import { isIPv6 } from 'node:net';

/** `host:port`; an IPv6 address stands in brackets. */
const form = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+):(\d{1,5})$/;

/** Where a connection may lead. */
interface Egress {
  /** In small letters, without brackets and without a dot at the end. */
  host: string;
  port: number;
  /** By which lists and requests are compared. */
  name: string;
}

/** Of `host:port`; `undefined` for what is none. */
export function readEgress(text: string): Egress | undefined {
  const [, given = '', digits] = form.exec(text) ?? [];
  const port = Number(digits);
  if (!(port >= 1 && port <= 65_535)) return undefined;
  const host = given
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[(.*)\]$/, '$1');
  return { host, port, name: `${isIPv6(host) ? `[${host}]` : host}:${port}` };
}
